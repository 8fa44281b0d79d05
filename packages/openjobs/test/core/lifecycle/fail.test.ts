import { describe, expect, it } from "vitest";
import { readFailure } from "../../../src/core/failure.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { failAttempt, loseLease } from "../../../src/core/lifecycle/fail.ts";
import { timeOut } from "../../../src/core/lifecycle/time-limits.ts";
import { activeJob, apply, at, claim, jobIn, START, TERMS, withRetry } from "../sample-job.ts";

const fail = (job: JobRecord, error: unknown = "broken", now = START) => failAttempt(job, readFailure(error), at(now));
const deadLetters = { attributes: withRetry({ on_exhaustion: "dead_letter" }) };
const lastError = (errors: string | null | undefined) => JSON.parse(errors ?? "[]").at(-1);

describe("a failed attempt", () => {
  it("waits for its backoff when attempts are left", () => {
    const job = { ...activeJob(), expiries: 1 };
    const transition = fail(job, { code: "handler_error", message: "no" }, START + 10);
    expect(apply(job, transition)).toMatchObject({
      state: "retryable",
      retryDelayMs: 1_000,
      availableAt: START + 1_010,
      dueAt: START + 1_010,
      workerId: null,
      leaseUntil: null,
      timeoutAt: null,
      expiries: 0,
      endedAt: null,
    });
    expect(transition).toMatchObject({ events: ["job.failed", "job.retrying"], failure: true });
    expect(lastError(transition.change.errors)).toEqual(transition.error);
    expect(transition.error).toMatchObject({ message: "no", attempt: 1, retryable: true });
  });

  it("expires rather than waits beyond the job's expiry", () => {
    expect(fail(activeJob({ expiresAt: START + 500 })).change.dueAt).toBe(START + 500);
  });

  it("uses the backoff of the attempts that count", () => {
    const job = { ...activeJob({ maxAttempts: 9 }), attempt: 5, returned: 3 };
    expect(fail(job).change.retryDelayMs).toBe(2_000);
  });

  it.each([0, 1])("is final with max_attempts %i", (maxAttempts) => {
    const transition = fail(activeJob({ maxAttempts }), "broken", START + 10);
    expect(transition.change).toMatchObject({
      state: "discarded",
      endedAt: START + 10,
      dueAt: null,
      deadLetter: false,
    });
    expect(transition).toMatchObject({ events: ["job.failed", "job.discarded"], failure: true });
  });

  it("does not count attempts that were handed back", () => {
    const job = { ...activeJob({ maxAttempts: 2 }), attempt: 3, returned: 2 };
    expect(fail(job).change.state).toBe("retryable");
    expect(fail({ ...job, attempt: 4 }).change.state).toBe("discarded");
  });

  it("goes to the dead letter queue when the policy says so", () => {
    expect(fail(activeJob({ ...deadLetters, maxAttempts: 1 })).change).toMatchObject({
      state: "discarded",
      deadLetter: true,
    });
  });

  it("is refused unless the job is active", () => {
    expect(() => fail(jobIn("completed"))).toThrow(expect.objectContaining({ code: "conflict" }));
  });
});

describe("what decides about a failed attempt", () => {
  const selective = { attributes: withRetry({ non_retryable_errors: ["auth.*"], on_exhaustion: "dead_letter" }) };

  it.each([
    ["an order to discard, not even to the dead letter queue", { code: "DISCARD" }, "discarded", false],
    ["an order to fail, likewise", { code: "FAIL" }, "discarded", false],
    ["an order for the dead letter queue", { code: "DEAD_LETTER" }, "discarded", true],
    ["the order before the reporter's opinion", { code: "RETRY", retryable: false }, "retryable", false],
    ["the policy even if the order is to retry", { code: "RETRY", type: "auth.expired" }, "discarded", true],
    ["the reporter's opinion", { code: "x", retryable: false }, "discarded", true],
    ["the list of permanent errors", { code: "x", details: { error_class: "auth.expired" } }, "discarded", true],
    ["the list before the reporter's opinion", { type: "auth.expired", retryable: true }, "discarded", true],
    ["nothing special", { code: "x", retryable: true }, "retryable", false],
  ])("%s", (_rule, error, state, deadLetter) => {
    const job = activeJob(selective);
    expect(apply(job, fail(job, error))).toMatchObject({ state, deadLetter });
  });

  it("an order for the dead letter queue, whatever the policy says", () => {
    expect(fail(activeJob(), { code: "DEAD_LETTER" }).change.deadLetter).toBe(true);
  });

  it.each([
    [{ code: "x", retryable: false }, false],
    [{ code: "DISCARD", retryable: true }, false],
    [{ code: "x", retryable: true }, true],
  ])("tells with the error whether it could have been retried: %j", (error, retryable) => {
    expect(fail(activeJob({ maxAttempts: 1 }), error).error?.retryable).toBe(retryable);
  });

  it("the delay that the handler asked for, within reason", () => {
    expect(fail(activeJob(), { message: "later", retry_after_ms: 90_000.4 }).change.retryDelayMs).toBe(90_000);
    expect(fail(activeJob(), { message: "never", retry_after_ms: 1e300 }).change.retryDelayMs).toBe(
      36_500 * 86_400_000,
    );
  });
});

describe("an execution timeout", () => {
  it("is a failure of type timeout that follows the policy", () => {
    const job = { ...activeJob({ timeoutMs: 2_000 }), expiries: 1 };
    const transition = timeOut(job, at(START + 2_500));
    expect(apply(job, transition)).toMatchObject({ state: "retryable", retryDelayMs: 1_000, expiries: 1 });
    expect(transition).toMatchObject({ events: ["job.timeout", "job.failed", "job.retrying"], failure: true });
    expect(transition.error).toMatchObject({
      type: "timeout",
      timeout_kind: "execution",
      limit_seconds: 2,
      elapsed_seconds: 2.5,
      attempt: 1,
    });
  });

  it("can be listed as non-retryable", () => {
    const job = activeJob({ attributes: withRetry({ non_retryable_errors: ["timeout"] }) });
    expect(timeOut(job, at(START)).change.state).toBe("discarded");
  });
});

describe.each(["visibility_timeout", "worker_death"] as const)("a lease lost by %s", (reason) => {
  it("makes the job available at once the first time", () => {
    const job = activeJob();
    const transition = loseLease(job, reason, at(START + 9));
    expect(apply(job, transition)).toMatchObject({
      state: "available",
      availableAt: START + 9,
      enqueuedAt: START + 9,
      startedAt: null,
      workerId: null,
      leaseUntil: null,
      expiries: 1,
      dueAt: null,
    });
    expect(transition).toMatchObject({ events: ["job.failed", "job.enqueued"], failure: true });
    expect(transition.error).toMatchObject({ type: reason, attempt: 1, retryable: true });
  });

  it("waits for the backoff when it is not the first one in a row", () => {
    const first = activeJob();
    const again = apply(first, loseLease(first, reason, at(START)));
    const second = apply(again, claim(again, TERMS, START));
    const transition = loseLease(second, reason, at(START));
    expect(transition.change).toMatchObject({ state: "retryable", retryDelayMs: 2_000, expiries: 2 });
    expect(transition.events).toEqual(["job.failed", "job.retrying"]);
  });

  it("ends the job when no attempt is left, even the first time", () => {
    const transition = loseLease(activeJob({ ...deadLetters, maxAttempts: 1 }), reason, at(START));
    expect(transition.change).toMatchObject({ state: "discarded", deadLetter: true, expiries: 1, dueAt: null });
    expect(transition.events).toEqual(["job.failed", "job.discarded"]);
  });

  it("is no error of the handler, so the list of permanent errors has no say", () => {
    const job = { ...activeJob({ attributes: withRetry({ non_retryable_errors: [reason] }) }), expiries: 1 };
    expect(loseLease(job, reason, at(START)).change.state).toBe("retryable");
  });
});
