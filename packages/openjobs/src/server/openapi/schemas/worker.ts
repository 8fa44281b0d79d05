/** What workers send and hear (ojs-http-binding §10, ojs-worker-protocol). */
import { JOB_STATES } from "../../../core/job.ts";
import { LIMITS } from "../../../core/limits.ts";
import {
  anyOf,
  flag,
  integer,
  type JsonSchema,
  list,
  type Members,
  object,
  ref,
  text,
  time,
  word,
} from "../schema-words.ts";

const NAME = text({ minLength: 1, maxLength: LIMITS.workerIdChars });
const VISIBILITY = integer({ minimum: 1, maximum: LIMITS.timeoutMs });

const WANTED: Members = {
  count: integer({ minimum: 1, description: `Jobs at most; more than ${LIMITS.fetchCountMax} is as much as that.` }),
  visibility_timeout_ms: VISIBILITY,
  wait_ms: integer({ description: `How long to wait for a job; more than ${LIMITS.waitMaxMs} is as much as that.` }),
  runtime: object(
    {},
    { tags: list(text(), { description: "What the runtime has; no job that wants more is answered." }) },
  ),
};
const QUEUES: Members = { queues: list(ref("QueueName"), { minItems: 1, maxItems: 1_000 }) };

/** Which claim of the job is meant. */
const FENCE: Members = { lease: integer({ minimum: 1 }), attempt: integer({ minimum: 1 }) };
const DELIVERY: Members = { delivery_id: text({ description: "Of the push delivery that brought the job." }) };
const WORKER: Members = { worker_id: NAME };
const JOB: Members = { job_id: ref("JobId") };

const FAILED: Members = {
  id: ref("JobId"),
  ...JOB,
  state: ref("JobState"),
  attempt: integer(),
  max_attempts: integer(),
};
const FAILED_AT_TIMES: Members = {
  next_attempt_at: time(),
  retry_delay_ms: integer(),
  completed_at: time(),
  discarded_at: time(),
};
const COMPLETED: Members = { state: word(...JOB_STATES), completed_at: time() };
const REFUSED = object(
  { job_id: { type: ["string", "null"] }, status: integer(), error: ref("ErrorFacts") },
  { retry_after_ms: integer() },
);

/** Names of these schemas. */
export type WorkerSchemaName =
  | "FetchRequest"
  | "FetchedJobs"
  | "AckRequest"
  | "AckOfJobRequest"
  | "Acknowledgement"
  | "FailureReport"
  | "NackRequest"
  | "NackOfJobRequest"
  | "FailedJob"
  | "HeartbeatRequest"
  | "HeartbeatAnswer"
  | "WorkerHealth"
  | "ExchangeRequest"
  | "ExchangeAnswer";

export const WORKER_SCHEMAS: Readonly<Record<WorkerSchemaName, JsonSchema>> = {
  FetchRequest: object(QUEUES, { ...WANTED, ...WORKER }),
  FetchedJobs: object({ jobs: list(ref("Job")) }),
  AckRequest: object(JOB, { ...FENCE, ...DELIVERY, ...WORKER, result: ref("JsonValue") }),
  AckOfJobRequest: object({}, { ...JOB, ...FENCE, ...DELIVERY, ...WORKER, result: ref("JsonValue") }),
  Acknowledgement: object({
    acknowledged: flag(),
    ...JOB,
    id: ref("JobId"),
    ...COMPLETED,
    job: object({ id: ref("JobId"), ...COMPLETED }),
  }),
  FailureReport: anyOf(
    text({ description: "A message." }),
    object(
      {},
      {
        type: text(),
        code: text({
          description:
            "Also RETRY, DISCARD, DEAD_LETTER or FAIL, which overrule the job's policy, and SNOOZE: the attempt does not count.",
        }),
        message: text(),
        retryable: flag(),
        details: ref("JsonValue"),
        backtrace: anyOf(text(), list(text())),
        stack_trace: anyOf(text(), list(text())),
        retry_after_ms: integer({ description: "Delay before the next attempt; beats the policy's backoff." }),
      },
    ),
  ),
  NackRequest: object(
    { ...JOB, error: ref("FailureReport") },
    {
      ...FENCE,
      ...DELIVERY,
      ...WORKER,
      requeue: flag({ description: "Hand the job back; the attempt does not count." }),
    },
  ),
  NackOfJobRequest: object(
    { error: ref("FailureReport") },
    { ...JOB, ...FENCE, ...DELIVERY, ...WORKER, requeue: flag() },
  ),
  FailedJob: object({ ...FAILED, job: ref("Job") }, FAILED_AT_TIMES),
  HeartbeatRequest: object(WORKER, {
    active_jobs: anyOf(list(NAME), integer()),
    active_job_ids: list(NAME),
    leases: list({ type: ["integer", "null"] }, { description: "Of each job in the list, in its order." }),
    visibility_timeout_ms: VISIBILITY,
    state: word("running", "quiet", "terminate"),
    started_at: time(),
    hostname: NAME,
    pid: integer(),
    queues: list(NAME),
    labels: list(NAME),
    concurrency: integer(),
  }),
  WorkerHealth: object({
    worker_id: text(),
    state: word("running", "draining", "shutting_down"),
    active_jobs: integer(),
    started_at: time(),
    last_heartbeat_at: time(),
  }),
  HeartbeatAnswer: object({
    acknowledged: flag(),
    state: word("running", "quiet", "terminate"),
    directive: word("", "quiet", "terminate"),
    jobs_extended: list(text()),
    lost: list(text(), { description: "Jobs that the worker no longer holds." }),
    cancelled: list(text(), { description: "Jobs that somebody has cancelled." }),
    server_time: time(),
  }),
  ExchangeRequest: object(WORKER, {
    acks: list(ref("AckRequest"), { maxItems: LIMITS.exchangeOutcomes }),
    nacks: list(ref("NackRequest"), { maxItems: LIMITS.exchangeOutcomes }),
    fetch: object(QUEUES, WANTED),
  }),
  ExchangeAnswer: object(
    {
      acks: list(
        anyOf(flag({ description: "true: accepted, told in short." }), object({ ...JOB, ...COMPLETED }), REFUSED),
      ),
      nacks: list(anyOf(object(FAILED, FAILED_AT_TIMES), REFUSED)),
      jobs: list(ref("Job")),
      server_time: time(),
    },
    { fetch_error: object({ status: integer(), error: ref("ErrorFacts") }, { retry_after_ms: integer() }) },
    { description: "Outcomes in the order of their requests, and the jobs that were fetched." },
  ),
};
