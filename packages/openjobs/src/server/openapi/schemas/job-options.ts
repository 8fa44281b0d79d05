/** What requests say about jobs and jobs show again: time limits, retries, uniqueness, rate limits (ojs-core §5.2). */
import { JOB_STATES } from "../../../core/job.ts";
import { LIMITS } from "../../../core/limits.ts";
import { BACKOFF_STRATEGIES, EXHAUSTION_ACTIONS } from "../../../core/retry.ts";
import { CONFLICT_ACTIONS, UNIQUE_DIMENSIONS } from "../../../core/unique-policy.ts";
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

const DURATION = "An ISO 8601 duration.";
const ms = (what: string) => integer({ maximum: LIMITS.timeoutMs, description: `${what}, in milliseconds.` });
const seconds = (name: string) =>
  integer({ maximum: LIMITS.timeoutMs / 1_000, description: `\`${name}\` in seconds.` });

const TIME_LIMITS: Members = {
  timeout_ms: ms("Time for one attempt"),
  timeout: seconds("timeout_ms"),
  visibility_timeout_ms: ms("How long a worker may be silent about the job"),
  visibility_timeout: seconds("visibility_timeout_ms"),
  grace_period_ms: ms("From the end of the timeout until the server ends the attempt"),
  grace_period: seconds("grace_period_ms"),
  total_timeout_ms: ms("Time for all attempts and the waits between them"),
  total_timeout: seconds("total_timeout_ms"),
  enqueue_ttl_ms: ms("How long the job may wait for its first attempt"),
  enqueue_ttl: seconds("enqueue_ttl_ms"),
  heartbeat_timeout_ms: ms("Longest time between two heartbeats for the job"),
  heartbeat_timeout: seconds("heartbeat_timeout_ms"),
};

const TAGS = list(text({ maxLength: LIMITS.tagChars }), { maxItems: LIMITS.tags });

/** Options as a job shows them. */
export const SHOWN_OPTIONS: Members = {
  ...TIME_LIMITS,
  scheduled_at: time(),
  expires_at: time(),
  retry: ref("RetryPolicy"),
  unique: ref("UniquePolicy"),
  rate_limit: ref("RateLimit"),
  schema: text({ description: "URI of the schema of its arguments." }),
  tags: TAGS,
};

const MOMENT = "RFC 3339 with a zone, or an ISO 8601 duration from now: `+PT5M`.";

/** Options as a request may say them, in `options` or beside the job's other members. */
export const REQUESTED_OPTIONS: Members = {
  queue: ref("QueueName"),
  priority: ref("Priority"),
  ...TIME_LIMITS,
  delay_until: text({ description: MOMENT }),
  scheduled_at: text({ description: MOMENT }),
  delay: anyOf(integer({ description: "Milliseconds from now." }), text({ description: MOMENT })),
  expires_at: text({ description: MOMENT }),
  retry: ref("RetryPolicyRequest"),
  retry_policy: ref("RetryPolicyRequest"),
  unique: ref("UniquePolicyRequest"),
  rate_limit: ref("RateLimit"),
  schema: text({ description: "URI of the schema of its arguments." }),
  tags: TAGS,
  pending: flag({ description: "Whether the job waits until it is activated." }),
};

const INTERVAL = text({ description: DURATION });
const RETRY: Members = {
  max_attempts: integer({ description: "All attempts, the first one included." }),
  initial_interval: INTERVAL,
  backoff_coefficient: number({ minimum: 1 }),
  max_interval: INTERVAL,
  jitter: flag(),
  non_retryable_errors: list(text({ minLength: 1 })),
  on_exhaustion: word(...EXHAUSTION_ACTIONS),
};
const BACKOFF: Members = { backoff_strategy: word(...BACKOFF_STRATEGIES) };

const NAMES = list(text());
const UNIQUE: Members = {
  args_keys: NAMES,
  meta_keys: NAMES,
  period: text({ description: DURATION }),
  states: list(word(...JOB_STATES)),
  on_conflict: word(...CONFLICT_ACTIONS),
  fingerprint: text({ pattern: "^[0-9a-f]{64}$" }),
};
const KEYS = list(word(...UNIQUE_DIMENSIONS));

const PACE = object({
  limit: integer({ minimum: 1, maximum: LIMITS.rateLimit }),
  period: text({ description: DURATION }),
});

/** Names of these schemas. */
export type JobOptionSchemaName =
  | "JobOptions"
  | "RetryPolicy"
  | "RetryPolicyRequest"
  | "UniquePolicy"
  | "UniquePolicyRequest"
  | "RateLimit";

export const JOB_OPTION_SCHEMAS: Readonly<Record<JobOptionSchemaName, JsonSchema>> = {
  JobOptions: object(
    {},
    { ...REQUESTED_OPTIONS, metadata: ref("JsonObject") },
    { description: "Options of a job (ojs-http-binding §7).", additionalProperties: ref("OwnMember") },
  ),
  RetryPolicy: object(RETRY, BACKOFF),
  RetryPolicyRequest: object(
    {},
    {
      ...RETRY,
      ...BACKOFF,
      initial_interval_ms: number({ description: "Instead of `initial_interval`." }),
      max_interval_ms: number({ description: "Instead of `max_interval`." }),
    },
    { description: "What is left out has the specification's default (ojs-retry §8)." },
  ),
  UniquePolicy: object({ keys: KEYS }, UNIQUE),
  UniquePolicyRequest: object(
    {},
    {
      ...UNIQUE,
      keys: KEYS,
      key: anyOf(text(), NAMES),
      period_ms: anyOf(integer({ minimum: 1 }), text()),
      on_conflict: word(...CONFLICT_ACTIONS, "use_existing"),
    },
    { description: "Who counts as the same job, and what then (ojs-unique-jobs §2)." },
  ),
  RateLimit: object(
    {},
    {
      key: text({ maxLength: LIMITS.rateLimitKeyChars }),
      concurrency: integer({ maximum: LIMITS.rateLimit }),
      rate: anyOf(integer({ minimum: 1, maximum: LIMITS.rateLimit }), PACE),
      throttle: PACE,
      limit: integer({ minimum: 1, maximum: LIMITS.rateLimit }),
      period: text({ description: "An ISO 8601 duration, or second, minute, hour, day." }),
      max_per_second: integer({ minimum: 1, maximum: 1_000 }),
      on_limit: word("wait"),
    },
    { description: "What jobs with one key have to share (ojs-rate-limiting §6)." },
  ),
};
