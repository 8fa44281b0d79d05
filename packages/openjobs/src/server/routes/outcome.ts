/** One outcome on the wire, whether it comes alone or among others. */

import { ojsError } from "../../core/errors.ts";
import { readFailure } from "../../core/failure.ts";
import type { JobRecord, JsonText } from "../../core/job.ts";
import { checkDepth, stringifyJson } from "../../core/json.ts";
import type { JsonObject } from "../../core/json-object.ts";
import { LIMITS } from "../../core/limits.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { AckOutcome, AckRequest, NackRequest } from "../../engine/facade.ts";
import type { Fence } from "../../storage/storage.ts";
import { optionalBoolean, optionalInteger } from "../fields.ts";
import { jobIdIn } from "./job-id.ts";

/** Reads an ack of this worker. */
export function readAck(item: JsonObject, workerId: string | undefined): AckRequest {
  return { jobId: jobIdIn(item), fence: readFence(item, workerId), result: readResult(item) };
}

/** Reads a nack of this worker. */
export function readNack(item: JsonObject, workerId: string | undefined): NackRequest {
  checkDepth(item, LIMITS.depth, "");
  const requeue = optionalBoolean(item, "requeue");
  return { jobId: jobIdIn(item), fence: readFence(item, workerId), failure: readFailure(item.error), requeue };
}

/** What an ack among others is answered with. Nothing of it needs escaping: the id has passed as one. */
export function encodeDone({ id, state, completedAt }: AckOutcome): JsonText {
  return `{"job_id":"${id}","state":"${state}","completed_at":"${formatTimestamp(completedAt)}"}`;
}

/** What became of a job after its nack, without the job itself. */
export function encodeFailed(job: JobRecord): JsonText {
  const ended = job.endedAt === null ? undefined : formatTimestamp(job.endedAt);
  const waiting = job.state === "retryable" ? formatTimestamp(job.availableAt) : undefined;
  return stringifyJson({
    id: job.id,
    job_id: job.id,
    state: job.state,
    attempt: job.attempt,
    max_attempts: job.maxAttempts,
    next_attempt_at: waiting,
    retry_delay_ms: waiting === undefined ? undefined : (job.retryDelayMs ?? undefined),
    // http-binding has discarded_at, core §5.3 completed_at for every end; the suites ask for both.
    completed_at: ended,
    discarded_at: job.state === "discarded" ? ended : undefined,
  });
}

/** Which claim of the job the caller talks about (design 3.4); the official SDKs send none of the three. */
export function readFence(item: JsonObject, workerId: string | undefined): Fence {
  const lease = optionalInteger(item, "lease", { min: 1 });
  const attempt = optionalInteger(item, "attempt", { min: 1 });
  const fence: { -readonly [Fact in keyof Fence]: Fence[Fact] } = {};
  if (lease !== undefined) fence.lease = lease;
  if (workerId !== undefined) fence.workerId = workerId;
  if (attempt !== undefined) fence.attempt = attempt;
  return fence;
}

/** Any JSON value may be a result (ojs-results allows it, http-binding says object); null is the same as none. */
function readResult({ result }: JsonObject): JsonText | null {
  if (result === undefined || result === null) return null;
  checkDepth(result, LIMITS.depth, "result");
  const text = stringifyJson(result);
  const actual = Buffer.byteLength(text);
  if (actual <= LIMITS.jobBytes) return text;
  throw ojsError("payload_too_large", "The result is too large; the job is still active.", {
    details: { field: "result", actual, max: LIMITS.jobBytes },
    hint: "Store large results elsewhere and return a reference.",
  });
}
