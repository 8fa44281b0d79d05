/**
 * Jobs on their way out (ojs-core §5, ojs-http-binding §9). Each answer is put together from texts: the payloads were
 * checked when they came in and go out without being read again, because this runs for every enqueue and every fetch.
 */
import type { HandedJob } from "../handed-job.ts";
import type { JobRecord, JsonText } from "../job.ts";
import { formatTimestamp } from "../time.ts";
import type { JobWithParents } from "../workflow/parent-results.ts";

/** Facts that only one kind of answer has, under names that `SYSTEM_NAMES` reserves. */
export type AnswerExtra = Readonly<Record<string, string | number | boolean>>;

/**
 * A job as a JSON object. What is not known is absent, never null, and numbers are integers: the official Rust SDK drops
 * a whole fetch for one job that it cannot read (sdk-wire-contract §1.4).
 */
export function encodeJob(job: HandedJob): JsonText {
  return `{${envelope(job)}${times(job)}${lease(job)}${outcome(job)}${membership(job)}${left(job)}${spliced(job.attributes)}}`;
}

/** A job that stands in a list of answers for one that counts as the same (ojs-unique-jobs §5.4). */
export function encodeDeduplicated(job: JobRecord): JsonText {
  return `${encodeJob(job).slice(0, -1)},"deduplicated":true}`;
}

/**
 * The answer about one job, in the two shapes that SDKs expect: the conformance suites and the JS, Go and Python SDKs
 * look under `job`, the Rust SDK reads the same fields at the top level.
 *
 * @param extra More members of the job: `previous_state`.
 */
export function encodeJobAnswer(job: JobRecord, extra: AnswerExtra = {}): JsonText {
  const flat = `${encodeJob(job).slice(1, -1)}${spliced(JSON.stringify(extra))}`;
  // A client's own attribute `job` would be taken for the wrapper, so then there is only the wrapper.
  return hasAttribute(job, "job") ? `{"job":{${flat}}}` : `{"job":{${flat}},${flat}}`;
}

/** Types, queues, ids and states need no escaping: nothing else passes the checks of a request. */
function envelope(job: JobRecord): string {
  return (
    `"specversion":"1.0","id":"${job.id}","type":"${job.type}","state":"${job.state}","queue":"${job.queue}",` +
    `"args":${job.args},"meta":${job.meta},"priority":${job.priority},` +
    `"attempt":${job.attempt},"max_attempts":${job.maxAttempts}`
  );
}

function times(job: JobRecord): string {
  return (
    time("created_at", job.createdAt) +
    time("enqueued_at", job.enqueuedAt) +
    time("started_at", job.startedAt) +
    endTimes(job)
  );
}

/** A discarded job has both names (core §5.3, http-binding §10), one that expired never ran to completion (L2-TTL-001). */
function endTimes({ state, endedAt, expired }: JobRecord): string {
  if (endedAt === null) return "";
  if (state === "cancelled") return time("cancelled_at", endedAt);
  const discarded = state === "discarded" ? time("discarded_at", endedAt) : "";
  return expired ? discarded : time("completed_at", endedAt) + discarded;
}

function lease(job: JobRecord): string {
  if (job.lease === 0) return "";
  const worker = job.workerId === null ? "" : `,"worker_id":${JSON.stringify(job.workerId)}`;
  return `,"lease":${job.lease}${worker}${time("lease_expires_at", job.leaseUntil)}`;
}

function outcome(job: JobRecord): string {
  const result = job.result === null || job.result === "null" ? "" : `,"result":${job.result}`;
  const delay = job.retryDelayMs === null ? "" : `,"retry_delay_ms":${Math.round(job.retryDelayMs)}`;
  return `${result}${errors(job)}${delay}${nextAttempt(job)}`;
}

/** An array, as the official cases want it (conformance contract row 28); the workflow's id needs no escaping. */
function membership({ workflowId, parentResults }: JobWithParents): string {
  if (workflowId === null) return "";
  return `,"workflow_id":"${workflowId}"${parentResults === undefined ? "" : `,"parent_results":${parentResults}`}`;
}

/** Under the name of the page about progress too (ojs-progress §6.4). */
function left({ checkpoint }: HandedJob): string {
  return checkpoint === undefined ? "" : `,"checkpoint":${checkpoint},"last_checkpoint":${checkpoint}`;
}

/** The last error is what the job suffers from, until it succeeds (core §5.3). */
function errors({ errors: history, state }: JobRecord): string {
  if (history === null) return "";
  if (state === "completed") return `,"errors":${history}`;
  const entries: unknown = JSON.parse(history);
  const last: unknown = Array.isArray(entries) ? entries.at(-1) : undefined;
  return `${last === undefined ? "" : `,"error":${JSON.stringify(last)}`},"errors":${history}`;
}

/** `next_attempt_at` for http-binding §10.3, `next_retry_at` for its §9 and the Go SDK. */
function nextAttempt({ state, availableAt }: JobRecord): string {
  return state === "retryable" ? time("next_attempt_at", availableAt) + time("next_retry_at", availableAt) : "";
}

function time(name: string, at: number | null): string {
  return at === null ? "" : `,"${name}":"${formatTimestamp(at)}"`;
}

/** The members of a JSON object, as a continuation of another object's. */
function spliced(object: JsonText): string {
  return object === "{}" ? "" : `,${object.slice(1, -1)}`;
}

function hasAttribute({ attributes }: JobRecord, name: string): boolean {
  return attributes.includes(`"${name}":`) && Object.hasOwn(JSON.parse(attributes), name);
}
