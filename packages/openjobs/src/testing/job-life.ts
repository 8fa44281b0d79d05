/** What a job has behind it in a state: the members that a server gives it on the way there (ojs-core §5.3, §6). */
import type { Job, JobFacts, JobStateWord } from "../core/codec/job-decode.ts";
import type { JobError } from "../core/codec/job-error.ts";
import { formatTimestamp } from "../core/time.ts";

/** Where a job is. */
export interface JobPlace {
  readonly state: JobStateWord;
  /** Undefined: what is usual for the state. */
  readonly attempt: number | undefined;
  readonly maxAttempts: number;
  /** Unix milliseconds; when it was enqueued. */
  readonly from: number;
}

/** What follows from it. */
export type JobLife = JobFacts & Pick<Job, "state" | "attempt" | "errors">;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** States in which no attempt is under way or has succeeded: all of them have failed. */
const WAITING: ReadonlySet<string> = new Set(["scheduled", "available", "pending", "retryable", "discarded"]);

/** A job that was started after a second, and ended after another one. */
export function lifeOf(place: JobPlace): JobLife {
  const { state, maxAttempts, from, attempt = usualAttempt(place) } = place;
  const failures = WAITING.has(state) ? attempt : Math.max(0, attempt - 1);
  const errors = Array.from({ length: failures }, (_, index) => failureOf(index + 1, maxAttempts, from));
  const started = attempt === 0 ? {} : { startedAt: formatTimestamp(from + SECOND) };
  return { state, attempt, errors, ...started, ...factsOf(state, from) };
}

function usualAttempt({ state, maxAttempts }: JobPlace): number {
  if (state === "discarded") return Math.max(1, maxAttempts);
  return state === "active" || state === "completed" || state === "retryable" ? 1 : 0;
}

function factsOf(state: JobStateWord, from: number): JobFacts {
  const end = formatTimestamp(from + 2 * SECOND);
  const later = formatTimestamp(from + MINUTE);
  switch (state) {
    case "scheduled":
      return { scheduledAt: later };
    case "active":
      return { lease: 1, leaseExpiresAt: later, workerId: "test-worker" };
    case "completed":
      return { completedAt: end };
    case "retryable":
      return { nextAttemptAt: later, retryDelayMs: MINUTE - 2 * SECOND };
    case "cancelled":
      return { cancelledAt: end };
    case "discarded":
      return { completedAt: end, discardedAt: end };
    default:
      return {};
  }
}

function failureOf(attempt: number, maxAttempts: number, from: number): JobError {
  return {
    type: "Error",
    code: "handler_error",
    message: `attempt ${attempt} failed`,
    retryable: attempt < maxAttempts,
    attempt,
    occurredAt: formatTimestamp(from + 2 * SECOND),
  };
}
