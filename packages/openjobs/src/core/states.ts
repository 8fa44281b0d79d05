/**
 * The one transition table (ojs-core §6.3), with the moves that the spec describes elsewhere: expiry of a waiting job
 * (core §5.2 `expires_at`), the end of a lease (worker-protocol §5.5, retry §9.2), execution timeout (timeouts §8),
 * hand-back without an attempt, and an operator's retry of what has failed (ojs-bulk-operations §7).
 */
import { ojsError } from "./errors.ts";
import { JOB_STATES, type JobRecord, type JobState } from "./job.ts";

/** What makes a job change its state. */
export type Trigger =
  /** The job is created. */
  | "push"
  /** Its time has come: schedule or backoff is over. */
  | "timer"
  /** A pending job is released from outside. */
  | "activate"
  /** A worker claims it. */
  | "fetch"
  /** The handler succeeded. */
  | "ack"
  /** The handler failed. */
  | "fail"
  /** The execution took longer than its timeout. */
  | "timeout"
  /** The lease ended without an outcome: visibility timeout or a dead worker. */
  | "lease-end"
  /** The worker gives the job back without having failed. */
  | "requeue"
  /** `expires_at` passed while the job was waiting. */
  | "expire"
  | "cancel"
  /** An operator brings a job back that has failed, or does not want to wait for its next attempt. */
  | "retry";

/** One legal move; `from` is null for a new job. */
export interface StateMove {
  readonly trigger: Trigger;
  readonly from: JobState | null;
  readonly to: JobState;
}

type Moves = readonly [trigger: Trigger, from: readonly (JobState | null)[], to: readonly JobState[]];

const MOVES: readonly Moves[] = [
  ["push", [null], ["scheduled", "available", "pending"]],
  ["timer", ["scheduled", "retryable"], ["available"]],
  ["activate", ["pending"], ["available"]],
  ["fetch", ["available"], ["active"]],
  ["ack", ["active"], ["completed"]],
  ["fail", ["active"], ["retryable", "discarded"]],
  ["timeout", ["active"], ["retryable", "discarded"]],
  ["lease-end", ["active"], ["available", "retryable", "discarded"]],
  ["requeue", ["active"], ["available", "retryable"]],
  ["expire", ["scheduled", "available", "pending", "retryable"], ["discarded"]],
  ["cancel", ["scheduled", "available", "pending", "active", "retryable"], ["cancelled"]],
  ["retry", ["discarded", "retryable"], ["available"]],
];

/** Every legal move; whatever is not listed is refused. */
export const TRANSITIONS: readonly StateMove[] = MOVES.flatMap(([trigger, sources, targets]) =>
  sources.flatMap((from) => targets.map((to) => ({ trigger, from, to }))),
);

const LEGAL: ReadonlySet<string> = new Set(TRANSITIONS.map((move) => keyOf(move.from, move.to, move.trigger)));

/** States that nothing leaves by itself (ojs-core §6.1). */
export const TERMINAL_STATES: readonly JobState[] = ["completed", "cancelled", "discarded"];

/** States in which a job waits, in a queue, for a worker or for its time. */
export const WAITING_STATES = ["available", "scheduled", "pending", "retryable"] as const;

/** One of {@link WAITING_STATES}. */
export type WaitingState = (typeof WAITING_STATES)[number];

/** Whether the table has this move; `from` is null for a new job. */
export function mayMove(from: JobState | null, to: JobState, trigger: Trigger): boolean {
  return LEGAL.has(keyOf(from, to, trigger));
}

/** Whether the state is one of {@link TERMINAL_STATES}. */
export function isTerminal(state: JobState): boolean {
  return TERMINAL_STATES.includes(state);
}

/**
 * Refuses a move that the table does not have.
 *
 * @throws OjsError `conflict` with details `job_id`, `current_state`, `expected_state` (a list separated by `|`).
 */
export function requireMove(job: Pick<JobRecord, "id" | "state">, to: JobState, trigger: Trigger): void {
  if (mayMove(job.state, to, trigger)) return;
  const expected = JOB_STATES.filter((from) => mayMove(from, to, trigger)).join("|");
  throw ojsError("conflict", `Job ${job.id} is ${job.state}; this needs a job that is ${expected}.`, {
    details: { job_id: job.id, current_state: job.state, expected_state: expected },
  });
}

function keyOf(from: JobState | null, to: JobState, trigger: Trigger): string {
  return `${trigger}:${from ?? ""}:${to}`;
}
