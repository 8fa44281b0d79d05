/**
 * What the official Rust SDK parses (sdk-wire-contract §1.2–1.6, §1.8), as rules; written from those sections, not from our
 * encoders. Stricter in one thing: a job's members are never null in our answers, although serde would take it for some.
 */
import {
  all,
  anything,
  array,
  bool,
  defaulted,
  float,
  i32,
  isObject,
  listOf,
  map,
  oneOf,
  optional,
  type Rule,
  required,
  struct,
  text,
  timestamp,
  u8,
  u32,
  u64,
} from "./serde.ts";

const STATES = ["pending", "scheduled", "available", "active", "completed", "retryable", "cancelled", "discarded"];
const POLICIES = ["skip", "allow", "cancel_previous", "enqueue"];

const retry = struct({
  max_attempts: defaulted(u32),
  initial_interval: defaulted(text),
  backoff_coefficient: defaulted(float),
  max_interval: defaulted(text),
  jitter: defaulted(bool),
  non_retryable_errors: defaulted(listOf(text)),
  on_exhaustion: defaulted(oneOf("discard", "dead_letter")),
});

const unique = struct({
  keys: defaulted(listOf(oneOf("type", "queue", "args", "meta"))),
  args_keys: defaulted(listOf(text)),
  meta_keys: defaulted(listOf(text)),
  period: defaulted(text),
  states: defaulted(listOf(oneOf(...STATES))),
  on_conflict: defaulted(oneOf("reject", "replace", "replace_except_schedule", "ignore")),
});

const jobError = struct({ type: required(text), message: required(text), backtrace: defaulted(listOf(text)) });

/** A job; those members are required that ours always carry (§6.2), though the SDK has defaults for some of them. */
export const job: Rule = struct({
  specversion: required(text),
  id: required(text),
  type: required(text),
  queue: required(text),
  args: required(array),
  meta: required(map),
  priority: required(i32),
  attempt: required(u32),
  max_attempts: required(u32),
  state: required(oneOf(...STATES)),
  created_at: required(timestamp),
  enqueued_at: required(timestamp),
  started_at: defaulted(timestamp),
  completed_at: defaulted(timestamp),
  scheduled_at: defaulted(timestamp),
  expires_at: defaulted(timestamp),
  timeout: defaulted(u64),
  timeout_ms: defaulted(u64),
  retry: defaulted(retry),
  unique: defaulted(unique),
  schema: defaulted(text),
  error: defaulted(jobError),
  result: defaulted(anything),
  tags: defaulted(listOf(text)),
});

const step = struct({
  id: required(text),
  type: required(text),
  state: required(text),
  job_id: optional(text),
  depends_on: defaulted(listOf(text)),
  started_at: optional(timestamp),
  completed_at: optional(timestamp),
  result: optional(anything),
});

/** Later versions of the SDK take both spellings for one member, which is then there twice. */
const oneSpelling: Rule = (value, path) =>
  isObject(value) && "steps_already_complete" in value && "steps_already_completed" in value
    ? [`${path}: steps_already_complete and steps_already_completed are one member`]
    : [];

/** A workflow. The SDK's later versions know its type and its counts; the others ignore them. */
export const workflow: Rule = all(
  oneSpelling,
  struct({
    id: required(text),
    state: required(oneOf("pending", "running", "completed", "failed", "cancelled")),
    type: optional(oneOf("chain", "group", "batch")),
    name: optional(text),
    created_at: optional(timestamp),
    completed_at: optional(timestamp),
    steps: defaulted(listOf(step)),
    steps_total: optional(u32),
    steps_completed: optional(u32),
    jobs_total: optional(u32),
    jobs_completed: optional(u32),
    cancelled_at: optional(timestamp),
    steps_cancelled: optional(u32),
    steps_already_complete: optional(u32),
    steps_already_completed: optional(u32),
  }),
);

export const cronJob: Rule = struct({
  name: required(text),
  cron: required(text),
  timezone: defaulted(text),
  type: required(text),
  args: defaulted(anything),
  meta: optional(map),
  options: optional(anything),
  overlap_policy: defaulted(oneOf(...POLICIES)),
  enabled: defaulted(bool),
  description: optional(text),
  status: optional(text),
  last_run_at: optional(timestamp),
  next_run_at: optional(timestamp),
  run_count: optional(u64),
  created_at: optional(timestamp),
});

export const queue: Rule = struct({ name: required(text), status: optional(text), created_at: optional(timestamp) });

const metrics = struct({
  available: defaulted(u64),
  active: defaulted(u64),
  scheduled: defaulted(u64),
  retryable: defaulted(u64),
  discarded: defaulted(u64),
  completed_last_hour: defaulted(u64),
  failed_last_hour: defaulted(u64),
  avg_duration_ms: defaulted(float),
  avg_wait_ms: defaulted(float),
  throughput_per_second: defaulted(float),
});

export const queueStats: Rule = struct({
  queue: required(text),
  status: required(text),
  stats: required(metrics),
  computed_at: required(timestamp),
});

export const pagination: Rule = struct({
  total: required(u64),
  limit: required(u64),
  offset: required(u64),
  has_more: required(bool),
});

export const heartbeat: Rule = struct({
  state: required(text),
  jobs_extended: optional(listOf(text)),
  server_time: optional(timestamp),
});

export const health: Rule = struct({
  status: required(text),
  version: optional(text),
  uptime_seconds: optional(u64),
});

const CAPABILITIES = [
  "batch_enqueue",
  "cron_jobs",
  "dead_letter",
  "delayed_jobs",
  "job_ttl",
  "priority_queues",
  "rate_limiting",
  "schema_validation",
  "unique_jobs",
  "workflows",
  "pause_resume",
];

/** The Go SDK takes a map of booleans, so each of them is one; the Rust SDK knows eleven by name. */
const capabilities: Rule = all(
  struct(Object.fromEntries(CAPABILITIES.map((name) => [name, defaulted(bool)]))),
  (value, path) =>
    (isObject(value) ? Object.entries(value) : []).flatMap(([name, flag]) => bool(flag, `${path}.${name}`)),
);

export const manifest: Rule = struct({
  ojs_version: required(text),
  implementation: required(
    struct({
      name: required(text),
      version: required(text),
      language: required(text),
      homepage: optional(text),
    }),
  ),
  conformance_level: required(u8),
  conformance_tier: optional(text),
  protocols: required(listOf(text)),
  backend: required(text),
  capabilities: defaulted(capabilities),
  extensions: optional(listOf(text)),
  endpoints: optional(struct({ base_url: optional(text), manifest: optional(text), health: optional(text) })),
});

export const event: Rule = struct({
  specversion: defaulted(text),
  id: required(text),
  type: required(text),
  source: required(text),
  time: required(timestamp),
  subject: optional(text),
  datacontenttype: optional(text),
  data: optional(map),
});

/** Otherwise the SDK makes a code of the status, and its `is_not_found()` and the like no longer hold. */
export const error: Rule = struct({
  error: required(
    struct({
      code: required(text),
      message: required(text),
      retryable: defaulted(bool),
      details: defaulted(map),
      request_id: optional(text),
    }),
  ),
});
