import { describe, expect, it } from "vitest";
import { cancel, expire } from "../../../src/core/lifecycle/end.ts";
import { apply, jobIn, START, waitingJob } from "../sample-job.ts";

describe("cancellation", () => {
  it.each(["scheduled", "available", "pending", "active", "retryable"] as const)("ends a job that is %s", (state) => {
    const job = jobIn(state);
    const transition = cancel(job, START + 3);
    expect(apply(job, transition)).toMatchObject({
      state: "cancelled",
      endedAt: START + 3,
      dueAt: null,
      leaseUntil: null,
      workerId: job.workerId,
    });
    expect(transition).toMatchObject({ events: ["job.cancelled"], failure: false });
  });

  it.each(["completed", "cancelled", "discarded"] as const)("is refused for a job that is %s", (state) => {
    expect(() => cancel(jobIn(state), START)).toThrow(
      expect.objectContaining({ code: "conflict", details: expect.objectContaining({ current_state: state }) }),
    );
  });
});

describe("expiry", () => {
  it("discards a waiting job and says why, without making it a dead letter", () => {
    const job = waitingJob({ expiresAt: START + 60_000 });
    const transition = expire(job, START + 61_000);
    const after = apply(job, transition);
    expect(after).toMatchObject({
      state: "discarded",
      expired: true,
      deadLetter: false,
      endedAt: START + 61_000,
      dueAt: null,
    });
    expect(JSON.parse(after.errors ?? "[]")).toMatchObject([
      {
        type: "enqueue_ttl_expired",
        timeout_kind: "enqueue_ttl",
        limit_seconds: 60,
        elapsed_seconds: 61,
        retryable: false,
        attempt: 0,
      },
    ]);
    expect(transition).toMatchObject({ events: ["job.expired"], failure: false });
  });

  it("does not touch a job that has started", () => {
    expect(() => expire(jobIn("active"), START)).toThrow(expect.objectContaining({ code: "conflict" }));
  });
});
