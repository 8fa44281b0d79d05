/** How commits count: each inserts a row for each queue that it changed, and readers add them up. See `tally.ts` for what counts. */
import { JOB_STATES } from "../../core/job.ts";
import { ACTIVE, AVAILABLE, COMPLETED, DISCARDED, stateNumber } from "./states.ts";

/** Sums by column of `queue_deltas`. */
type Sums = Readonly<Record<string, string>>;

/**
 * The statement that counts the rows of `source`, which have a column `queue`. `now` is the parameter with the time.
 */
function insertDeltas(source: string, sums: Sums, now: string): string {
  return `
  INSERT INTO @.queue_deltas (queue, minute, ${Object.keys(sums).join(", ")})
  SELECT queue, ${now}::bigint / 60000, ${Object.values(sums).join(", ")} FROM ${source} GROUP BY queue`;
}

/** New jobs: rows of `queue, state, dead_letter`. */
export function countInserted(source: string, now: string): string {
  return insertDeltas(source, statesOf("count(*)", "state", "dead_letter"), now);
}

/** Jobs that are gone: rows of `queue, state, dead_letter`. */
export function countRemoved(source: string, now: string): string {
  return insertDeltas(source, statesOf("-count(*)", "state", "dead_letter"), now);
}

/** Claimed jobs: rows of `queue, available_at, enqueued_at`. */
export function countClaimed(source: string, now: string): string {
  const waited = `sum(greatest(0, ${now}::bigint - greatest(available_at, enqueued_at)))`;
  const moved = { [nameOf(AVAILABLE)]: "-count(*)", [nameOf(ACTIVE)]: "count(*)" };
  return insertDeltas(source, { ...moved, starts: "count(*)", wait_ms: waited }, now);
}

/** Completed jobs that were active: rows of `queue, started_at`. */
export function countCompleted(source: string, now: string): string {
  const ran = `coalesce(sum(greatest(0, ${now}::bigint - started_at)), 0)`;
  const moved = { [nameOf(ACTIVE)]: "-count(*)", [nameOf(COMPLETED)]: "count(*)" };
  return insertDeltas(source, { ...moved, completions: "count(*)", run_ms: ran }, now);
}

/** Jobs that changed: rows of `queue, was, was_dead, since, state, dead_letter, failed`; `since` = when the attempt began. */
export function countChanged(source: string, now: string): string {
  const before = statesOf("count(*)", "was", "was_dead");
  const after = statesOf("count(*)", "state", "dead_letter");
  const moved = Object.fromEntries(Object.entries(after).map(([name, sum]) => [name, `${sum} - ${before[name]}`]));
  const finished = `FILTER (WHERE state = ${COMPLETED} AND was <> ${COMPLETED})`;
  const activity = {
    failures: "count(*) FILTER (WHERE failed)",
    completions: `count(*) ${finished}`,
    run_ms: `coalesce(sum(greatest(0, ${now}::bigint - since)) ${finished}, 0)`,
  };
  const some = `${source} WHERE (state, dead_letter) IS DISTINCT FROM (was, was_dead) OR failed`;
  return insertDeltas(some, { ...moved, ...activity }, now);
}

/** The columns with the counters, and the sums of them. */
export const COUNTERS: readonly string[] = [...JOB_STATES, "dead_letters"];
export const ACTIVITY: readonly string[] = ["starts", "completions", "failures", "wait_ms", "run_ms"];

/** How many rows are in each state, by column. */
function statesOf(count: string, state: string, dead: string): Sums {
  const sums = JOB_STATES.map((name) => [name, `${count} FILTER (WHERE ${state} = ${stateNumber(name)})`]);
  const letters = `${count} FILTER (WHERE ${state} = ${DISCARDED} AND ${dead})`;
  return Object.fromEntries([...sums, ["dead_letters", letters]]);
}

function nameOf(state: number): string {
  return JOB_STATES[state] ?? "";
}
