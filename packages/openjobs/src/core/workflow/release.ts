/** From a step that waits to a job that can be stored: what every driver has to do when it releases a step. */
import type { JobRecord, JsonText } from "../job.ts";
import type { NewJob } from "../job-request.ts";
import { type NewJobOutcome, newJob } from "../lifecycle/enqueue.ts";
import { formatTimestamp } from "../time.ts";

/** The checked request of a step. Times that the client gave as relative ones move with the release. */
export interface ReadyJob {
  readonly workflowId: string;
  readonly step: number;
  readonly jobId: string;
  /**
   * Of a job that is to be unique. It is in the way of others that come later, but is itself neither refused nor dropped:
   * nothing may fail after a workflow was accepted.
   */
  readonly fingerprint: string | null;
  readonly request: Omit<NewJob, "id" | "source" | "unique">;
  /** When the request was read, Unix milliseconds. */
  readonly readAt: number;
  /** Which of its times count from the release. */
  readonly relative: readonly RelativeTime[];
}

/** Times of a request that may be relative. */
export type RelativeTime = "scheduledAt" | "expiresAt";

const WIRE_NAMES: Readonly<Record<RelativeTime, string>> = { scheduledAt: "scheduled_at", expiresAt: "expires_at" };

/** The job of a step that is released at this moment, and what that tells the world. */
export function releaseStep(ready: ReadyJob, now: number): NewJobOutcome {
  const request = ready.relative.reduce((moved, name) => shift(moved, name, now - ready.readAt), ready.request);
  const ids = { id: ready.jobId, digest: null, fingerprint: ready.fingerprint };
  const { job, events } = newJob({ ...request, id: null, source: "", unique: null }, ids, now);
  return { job: { ...job, workflowId: ready.workflowId, workflowStep: ready.step }, events };
}

/** Reads what {@link writeReady} wrote. */
export function readReady(text: JsonText): ReadyJob {
  return JSON.parse(text) as ReadyJob; // written below
}

/** A step's job as it is stored until its release. */
export function writeReady(ready: ReadyJob): JsonText {
  return JSON.stringify(ready);
}

/** The job shows its times as texts among its attributes, so both move. */
function shift(request: ReadyJob["request"], name: RelativeTime, by: number): ReadyJob["request"] {
  const before = request[name];
  if (before === null || by === 0) return request;
  const shown = (at: number): string => `"${WIRE_NAMES[name]}":"${formatTimestamp(at)}"`;
  // The server's own attributes come before the client's, so the first one is ours.
  const attributes = request.attributes.replace(shown(before), shown(before + by));
  return { ...request, attributes, [name]: before + by };
}

/** The request of a job that ran already, for another run of its step. Its timeout has the grace in it. */
export function requestOf(job: JobRecord): ReadyJob["request"] {
  const { type, queue, lane, args, meta, attributes, maxAttempts, timeoutMs, heartbeatMs, visibilityMs, expiresAt } =
    job;
  const lasting = (until: number | null): number | null => (until === null ? null : until - job.createdAt);
  return {
    ...{ type, queue, lane, args, meta, attributes, maxAttempts, timeoutMs, heartbeatMs, visibilityMs, expiresAt },
    graceMs: 0,
    totalMs: lasting(job.endBy),
    enqueueTtlMs: lasting(job.startBy),
    priority: job.priority,
    cron: null,
    scheduledAt: null,
    pending: false,
  };
}
