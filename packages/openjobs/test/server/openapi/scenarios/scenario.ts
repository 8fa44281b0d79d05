/** What scenarios have in common: how they send, and the ways to a job in this state or that. */
import type { TestAnswer } from "../../test-server.ts";

/** Sends a request and returns its answer. */
export type Send = (
  method: string,
  target: string,
  body?: object,
  headers?: Record<string, string>,
) => Promise<TestAnswer>;

/** Requests about one noun, to every route of it: each brings about what it then looks at. */
export type Scenario = (send: Send) => Promise<void>;

export const V1 = "/ojs/v1";
/** As SDKs send it: some answers have another shape then. */
export const SDK = { "ojs-version": "1.0" };
export const MINIMAL = { prefer: "return=minimal" };
/** Of no job. */
export const UNKNOWN = "019461a8-1a2b-7c3d-8e4f-5a6b7c8d9e0f";

export const job = (more: object = {}) => ({ type: "email.send", args: [{ to: "a@example.com" }], ...more });

/** With every option, so that every member of a job is seen. */
export const FULL = {
  meta: { user: 1 },
  priority: 5,
  timeout: 60,
  visibility_timeout_ms: 90_000,
  grace_period_ms: 1_000,
  total_timeout_ms: 600_000,
  enqueue_ttl_ms: 600_000,
  heartbeat_timeout: 30,
  expires_at: "+PT1H",
  retry: { max_attempts: 2, initial_interval: "PT1S", backoff_strategy: "linear", non_retryable_errors: ["auth.*"] },
  unique: {
    keys: ["type", "args", "meta"],
    args_keys: ["to"],
    meta_keys: ["user"],
    period: "PT1H",
    on_conflict: "ignore",
  },
  rate_limit: { key: "smtp", concurrency: 5, rate: { limit: 100, period: "PT1M" } },
  tags: ["mail"],
};

/** The id of a new job. */
export async function enqueued(send: Send, more: object = {}): Promise<string> {
  return (await send("POST", `${V1}/jobs`, job(more))).body.job.id;
}

/** The id of a new job that a worker has. */
export async function fetched(send: Send, queue: string, more: object = {}): Promise<string> {
  await send("POST", `${V1}/jobs`, job({ queue, ...more }));
  return (await send("POST", `${V1}/workers/fetch`, { queues: [queue], worker_id: "w" })).body.jobs[0].id;
}

/** The id of a new job that has failed for good. */
export async function discarded(send: Send, queue: string): Promise<string> {
  const id = await fetched(send, queue, { retry: { max_attempts: 1, on_exhaustion: "dead_letter" } });
  await send("POST", `${V1}/workers/nack`, { job_id: id, error: { code: "handler_error", message: "no" } });
  return id;
}
