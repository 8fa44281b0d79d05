/** Birth of a job, and its release when it was enqueued as pending (ojs-core §7.1). */
import type { JobEventKind } from "../event-kinds.ts";
import type { JobProgress, JobRecord, JobRequest, JobState } from "../job.ts";
import type { NewJob } from "../job-request.ts";
import { requireMove } from "../states.ts";
import { dueAtOf, type Transition, withDueAt } from "./transition.ts";

/** A job that is ready to be inserted, and what its insert tells the world. */
export interface NewJobOutcome {
  readonly job: JobRecord;
  readonly events: readonly JobEventKind[];
}

/** A pending job has no event in the catalogue: nothing can happen to it until it is activated. */
const BIRTH_EVENTS: Readonly<Partial<Record<JobState, readonly JobEventKind[]>>> = {
  available: ["job.enqueued"],
  scheduled: ["job.scheduled"],
};

const UNTOUCHED = {
  startedAt: null,
  endedAt: null,
  attempt: 0,
  returned: 0,
  expiries: 0,
  lease: 0,
  workerId: null,
  leaseMs: null,
  leaseUntil: null,
  timeoutAt: null,
  errors: null,
  result: null,
  retryDelayMs: null,
  deadLetter: false,
  expired: false,
} as const satisfies Partial<JobProgress>;

/**
 * The record of a new job: `pending` if asked for, else `scheduled` if its time is in the future, else `available`.
 * `seq` and `revision` are 0; the storage gives them.
 *
 * @param ids The job's id, and the fingerprint of the request when the client chose the id.
 */
export function newJob(
  request: NewJob,
  ids: { readonly id: string; readonly digest: string | null },
  now: number,
): NewJobOutcome {
  const { id, digest } = ids;
  const asked = requestOf(request);
  const state = birthState(request, now);
  const availableAt = state === "scheduled" ? (request.scheduledAt ?? now) : now;
  const progress = { ...UNTOUCHED, state, priority: request.priority, availableAt, enqueuedAt: now };
  const dueAt = dueAtOf({ ...progress, expiresAt: request.expiresAt });
  return {
    job: { ...asked, id, digest, createdAt: now, ...progress, dueAt, seq: 0, revision: 0 },
    events: BIRTH_EVENTS[state] ?? [],
  };
}

/**
 * Releases a pending job into its queue.
 *
 * @throws OjsError `conflict` when the job is not pending.
 */
export function activate(job: JobRecord, now: number): Transition {
  requireMove(job, "available", "activate");
  return {
    change: withDueAt(job, { state: "available", availableAt: now, enqueuedAt: now }),
    events: ["job.enqueued"],
    failure: false,
  };
}

function birthState(request: NewJob, now: number): JobState {
  if (request.pending) return "pending";
  return request.scheduledAt !== null && request.scheduledAt > now ? "scheduled" : "available";
}

/** Field by field: what only the enqueue needs (its source text, for one) must not be stored with the job. */
function requestOf(request: NewJob): Omit<JobRequest, "id" | "createdAt" | "digest"> {
  return {
    type: request.type,
    queue: request.queue,
    args: request.args,
    meta: request.meta,
    attributes: request.attributes,
    maxAttempts: request.maxAttempts,
    timeoutMs: request.timeoutMs,
    visibilityMs: request.visibilityMs,
    expiresAt: request.expiresAt,
  };
}
