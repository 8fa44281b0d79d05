/** Jobs: as requests make them and as answers show them (ojs-core §5, ojs-http-binding §9). */
import { JOB_STATES } from "../../../core/job.ts";
import { LIMITS } from "../../../core/limits.ts";
import {
  anyOf,
  flag,
  having,
  integer,
  type JsonSchema,
  list,
  type Members,
  number,
  object,
  ref,
  text,
  time,
  word,
} from "../schema-words.ts";
import { REQUESTED_OPTIONS, SHOWN_OPTIONS } from "./job-options.ts";

const OWN = { additionalProperties: ref("OwnMember") };

/** Members that jobs bring for what is there for trying out. */
const LABS: Members = { ext_agent_v2: ref("JsonValue"), ext_attest: ref("JsonValue") };

const JOB: Members = {
  specversion: text(),
  id: ref("JobId"),
  type: ref("JobType"),
  state: ref("JobState"),
  queue: ref("QueueName"),
  args: ref("JsonArray"),
  meta: ref("JsonObject"),
  priority: ref("Priority"),
  attempt: integer({ description: "Attempts that have begun." }),
  max_attempts: integer(),
  created_at: time(),
  enqueued_at: time(),
};

/** What a job has at some time of its life, or in the answers to some requests. */
const AT_TIMES: Members = {
  started_at: time(),
  completed_at: time(),
  cancelled_at: time(),
  discarded_at: time(),
  lease: integer({ description: "Number of the claim; tells a worker's claim from a later one of the same job." }),
  worker_id: text(),
  lease_expires_at: time(),
  result: ref("JsonValue"),
  error: ref("JobError"),
  errors: list(ref("JobError"), { description: "Failed attempts, the latest last." }),
  retry_delay_ms: integer(),
  next_attempt_at: time(),
  next_retry_at: time(),
  workflow_id: text(),
  parent_results: ref("JsonArray"),
  checkpoint: ref("LeftCheckpoint"),
  last_checkpoint: ref("LeftCheckpoint"),
  options: ref("JsonObject"),
  deduplicated: flag({ description: "The job was there before, and counts as the one that was sent." }),
  previous_state: ref("JobState"),
  previous_priority: ref("Priority"),
  activated_at: time(),
  re_enqueued_at: time(),
  ...LABS,
  ...SHOWN_OPTIONS,
};

const REQUEST: Members = {
  specversion: text(),
  id: ref("JobId"),
  meta: ref("JsonObject"),
  options: ref("JobOptions"),
  ...LABS,
  ...REQUESTED_OPTIONS,
};

const JOBS = list(ref("JobRequest"), { minItems: 1, maxItems: LIMITS.batchJobs });

/** Names of these schemas. */
export type JobSchemaName =
  | "JobId"
  | "JobType"
  | "JobState"
  | "Priority"
  | "JobRequest"
  | "BatchRequest"
  | "PriorityChange"
  | "Job"
  | "JobError"
  | "JobReceipt"
  | "JobAnswer"
  | "CancelledJob"
  | "ReprioritisedJob"
  | "ActivatedJob"
  | "RequeuedJob"
  | "DeadLetterPage"
  | "DeletedDeadLetter"
  | "JobHistory"
  | "JobResult"
  | "OpenJob"
  | "EnqueuedJob"
  | "EnqueuedJobs";

export const JOB_SCHEMAS: Readonly<Record<JobSchemaName, JsonSchema>> = {
  JobHistory: object({
    job_id: ref("JobId"),
    events: list(
      object(
        {
          ...{ id: text(), job_id: ref("JobId"), event_type: text(), timestamp: time(), data: ref("JsonObject") },
          metadata: object({ reconstructed: flag({ const: true, description: "Told from what the job remembers." }) }),
        },
        { actor: object({ type: word("worker", "system") }, { id: text() }) },
      ),
    ),
    total: integer(),
    next_cursor: text(),
  }),
  JobResult: object(
    { job_id: ref("JobId"), state: word("completed", "cancelled", "discarded"), result: ref("JsonValue") },
    { error: ref("JobError"), completed_at: time() },
  ),
  OpenJob: object(
    { job_id: ref("JobId"), state: ref("JobState") },
    {},
    { description: "A job that has not ended yet." },
  ),
  JobId: text({ description: "A UUIDv7 in lower case.", minLength: 36, maxLength: 36 }),
  JobType: text({ description: "For example `email.send`.", maxLength: LIMITS.typeChars }),
  JobState: word(...JOB_STATES),
  Priority: integer({ minimum: LIMITS.priorityMin, maximum: LIMITS.priorityMax }),
  JobRequest: object({ type: ref("JobType"), args: ref("JsonArray") }, REQUEST, OWN),
  BatchRequest: object({ jobs: JOBS }),
  PriorityChange: object({ priority: ref("Priority") }),
  Job: object(JOB, AT_TIMES, OWN),
  JobError: object(
    {
      type: text(),
      code: text(),
      message: text(),
      retryable: flag(),
      attempt: integer(),
      occurred_at: time(),
      timestamp: time(),
    },
    {
      details: ref("JsonValue"),
      backtrace: list(text()),
      timeout_kind: word("execution", "total", "enqueue_ttl", "stalled"),
      limit_seconds: number(),
      elapsed_seconds: number(),
    },
    { description: "Why an attempt failed (ojs-core §8)." },
  ),
  JobReceipt: object(
    { id: ref("JobId"), state: ref("JobState"), max_attempts: integer(), enqueued_at: time() },
    { ...LABS, ...SHOWN_OPTIONS, options: ref("JsonObject") },
    { ...OWN, description: "All that the sender of a new job cannot know (`Prefer: return=minimal`)." },
  ),
  JobAnswer: object(
    { job: ref("Job") },
    { ...JOB, ...AT_TIMES },
    { ...OWN, description: "A job under `job` and, for SDKs that look there, its members beside that." },
  ),
  CancelledJob: having("JobAnswer", "previous_state"),
  ReprioritisedJob: having("JobAnswer", "previous_priority"),
  ActivatedJob: having("JobAnswer", "activated_at", "previous_state"),
  RequeuedJob: having("JobAnswer", "re_enqueued_at"),
  DeadLetterPage: object({ jobs: list(ref("Job")), pagination: ref("Pagination") }),
  DeletedDeadLetter: object({ deleted: flag({ const: true }), job_id: ref("JobId"), id: ref("JobId") }),
  EnqueuedJob: anyOf(ref("JobAnswer"), ref("JobReceipt")),
  EnqueuedJobs: object({ jobs: list(anyOf(ref("Job"), ref("JobReceipt"))), count: integer() }),
};
