/** Outcomes of a job: ack and nack (ojs-http-binding §10.2, §10.3). */
import { encodeJob } from "../../core/codec/job-encode.ts";
import { ojsError } from "../../core/errors.ts";
import { readFailure } from "../../core/failure.ts";
import type { JobRecord, JsonText } from "../../core/job.ts";
import { checkDepth, stringifyJson } from "../../core/json.ts";
import type { JsonObject } from "../../core/json-object.ts";
import { LIMITS } from "../../core/limits.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { Engine } from "../../engine/facade.ts";
import type { Fence } from "../../storage/storage.ts";
import { optionalBoolean, optionalInteger, optionalName } from "../fields.ts";
import { ok, type Route } from "../route.ts";
import { jobIdIn } from "./job-id.ts";

/** `POST /ojs/v1/workers/ack` and `/nack`. */
export function outcomeRoutes(engine: Engine): readonly Route[] {
  return [ack(engine), nack(engine)];
}

function ack(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/workers/ack",
    readsBody: true,
    async run({ body }) {
      const jobId = jobIdIn(body);
      const done = await engine.ack({ jobId, fence: readFence(body), result: readResult(body) });
      const state = { id: done.id, state: done.state, completed_at: formatTimestamp(done.completedAt) };
      // `job_id` is http-binding's name, `id` the suites'; `job.state` is what serverless adapters look at.
      const answer = { acknowledged: true, job_id: done.id, ...state, job: state };
      return ok(stringifyJson(answer), { jobs: [done] });
    },
  };
}

function nack(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/workers/nack",
    readsBody: true,
    async run({ body }) {
      checkDepth(body, LIMITS.depth, "");
      const requeue = optionalBoolean(body, "requeue");
      const job = await engine.nack({
        jobId: jobIdIn(body),
        fence: readFence(body),
        failure: readFailure(body.error),
        requeue,
      });
      return ok(encodeNackAnswer(job), { jobs: [job] });
    },
  };
}

/** Which claim of the job the caller talks about (design 3.4); the official SDKs send none of the three. */
function readFence(body: JsonObject): Fence {
  const lease = optionalInteger(body, "lease", { min: 1 });
  const workerId = optionalName(body, "worker_id");
  const attempt = optionalInteger(body, "attempt", { min: 1 });
  return {
    ...(lease === undefined ? {} : { lease }),
    ...(workerId === undefined ? {} : { workerId }),
    ...(attempt === undefined ? {} : { attempt }),
  };
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

function encodeNackAnswer(job: JobRecord): JsonText {
  const ended = job.endedAt === null ? undefined : formatTimestamp(job.endedAt);
  const waiting = job.state === "retryable" ? formatTimestamp(job.availableAt) : undefined;
  const facts = stringifyJson({
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
  return `${facts.slice(0, -1)},"job":${encodeJob(job)}}`;
}
