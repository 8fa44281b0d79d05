import { describe, expect, it } from "vitest";
import { claim, complete, extend } from "../../../src/core/lifecycle/claim.ts";
import { activeJob, apply, jobIn, START, TERMS, waitingJob } from "../sample-job.ts";

describe("a claim", () => {
  it("starts an attempt under a new lease", () => {
    const job = waitingJob();
    const transition = claim(job, TERMS, START + 10);
    expect(apply(job, transition)).toMatchObject({
      state: "active",
      attempt: 1,
      lease: 1,
      workerId: "worker-1",
      startedAt: START + 10,
      leaseMs: 30_000,
      leaseUntil: START + 30_010,
      timeoutAt: START + 60_010,
      dueAt: START + 30_010,
    });
    expect(transition.events).toEqual(["job.started"]);
  });

  it("gives the job's own visibility and timeout precedence", () => {
    const job = waitingJob({ visibilityMs: 5_000, timeoutMs: 2_000 });
    expect(claim(job, TERMS, START).change).toMatchObject({
      leaseUntil: START + 5_000,
      timeoutAt: START + 2_000,
      dueAt: START + 2_000,
    });
  });

  it("is refused for a job that is not available", () => {
    expect(() => claim(jobIn("retryable"), TERMS, START)).toThrow(expect.objectContaining({ code: "conflict" }));
  });
});

describe("a heartbeat", () => {
  it("extends the lease by its own length and leaves the timeout alone", () => {
    const job = activeJob();
    const transition = extend(job, START + 50_000);
    expect(apply(job, transition)).toMatchObject({
      leaseUntil: START + 80_000,
      timeoutAt: START + 60_000,
      dueAt: START + 60_000,
    });
    expect(transition.events).toEqual(["job.heartbeat"]);
  });

  it("takes another length if asked for", () => {
    expect(extend(activeJob(), START + 1_000, 10_000).change).toMatchObject({
      leaseMs: 10_000,
      leaseUntil: START + 11_000,
    });
  });

  it("is refused for a job that nobody runs", () => {
    expect(() => extend(jobIn("available"), START)).toThrow(expect.objectContaining({ code: "conflict" }));
  });
});

describe("a completion", () => {
  it("ends the job, keeps who did it, and forgets the lease", () => {
    const job = { ...activeJob(), expiries: 1 };
    const transition = complete(job, '{"ok":true}', START + 5);
    expect(apply(job, transition)).toMatchObject({
      state: "completed",
      endedAt: START + 5,
      result: '{"ok":true}',
      workerId: "worker-1",
      lease: 1,
      expiries: 0,
      leaseMs: null,
      leaseUntil: null,
      timeoutAt: null,
      dueAt: null,
    });
    expect(transition.events).toEqual(["job.completed"]);
  });

  it.each(["available", "completed", "cancelled", "discarded", "scheduled"] as const)(
    "is refused for a job that is %s",
    (state) => {
      expect(() => complete(jobIn(state), null, START)).toThrow(
        expect.objectContaining({
          code: "conflict",
          details: expect.objectContaining({ current_state: state, expected_state: "active" }),
        }),
      );
    },
  );
});
