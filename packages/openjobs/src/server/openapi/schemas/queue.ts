/** Queues (ojs-http-binding §11, ojs-queue-config). */
import { JOB_STATES } from "../../../core/job.ts";
import { LIMITS } from "../../../core/limits.ts";
import {
  anyOf,
  flag,
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
import { SHOWN_OPTIONS } from "./job-options.ts";

const NAMED: Members = { name: text(), paused: flag() };
const STATUS = word("active", "paused");
const COUNTS: Members = Object.fromEntries(JOB_STATES.map((state) => [state, integer()]));
const ALL_COUNTS: Members = { ...COUNTS, dead_letter: integer() };
const RATES: Members = {
  completed_last_hour: integer(),
  failed_last_hour: integer(),
  avg_duration_ms: number({ minimum: 0 }),
  avg_wait_ms: number({ minimum: 0 }),
  throughput_per_second: number({ minimum: 0 }),
};
const STATS: Members = {
  status: STATUS,
  stats: object({ queue: text(), depth: integer(), ...ALL_COUNTS, ...RATES }),
  computed_at: time(),
};

const seconds = { maximum: LIMITS.timeoutMs / 1_000, minimum: 1 };
const LIMIT_NAMES = ["default_timeout", "default_grace_period", "default_total_timeout", "default_enqueue_ttl"];
const TIME_LIMITS = [...LIMIT_NAMES, "default_heartbeat_timeout", "visibility_timeout"].flatMap((name) => [
  [`${name}_ms`, integer({ minimum: 1, maximum: LIMITS.timeoutMs })] as const,
  [name, integer({ ...seconds, description: `\`${name}_ms\` in seconds.` })] as const,
]);

const BOUND: Members = {
  max_depth: integer(),
  strategy: word("reject"),
  warning_threshold: number({ minimum: 0, maximum: 1 }),
};

/** Names of these schemas. */
export type QueueSchemaName =
  | "QueueName"
  | "Queue"
  | "QueuePage"
  | "QueueStats"
  | "PausedQueue"
  | "ResumedQueue"
  | "QueueConfigChange"
  | "QueueConfig";

const ATTEST_POLICY: Members = {
  required: flag({ description: "Whether jobs have to bring an attestation, as an object under `ext_attest`." }),
};

export const QUEUE_SCHEMAS: Readonly<Record<QueueSchemaName, JsonSchema>> = {
  QueueName: text({ description: "For example `email` or `reports.daily`.", maxLength: LIMITS.queueChars }),
  Queue: object({ ...NAMED, status: STATUS, created_at: time(), counts: object(COUNTS) }),
  QueuePage: object({ queues: list(ref("Queue")), pagination: ref("Pagination") }),
  QueueStats: anyOf(
    object(
      { queue: object({ ...NAMED, ...ALL_COUNTS }), ...STATS },
      {},
      { description: "Without `OJS-Version`: the queue is an object." },
    ),
    object(
      { queue: text(), ...STATS, ...NAMED, ...ALL_COUNTS, ...RATES },
      {},
      { description: "With `OJS-Version`, as SDKs send it: the queue is its name, and the numbers are flat, too." },
    ),
  ),
  PausedQueue: object({ queue: object(NAMED), status: STATUS, paused_at: time() }),
  ResumedQueue: object({ queue: object(NAMED), status: STATUS, resumed_at: time() }),
  QueueConfigChange: object(
    {},
    {
      ...Object.fromEntries(TIME_LIMITS),
      default_priority: ref("Priority"),
      default_retry: ref("RetryPolicyRequest"),
      attest_policy: object(ATTEST_POLICY),
      backpressure: object({}, BOUND, { description: "How many jobs may wait; a `max_depth` of 0 is no bound." }),
    },
    {
      description: "Members that are named replace those that were there; null removes one.",
      additionalProperties: ref("OwnMember"),
    },
  ),
  QueueConfig: object(
    {
      name: text(),
      queue: text(),
      config: ref("JsonObject"),
      applied: object(
        {},
        {
          ...SHOWN_OPTIONS,
          priority: ref("Priority"),
          backpressure: object(BOUND),
          attest_policy: object(ATTEST_POLICY),
        },
      ),
      ignored: list(text(), { description: "Settings that are kept, but that this server does not act on." }),
    },
    { updated_at: time() },
  ),
};
