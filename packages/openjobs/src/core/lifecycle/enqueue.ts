/** Birth of a job, and its release when it was enqueued as pending (ojs-core §7.1). */
import type { JobEventKind } from "../event-kinds.ts";
import type { JobRecord, JobState } from "../job.ts";
import type { NewJob } from "../job-request.ts";
import { DEFAULTS } from "../limits.ts";
import { DEFAULT_RETRY } from "../retry.ts";
import { requireMove } from "../states.ts";
import { type Transition, waitEnd, withDueAt } from "./transition.ts";

/** A job that is ready to be inserted, and what its insert tells the world. */
export interface NewJobOutcome {
  readonly job: JobRecord;
  readonly events: readonly JobEventKind[];
}

/** What a new job is told by, beside what the request says. */
export type NewJobIds = Pick<JobRecord, "id" | "digest" | "fingerprint">;

/** A pending job has no event in the catalogue: nothing can happen to it until it is activated. */
const BIRTH_EVENTS: Readonly<Partial<Record<JobState, readonly JobEventKind[]>>> = {
  available: ["job.enqueued"],
  scheduled: ["job.scheduled"],
};

/**
 * The record of a new job: `pending` if asked for, else `scheduled` if its time is in the future, else `available`.
 * `seq` and `revision` are 0; the storage gives them.
 *
 * @param ids The job's id; the hash of the request when the client chose the id; the fingerprint of a unique job.
 */
export function newJob(request: NewJob, ids: NewJobIds, now: number): NewJobOutcome {
  const state = birthState(request, now);
  const availableAt = state === "scheduled" ? (request.scheduledAt ?? now) : now;
  const job = recordOf(request, ids, { state, availableAt, now });
  return { job, events: birthEvents(state) };
}

/** What the birth of a job in this state tells the world. */
export function birthEvents(state: JobState): readonly JobEventKind[] {
  return BIRTH_EVENTS[state] ?? [];
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

/**
 * One literal with every field in its place: records of one shape are what keeps a busy server fast, and what only the
 * enqueue needs (the request's source text, for one) stays out.
 */
function recordOf(
  request: NewJob,
  { id, digest, fingerprint }: NewJobIds,
  { state, availableAt, now }: Pick<JobRecord, "state" | "availableAt"> & { readonly now: number },
): JobRecord {
  const { expiresAt, enqueueTtlMs, totalMs } = request;
  const startBy = enqueueTtlMs === null ? null : now + enqueueTtlMs;
  const endBy = totalMs === null ? null : now + totalMs;
  return {
    id,
    type: request.type,
    queue: request.queue,
    args: request.args,
    meta: request.meta,
    attributes: request.attributes,
    digest,
    fingerprint,
    maxAttempts: request.maxAttempts ?? DEFAULT_RETRY.maxAttempts,
    timeoutMs: withGrace(request),
    heartbeatMs: request.heartbeatMs,
    visibilityMs: request.visibilityMs,
    expiresAt,
    createdAt: now,
    cron: request.cron,
    lane: request.lane,
    workflowId: null,
    workflowStep: null,
    state,
    priority: request.priority ?? DEFAULTS.priority,
    availableAt,
    dueAt: waitEnd({ state, lease: 0, availableAt, expiresAt, startBy, endBy }),
    enqueuedAt: now,
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
    stallAt: null,
    startBy,
    endBy,
    errors: null,
    result: null,
    retryDelayMs: null,
    deadLetter: false,
    expired: false,
    seq: 0,
    revision: 0,
  };
}

/** The server waits for the grace period of those who name one (ojs-timeouts §7.1; conformance contract, row 14). */
function withGrace({ timeoutMs, graceMs }: NewJob): number | null {
  return graceMs === 0 ? timeoutMs : (timeoutMs ?? DEFAULTS.timeoutMs) + graceMs;
}
