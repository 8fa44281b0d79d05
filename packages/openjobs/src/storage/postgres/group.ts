/** Makes a group happen: one transaction in one round trip. */
import type { JobRecord } from "../../core/job.ts";
import { readReady, releaseStep } from "../../core/workflow/release.ts";
import type { Group, GroupOutcome, Opening } from "../storage.ts";
import { BeatPlan } from "./beats.ts";
import type { ClaimMarks } from "./claim-marks.ts";
import { type ClaimOutcomes, claimSteps } from "./claims.ts";
import { type CompletionOutcomes, completionSteps } from "./completions.ts";
import type { Database, Query } from "./database.ts";
import type { Rows } from "./link.ts";
import { CLASH, codeOf, detailOf, isPassing, UNPREPARED } from "./postgres-error.ts";
import { insertRecords } from "./records.ts";
import { lanesLeft, returnedPermits } from "./returned-permits.ts";
import type { Step } from "./step.ts";
import { arrivalRow } from "./unit-rows.ts";
import { type UnitOutcomes, unitSteps } from "./units.ts";

/** After so many failures that pass by themselves the caller is told to come back later. */
const MAX_ATTEMPTS = 8;

const FORESEE = "SELECT @.foresee_v1($1::bigint, $2::json)";

type Ready = ReadonlyMap<string, JobRecord>;

const NO_JOBS: Ready = new Map();

/** A group on its way through the database. */
export class GroupCommit {
  readonly #group: Group;
  readonly #database: Database;
  readonly #marks: ClaimMarks;
  #ready: Ready = NO_JOBS;
  #careful = false;

  constructor(group: Group, database: Database, marks: ClaimMarks) {
    this.#group = group;
    this.#database = database;
    this.#marks = marks;
  }

  /** Whether {@link prepare} has something to do. */
  get needsPreparation(): boolean {
    return this.#arrivals().length > 0;
  }

  /**
   * Makes the jobs of the steps that this group will release. Only we can make them, and only the database knows which: so it
   * is asked before. When it was wrong, because another server was faster, the commit is tried again.
   */
  async prepare(): Promise<void> {
    const arrivals = JSON.stringify(this.#arrivals());
    const [rows] = await this.#database.write([{ sql: FORESEE, values: [this.#group.now, arrivals] }]);
    this.#ready = readyJobs(rows?.[0]?.[0], this.#group.now);
  }

  /** The first attempt is under way when this returns its promise. */
  async run(): Promise<GroupOutcome> {
    for (let attempt = 1; ; attempt += 1) {
      const plan = new Plan(this.#group, {
        careful: this.#careful,
        ready: this.#ready,
        lockClass: this.#database.settings.lockClass,
        marks: this.#marks,
      });
      try {
        return await plan.run(this.#database);
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !this.#learn(error)) throw error;
      }
    }
  }

  /** Whether another attempt may do better. */
  #learn(error: unknown): boolean {
    const code = codeOf(error);
    if (code === UNPREPARED) this.#ready = new Map([...this.#ready, ...readyJobs(detailOf(error), this.#group.now)]);
    if (code === CLASH) this.#careful = true;
    return code === UNPREPARED || isPassing(error);
  }

  #arrivals(): readonly object[] {
    return this.#group.units.flatMap(({ effects }) =>
      effects.flatMap((effect) => (effect.kind === "arrive" ? [arrivalRow(effect, 0)] : [])),
    );
  }
}

/**
 * The jobs of steps that are to be released, by id.
 *
 * @param text JSON array of what the steps were stored with.
 */
export function readyJobs(text: unknown, now: number): Ready {
  if (typeof text !== "string") return NO_JOBS;
  const ready = JSON.parse(text) as readonly string[]; // the functions write exactly this
  return new Map(
    ready.map((one) => {
      const { job } = releaseStep(readReady(one), now);
      return [job.id, job];
    }),
  );
}

/** What an attempt knows beside the group. */
interface Scene {
  readonly careful: boolean;
  readonly ready: Ready;
  readonly lockClass: number;
  readonly marks: ClaimMarks;
}

/** One attempt: the statements of a group, and the places that wait for what they bring. */
class Plan {
  readonly #beats: readonly BeatPlan[];
  readonly #group: Group;
  readonly #completions: CompletionOutcomes;
  readonly #units: UnitOutcomes = { units: [], facts: [] };
  readonly #claims: ClaimOutcomes;
  readonly #steps: readonly Step[];

  constructor(group: Group, { careful, ready, lockClass, marks }: Scene) {
    const { now, completions, beats, units, claims } = group;
    this.#group = group;
    this.#completions = { completions: completions.map(() => null), lanes: [] };
    this.#beats = beats.map((beat) => new BeatPlan(beat, now));
    this.#claims = { claims: claims.map(() => []), started: new Map(), openings: new Map() };
    this.#steps = [
      ...completionSteps(completions, now, this.#completions),
      ...this.#beats.flatMap(({ steps }) => steps),
      ...(units.length === 0 ? [] : unitSteps(units, { now, careful, ready, lockClass }, this.#units)),
      ...claimSteps(claims, { now, lockClass, marks }, this.#claims),
    ];
  }

  async run(database: Database): Promise<GroupOutcome> {
    const queries = this.#steps.map(({ query }) => query);
    const { outbox } = this.#group;
    if (outbox === undefined) this.#take(await database.write(queries));
    else await database.write(queries, (results) => this.#added(results, outbox));
    return this.#outcome(await this.#openings(database));
  }

  #added(results: readonly Rows[], outbox: NonNullable<Group["outbox"]>): readonly Query[] {
    this.#take(results);
    const records = outbox(this.#outcome([]));
    return records.length === 0 ? [] : [insertRecords(records)];
  }

  #take(results: readonly Rows[]): void {
    this.#steps.forEach(({ take }, index) => {
      take(results[index] ?? []);
    });
  }

  /** What has happened has happened: if nobody can say what it opens, those who wait look again in a moment. */
  async #openings(database: Database): Promise<readonly Opening[]> {
    const { openings } = this.#claims;
    const { units, facts } = this.#units;
    const lanes = [...this.#completions.lanes, ...lanesLeft(this.#group, units, facts)];
    if (lanes.length > 0) {
      const returned = await returnedPermits(lanes, this.#group.now, database).catch(() => []);
      for (const opening of returned) if (!openings.has(opening.queue)) openings.set(opening.queue, opening);
    }
    return [...openings.values()];
  }

  #outcome(openings: readonly Opening[]): GroupOutcome {
    const { units, facts } = this.#units;
    const { claims, started } = this.#claims;
    const beats = this.#beats.map((beat) => beat.outcome());
    const { completions } = this.#completions;
    const outcome = { completions, beats, units, claims, ...(openings.length === 0 ? {} : { openings }) };
    if (facts.length + started.size === 0) return outcome;
    return { ...outcome, workflows: { facts, started: [...started.values()] } };
  }
}
