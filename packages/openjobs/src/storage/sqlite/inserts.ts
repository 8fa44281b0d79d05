/** Units that only insert new jobs, which is what nearly all units do: together with few statements. */
import type { JobRecord } from "../../core/job.ts";
import { isInTheWay, type UniqueGuard } from "../../core/unique-guard.ts";
import type { Effect, Unit } from "../storage.ts";
import { insertsOf, isNewborn } from "./new-job-row.ts";
import type { Transaction } from "./transaction.ts";
import { blockedAmong } from "./unique-jobs.ts";

/** An effect that brings a job. */
type Insertion = Extract<Effect, { kind: "insert" }>;

/** A unit that does nothing but insert newborn jobs. */
export interface InsertingUnit {
  readonly unit: Unit;
  readonly insertions: readonly Insertion[];
}

/** The effects of a unit that does nothing but insert newborn jobs; undefined for any other unit. */
export function insertionsOf({ effects }: Unit): readonly Insertion[] | undefined {
  const insertions: Insertion[] = [];
  for (const effect of effects) {
    if (effect.kind !== "insert" || !isNewborn(effect.job)) return undefined;
    insertions.push(effect);
  }
  return insertions;
}

/** New jobs get growing numbers, so that everything after the last one before is theirs. */
const TAKE_BACK = "DELETE FROM jobs WHERE seq > ?";

/**
 * Inserts all of these jobs, or none when the id of any of them exists: then somebody has to find out whose. That is rare
 * and undone by hand; a savepoint around every group cost 1.3 µs a job in groups of 17 (of 11.8), 5 µs in groups of two.
 */
export function insertTogether(jobs: readonly JobRecord[], transaction: Transaction): boolean {
  const before = transaction.sequence.last;
  if (insertNewborn(jobs, transaction)) return true;
  transaction.database.run(TAKE_BACK, [before]);
  return false;
}

/** Inserts newborn jobs, numbered in their order; false when the id of one of them exists, and then some may be there. */
export function insertNewborn(jobs: readonly JobRecord[], transaction: Transaction): boolean {
  const { database, draft, sequence, fingerprints } = transaction;
  const before = sequence.last;
  const nextSeq = (): number => sequence.next();
  let inserted = 0;
  for (const { sql, values } of insertsOf(jobs, nextSeq)) inserted += database.run(sql, values);
  if (inserted < jobs.length) return false;
  jobs.forEach((job, index) => {
    draft.tally.inserted(job);
    fingerprints.note(before + 1 + index, job.fingerprint);
  });
  return true;
}

const NONE: ReadonlySet<number> = new Set();

/**
 * Positions, in their order, of the units whose unique jobs have something in their way: a stored job, or one of an earlier
 * unit that has not. Costs nothing without unique jobs, and is of no use for a single one.
 */
export function clashesAmong(units: readonly InsertingUnit[], transaction: Transaction): ReadonlySet<number> {
  const guards: UniqueGuard[] = [];
  for (const { insertions } of units)
    for (const { unique } of insertions) if (unique !== undefined) guards.push(unique);
  if (guards.length === 0 || (units.length === 1 && units[0]?.insertions.length === 1)) return NONE;
  const blocked = blockedAmong(guards, transaction.now, transaction);
  const admitted = new Admitted(transaction.now);
  const clashes = new Set<number>();
  units.forEach(({ insertions }, position) => {
    const stored = insertions.some(({ unique }) => unique !== undefined && blocked.has(unique));
    if (stored || !admitted.take(insertions)) clashes.add(position);
  });
  return clashes;
}

/** The unique jobs of the units that are going to happen. */
class Admitted {
  readonly #now: number;
  readonly #jobs = new Map<string, JobRecord[]>();

  constructor(now: number) {
    this.#now = now;
  }

  /** Takes the jobs of a unit, or none of them when one is in the way of another. */
  take(insertions: readonly Insertion[]): boolean {
    const taken: JobRecord[][] = [];
    for (const { job, unique } of insertions) {
      const alike = this.#alike(job.fingerprint);
      if (unique !== undefined && alike.some((other) => isInTheWay(other, unique, this.#now))) {
        for (const jobs of taken) jobs.pop();
        return false;
      }
      alike.push(job);
      taken.push(alike);
    }
    return true;
  }

  /** A list for this fingerprint; a new one each time for jobs that have none. */
  #alike(fingerprint: string | null): JobRecord[] {
    if (fingerprint === null) return [];
    const known = this.#jobs.get(fingerprint);
    if (known !== undefined) return known;
    const jobs: JobRecord[] = [];
    this.#jobs.set(fingerprint, jobs);
    return jobs;
  }
}
