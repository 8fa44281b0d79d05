import { describe, expect, it } from "vitest";
import { readFailure } from "../../../src/core/failure.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import type { NewJob } from "../../../src/core/job-request.ts";
import { decideDue } from "../../../src/core/lifecycle/due.ts";
import { failAttempt } from "../../../src/core/lifecycle/fail.ts";
import { retry } from "../../../src/core/lifecycle/release.ts";
import { activeJob, apply, at, claim, extend, START, TERMS, waitingJob } from "../sample-job.ts";

const TOTAL: Partial<NewJob> = { totalMs: 90_000, attributes: '{"total_timeout_ms":90000}' };
const TTL: Partial<NewJob> = { enqueueTtlMs: 20_000, attributes: '{"enqueue_ttl_ms":20000}' };
const LONG_LEASE: Partial<NewJob> = { visibilityMs: 600_000 };

function due(job: JobRecord, now: number) {
  const transition = decideDue(job, at(now));
  if (transition === null) throw new Error("Nothing is due.");
  const after = apply(job, transition);
  return { transition, after, error: JSON.parse(after.errors ?? "[]").at(-1) };
}

describe("enqueue TTL", () => {
  it("discards a job that was not started in time, with its own event and error", () => {
    const job = waitingJob(TTL);
    expect(job.dueAt).toBe(START + 20_000);
    expect(decideDue(job, at(START + 19_999))).toBeNull();
    const { transition, after, error } = due(job, START + 21_000);
    expect(after).toMatchObject({ state: "discarded", expired: true, deadLetter: false, dueAt: null });
    expect(transition.events).toEqual(["job.ttl_expired", "job.expired"]);
    const told = { timeout_kind: "enqueue_ttl", limit_seconds: 20, elapsed_seconds: 21 };
    expect(error).toMatchObject({ type: "enqueue_ttl_expired", ...told });
  });

  it("covers a schedule: what is due too late is not offered", () => {
    const job = waitingJob({ ...TTL, scheduledAt: START + 30_000 });
    expect(job).toMatchObject({ state: "scheduled", dueAt: START + 20_000 });
    expect(due(job, START + 30_000).after.state).toBe("discarded");
  });

  it("means nothing once the job was started, even if it waits again", () => {
    const job = activeJob(TTL);
    const waiting = apply(job, failAttempt(job, readFailure("broken"), at(START + 5_000)));
    expect(waiting).toMatchObject({ state: "retryable", dueAt: waiting.availableAt });
    expect(due(waiting, START + 100_000).after.state).toBe("available");
  });

  it("counts anew when an operator brings the job back", () => {
    const { after } = due(waitingJob(TTL), START + 20_000);
    const back = apply(after, retry(after, START + 500_000));
    expect(back).toMatchObject({ state: "available", startBy: START + 520_000, dueAt: START + 520_000 });
  });
});

describe("total timeout", () => {
  it("ends a job that runs, whatever attempts are left, as a failed attempt", () => {
    const job = activeJob({ ...TOTAL, ...LONG_LEASE, timeoutMs: 600_000, maxAttempts: 9 });
    expect(job.dueAt).toBe(START + 90_000);
    const { transition, after, error } = due(job, START + 90_500);
    expect(after).toMatchObject({ state: "discarded", expired: false, endedAt: START + 90_500, leaseUntil: null });
    expect(transition).toMatchObject({ events: ["job.total_timeout", "job.failed", "job.discarded"], failure: true });
    const told = { timeout_kind: "total", limit_seconds: 90, elapsed_seconds: 90.5, retryable: false };
    expect(error).toMatchObject({ type: "total_timeout", ...told });
  });

  it("ends a job that waits, and keeps it as a dead letter if its policy says so", () => {
    const job = waitingJob(TOTAL);
    const { transition, after } = due(job, START + 90_000);
    expect(after).toMatchObject({ state: "discarded", deadLetter: false });
    expect(transition).toMatchObject({ events: ["job.total_timeout", "job.discarded"], failure: false });
    const attributes = '{"total_timeout_ms":90000,"retry":{"on_exhaustion":"dead_letter"}}';
    expect(due(waitingJob({ ...TOTAL, attributes }), START + 90_000).after.deadLetter).toBe(true);
  });

  it("leaves no attempt that could not end in time", () => {
    const attributes = '{"total_timeout_ms":90000,"retry":{"initial_interval":"PT10S","jitter":false}}';
    const job = activeJob({ ...TOTAL, attributes, timeoutMs: 30_000 });
    const state = (now: number) => failAttempt(job, readFailure("broken"), at(now)).change.state;
    expect(state(START + 50_000)).toBe("retryable");
    expect(state(START + 50_001)).toBe("discarded");
  });

  it("counts anew, each time, when an operator brings the job back", () => {
    let job = waitingJob(TOTAL);
    for (const round of [1, 2, 3]) {
      const now = START + round * 1_000_000;
      const { after } = due(job, now);
      job = apply(after, retry(after, now));
      expect(job.endBy).toBe(now + 90_000);
    }
  });

  it("goes before an execution timeout that ends with it", () => {
    const job = activeJob({ ...TOTAL, ...LONG_LEASE, timeoutMs: 90_000 });
    expect(due(job, START + 90_000).error.type).toBe("total_timeout");
  });
});

describe("heartbeat timeout", () => {
  const BEATS: Partial<NewJob> = { ...LONG_LEASE, heartbeatMs: 5_000, timeoutMs: 600_000 };

  it("does not apply to a job that never beat", () => {
    expect(activeJob(BEATS)).toMatchObject({ stallAt: null, dueAt: START + 600_000 });
  });

  it("ends the attempt of a job that has beaten and fell silent, and the policy decides", () => {
    const job = activeJob(BEATS);
    const beaten = apply(job, extend(job, START + 1_000));
    expect(beaten.dueAt).toBe(START + 6_000);
    const again = apply(beaten, extend(beaten, START + 4_000));
    expect(decideDue(again, at(START + 8_999))).toBeNull();
    const { transition, after, error } = due(again, START + 9_500);
    expect(after).toMatchObject({ state: "retryable", stallAt: null, leaseUntil: null });
    expect(transition.events).toEqual(["job.stalled", "job.failed", "job.retrying"]);
    expect(error).toMatchObject({ type: "stalled", timeout_kind: "stalled", limit_seconds: 5, elapsed_seconds: 5.5 });
  });

  it("is forgotten between two attempts", () => {
    const job = activeJob(BEATS);
    const beaten = apply(job, extend(job, START + 1_000));
    const waiting = apply(beaten, failAttempt(beaten, readFailure("broken"), at(START + 2_000)));
    const back = due(waiting, waiting.availableAt).after;
    expect(apply(back, claim(back, TERMS, back.availableAt)).stallAt).toBeNull();
  });
});

describe("execution timeout", () => {
  it("has its own event before those of the failed attempt", () => {
    const { transition, error } = due(activeJob({ timeoutMs: 2_000 }), START + 2_500);
    expect(transition.events).toEqual(["job.timeout", "job.failed", "job.retrying"]);
    expect(error).toMatchObject({ timeout_kind: "execution", limit_seconds: 2, elapsed_seconds: 2.5 });
  });

  it("waits for the grace period of those who name one, and does not count it as part of the limit", () => {
    const job = activeJob({ timeoutMs: 2_000, graceMs: 3_000, attributes: '{"grace_period_ms":3000}' });
    expect(decideDue(job, at(START + 4_999))).toBeNull();
    expect(due(job, START + 5_000).error).toMatchObject({ limit_seconds: 2, elapsed_seconds: 5 });
    expect(waitingJob({ graceMs: 1_000 }).timeoutMs).toBe(1_801_000);
  });
});
