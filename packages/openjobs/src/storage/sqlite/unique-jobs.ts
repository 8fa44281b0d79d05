/** Jobs that are in the way of unique ones. Each look is a few steps into one index, however many jobs there are. */
import type { JobRecord, JobState } from "../../core/job.ts";
import { isInTheWay, newestFirst, newestFree, type UniqueGuard } from "../../core/unique-guard.ts";
import type { Database } from "./database.ts";
import { JOB_JSON, readJob } from "./job-row.ts";
import { stateNumber } from "./schema.ts";

/** Binds a JSON array of `[fingerprint, state, time]`, one for each state of each guard, and how many of each to read. */
const IN_THE_WAY = `
  SELECT ${JOB_JSON} FROM json_each(?) AS wanted CROSS JOIN jobs ON jobs.seq IN (
    SELECT seq FROM jobs
    WHERE fingerprint = wanted.value ->> 0 AND state = wanted.value ->> 1 AND created_at > wanted.value ->> 2
    ORDER BY created_at DESC, seq DESC LIMIT ?)`;

/** For each guard the jobs in the way, the last created first. */
export function jobsInTheWay(
  guards: readonly UniqueGuard[],
  now: number,
  limit: number,
  database: Database,
): readonly (readonly JobRecord[])[] {
  const wanted = guards.flatMap((guard) =>
    guard.states.map((state) => [guard.fingerprint, stateNumber(state), newestFree(guard, now)]),
  );
  const rows = database.all(IN_THE_WAY, [JSON.stringify(wanted), limit]).map(readJob);
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
export function rivalOf(guard: UniqueGuard, now: number, database: Database): string | undefined {
  const sql = `SELECT 1 FROM jobs WHERE ${isRival(listOf(guard.states), "?", "?")} LIMIT 1`;
  if (database.value(sql, [guard.fingerprint, newestFree(guard, now)]) === null) return undefined;
  return jobsInTheWay([guard], now, 1, database)[0]?.[0]?.id;
}

/** The guards that a stored job is in the way of. Those with the same states, which are mostly all, share a statement. */
export function blockedAmong(guards: readonly UniqueGuard[], now: number, database: Database): Set<UniqueGuard> {
  const blocked = new Set<UniqueGuard>();
  for (const [states, alike] of groupsOf(guards, (guard) => listOf(guard.states))) {
    const sql = `
      SELECT wanted.key FROM json_each(?) AS wanted
      WHERE EXISTS (SELECT 1 FROM jobs WHERE ${isRival(states, "wanted.value ->> 0", "wanted.value ->> 1")})`;
    const wanted = alike.map((guard) => [guard.fingerprint, newestFree(guard, now)]);
    for (const key of database.all(sql, [JSON.stringify(wanted)])) {
      const guard = alike[Number(key)];
      if (guard !== undefined) blocked.add(guard);
    }
  }
  return blocked;
}

/** The condition of `isInTheWay`, with SQL for the fingerprint and for the time after which a job was created. */
function isRival(states: string, fingerprint: string, after: string): string {
  return `jobs.fingerprint = ${fingerprint} AND jobs.state IN (${states}) AND jobs.created_at > ${after}`;
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
