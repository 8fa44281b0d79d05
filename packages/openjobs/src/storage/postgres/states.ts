/** How states are stored; databases depend on these numbers. */
import { JOB_STATES, type JobState } from "../../core/job.ts";
import type { FinishedKind } from "../../core/retention.ts";
import { TERMINAL_STATES } from "../../core/states.ts";

export function stateNumber(state: JobState): number {
  return JOB_STATES.indexOf(state);
}

export function stateAt(number: number): JobState {
  const state = JOB_STATES[number];
  if (state === undefined) throw new Error(`The database holds state ${number}, which does not exist.`);
  return state;
}

export const AVAILABLE: number = stateNumber("available");
export const ACTIVE: number = stateNumber("active");
export const COMPLETED: number = stateNumber("completed");
export const CANCELLED: number = stateNumber("cancelled");
export const DISCARDED: number = stateNumber("discarded");

/** The condition for jobs that have ended. */
export const ENDED: string = `state IN (${TERMINAL_STATES.map(stateNumber).join(", ")})`;

/** What tells each kind of finished jobs; the very words of the conditions of indexes on `ended_at`. */
export const FINISHED: Readonly<Record<FinishedKind, string>> = {
  completed: `state = ${COMPLETED}`,
  cancelled: `state = ${CANCELLED}`,
  discarded: `state = ${DISCARDED} AND NOT dead_letter`,
  deadLetters: `state = ${DISCARDED} AND dead_letter`,
};

/** In SQL: the key of a job's limits, of which `laneOf` makes the beginning of the lane's text; keys have no quotes in them. */
export function laneKey(table: string): string {
  return `split_part(${table === "" ? "" : `${table}.`}lane, '"', 4)`;
}
