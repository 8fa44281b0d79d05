/** Jobs that are in the way of unique ones. Mostly `Fingerprints` knows that there is none, and nothing is asked. */
import type { JobRecord, JobState } from "../../core/job.ts";
import { isInTheWay, newestFirst, newestFree, type UniqueGuard } from "../../core/unique-guard.ts";
import { JOB_JSON, readJob } from "./job-row.ts";
import { FINGERPRINT_HEAD, HEAD_CHARS, PIECE, stateNumber } from "./schema.ts";
import type { Transaction } from "./transaction.ts";

/** What it takes to look for jobs. */
export type UniqueLookup = Pick<Transaction, "database" | "fingerprints">;

/** The piece and the head lead to few rows; the rest is compared with them. */
function alikeIn(piece: string, fingerprint: string): string {
  return `${PIECE} = ${piece} AND ${FINGERPRINT_HEAD} = substr(${fingerprint}, 1, ${HEAD_CHARS}) AND fingerprint = ${fingerprint}`;
}

/** Binds a JSON array of `[fingerprint, piece, time, state]`, and how many of each to read. */
const IN_THE_WAY = `
  SELECT ${JOB_JSON} FROM json_each(?) AS wanted CROSS JOIN jobs ON jobs.seq IN (
    SELECT seq FROM jobs
    WHERE ${alikeIn("wanted.value ->> 1", "wanted.value ->> 0")} AND state = wanted.value ->> 3
      AND created_at > wanted.value ->> 2
    ORDER BY created_at DESC, seq DESC LIMIT ?)`;

/** For each guard the jobs in the way, the last created first. */
export function jobsInTheWay(
  guards: readonly UniqueGuard[],
  now: number,
  limit: number,
  { database, fingerprints }: UniqueLookup,
): readonly (readonly JobRecord[])[] {
  const wanted = guards.flatMap((guard) =>
    fingerprints
      .piecesOf(guard.fingerprint)
      .flatMap((piece) =>
        guard.states.map((state) => [guard.fingerprint, piece, newestFree(guard, now), stateNumber(state)]),
      ),
  );
  const rows = wanted.length === 0 ? [] : database.all(IN_THE_WAY, [JSON.stringify(wanted), limit]).map(readJob);
  const found = new Map(rows.map((job) => [job.id, job]));
  const alike = groupsOf(found.values(), ({ fingerprint }) => fingerprint);
  return guards.map((guard) => {
    const jobs = alike.get(guard.fingerprint) ?? [];
    return jobs
      .filter((job) => isInTheWay(job, guard, now))
      .sort(newestFirst)
      .slice(0, limit);
  });
}

/** Id of the job in the way, the last created one; undefined = there is none. */
export function rivalOf(guard: UniqueGuard, now: number, lookup: UniqueLookup): string | undefined {
  if (!blockedAmong([guard], now, lookup).has(guard)) return undefined;
  return jobsInTheWay([guard], now, 1, lookup)[0]?.[0]?.id;
}

/** The guards that a stored job is in the way of. Those with the same states, which are mostly all, share a statement. */
export function blockedAmong(
  guards: readonly UniqueGuard[],
  now: number,
  { database, fingerprints }: UniqueLookup,
): ReadonlySet<UniqueGuard> {
  const blocked = new Set<UniqueGuard>();
  const places = guards.flatMap((guard) => fingerprints.piecesOf(guard.fingerprint).map((piece) => ({ guard, piece })));
  for (const [states, alike] of groupsOf(places, ({ guard }) => listOf(guard.states))) {
    const wanted = alike.map(({ guard, piece }) => [guard.fingerprint, piece, newestFree(guard, now)]);
    for (const key of database.all(blockedIn(states), [JSON.stringify(wanted)])) {
      const place = alike[Number(key)];
      if (place !== undefined) blocked.add(place.guard);
    }
  }
  return blocked;
}

/** Binds a JSON array of `[fingerprint, piece, time]`; selects the positions of those with a job in one of the states. */
function blockedIn(states: string): string {
  return `
  SELECT wanted.key FROM json_each(?) AS wanted WHERE EXISTS (
    SELECT 1 FROM jobs
    WHERE ${alikeIn("wanted.value ->> 1", "wanted.value ->> 0")} AND state IN (${states})
      AND created_at > wanted.value ->> 2)`;
}

/** In one order, because each list is a statement that stays prepared. */
function listOf(states: readonly JobState[]): string {
  return states.map(stateNumber).sort().join(", ");
}

function groupsOf<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
