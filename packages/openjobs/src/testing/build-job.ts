/** Jobs out of nothing, for code that is given one (ojs-testing §7). */
import type { Job } from "../core/codec/job-decode.ts";

/**
 * A job as a client sees it, valid as it is; give what your test is about.
 *
 * @example
 * const job = buildJob({ type: "email.send", args: [{ to: "ada@example.com" }], state: "completed", result: { messageId: "1" } });
 */
export function buildJob<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
  parts: Partial<Job<Args, Result>> = {},
): Job<Args, Result> {
  const at = "2026-01-01T00:00:00.000Z";
  const job: Job = {
    id: "019b76da-a800-7000-8000-000000000001",
    type: "test.job",
    queue: "default",
    state: "available",
    args: [],
    meta: {},
    priority: 0,
    attempt: 0,
    maxAttempts: 3,
    tags: [],
    createdAt: at,
    enqueuedAt: at,
    errors: [],
    extensions: {},
  };
  // Without `args` in the parts there are none, whatever the type says: the test has not given any.
  return { ...job, ...parts } as Job<Args, Result>;
}
