import { describe, expect, it } from "vitest";
import { readFailure } from "../../../src/core/failure.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { expire } from "../../../src/core/lifecycle/end.ts";
import { failAttempt } from "../../../src/core/lifecycle/fail.ts";
import { handBack, promote, retry, snooze } from "../../../src/core/lifecycle/release.ts";
import { activeJob, apply, at, jobIn, START, waitingJob, withRetry } from "../sample-job.ts";

describe("handing a job back", () => {
  it("makes it available at the back of its queue, without counting the attempt", () => {
    const job = { ...activeJob(), expiries: 1 };
    const transition = handBack(job, null, START + 7);
    expect(apply(job, transition)).toMatchObject({
      state: "available",
      attempt: 1,
      returned: 1,
      availableAt: START + 7,
      startedAt: null,
      workerId: null,
      leaseUntil: null,
      expiries: 1,
      errors: null,
    });
    expect(transition).toMatchObject({ events: ["job.enqueued"], failure: false });
  });

  it("records the error that came with it", () => {
    const { change } = handBack(activeJob(), readFailure({ type: "shutdown", message: "bye" }), START);
    expect(JSON.parse(change.errors ?? "[]")).toMatchObject([{ type: "shutdown", message: "bye", attempt: 1 }]);
  });

  it("is refused unless the job is active", () => {
    expect(() => handBack(jobIn("available"), null, START)).toThrow(expect.objectContaining({ code: "conflict" }));
  });
});

describe("a snooze", () => {
  const later = (job: JobRecord, error: object = {}, now = START) =>
    snooze(job, readFailure({ code: "SNOOZE", message: "not yet", ...error }), at(now));

  it("lets the job wait as long as was asked for, without counting the attempt or keeping an error", () => {
    const job = { ...activeJob({ maxAttempts: 1 }), expiries: 1 };
    const transition = later(job, { retry_after_ms: 90_000 }, START + 10);
    expect(apply(job, transition)).toMatchObject({
      ...{ state: "retryable", attempt: 1, returned: 1, expiries: 0, errors: null },
      ...{ availableAt: START + 90_010, dueAt: START + 90_010, retryDelayMs: 90_000 },
      ...{ workerId: null, leaseUntil: null, endedAt: null },
    });
    expect(transition).toMatchObject({ events: ["job.retrying"], failure: false });
    expect(transition.error).toMatchObject({ code: "SNOOZE", message: "not yet", retryable: true });
  });

  it("takes the policy's delay when it names none: it must not come back at once, again and again", () => {
    expect(later(activeJob()).change.retryDelayMs).toBe(1_000);
  });

  it("ends with the total timeout, however long it asked for", () => {
    const job = { ...activeJob(), endBy: START + 5_000 };
    expect(later(job, { retry_after_ms: 60_000 }).change.dueAt).toBe(START + 5_000);
  });

  it("is refused unless the job is active", () => {
    expect(() => later(jobIn("available"))).toThrow(expect.objectContaining({ code: "conflict" }));
  });
});

describe("promotion", () => {
  it.each(["scheduled", "retryable"] as const)("makes a %s job available at its place in time", (state) => {
    const job = jobIn(state);
    const transition = promote(job, job.availableAt + 500);
    expect(apply(job, transition)).toMatchObject({
      state: "available",
      availableAt: job.availableAt,
      enqueuedAt: job.availableAt + 500,
      retryDelayMs: job.retryDelayMs,
      dueAt: null,
    });
    expect(transition.events).toEqual(["job.enqueued"]);
  });

  it("leaves a pending job to its activation", () => {
    expect(() => promote(jobIn("pending"), START)).toThrow(expect.objectContaining({ code: "conflict" }));
  });
});

describe("an operator's retry", () => {
  it("gives a dead letter a fresh set of attempts and keeps its history", () => {
    const job = activeJob({ maxAttempts: 1, attributes: withRetry({ on_exhaustion: "dead_letter" }) });
    const dead = apply(job, failAttempt(job, readFailure("broken"), at(START)));
    const transition = retry(dead, START + 99);
    expect(apply(dead, transition)).toMatchObject({
      state: "available",
      attempt: 0,
      returned: 0,
      expiries: 0,
      lease: 1,
      deadLetter: false,
      endedAt: null,
      startedAt: null,
      workerId: null,
      retryDelayMs: null,
      availableAt: START + 99,
      enqueuedAt: START + 99,
      errors: dead.errors,
    });
    expect(transition).toMatchObject({ events: ["job.enqueued"], failure: false });
  });

  it("leaves the expiry in force", () => {
    const job = waitingJob({ expiresAt: START + 5 });
    const expired = apply(job, expire(job, START + 5));
    expect(apply(expired, retry(expired, START + 9))).toMatchObject({ expired: false, dueAt: START + 5 });
  });

  it.each(["completed", "cancelled", "active"] as const)("is refused for a job that is %s", (state) => {
    expect(() => retry(jobIn(state), START)).toThrow(expect.objectContaining({ code: "conflict" }));
  });
});
