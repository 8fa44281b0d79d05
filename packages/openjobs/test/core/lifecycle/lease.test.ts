import { describe, expect, it } from "vitest";
import {
  claimChange,
  complete,
  completeChange,
  extendChange,
  isCancelledUnder,
  isHeld,
} from "../../../src/core/lifecycle/lease.ts";
import { dueAtOf } from "../../../src/core/lifecycle/transition.ts";
import { activeJob, apply, jobIn, START, TERMS, waitingJob } from "../sample-job.ts";

describe("a claim", () => {
  it("starts an attempt under a new lease", () => {
    expect(claimChange(waitingJob(), TERMS, START + 10)).toEqual({
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
  });

  it("gives the job's own visibility and timeout precedence", () => {
    expect(claimChange(waitingJob({ visibilityMs: 5_000, timeoutMs: 2_000 }), TERMS, START)).toMatchObject({
      leaseUntil: START + 5_000,
      timeoutAt: START + 2_000,
      dueAt: START + 2_000,
    });
  });

  it.each([{}, { totalMs: 1_000 }, { totalMs: 50_000 }, { timeoutMs: 20_000, heartbeatMs: 5 }])(
    "is due when any other active job like it is (%j)",
    (limits) => {
      const job = waitingJob(limits);
      const change = claimChange(job, TERMS, START);
      expect(change.dueAt).toBe(dueAtOf({ ...job, ...change }));
    },
  );
});

describe("a heartbeat", () => {
  it("extends the lease by its own length and leaves the timeout alone", () => {
    expect(extendChange(activeJob(), undefined, START + 50_000)).toEqual({
      leaseMs: 30_000,
      leaseUntil: START + 80_000,
      stallAt: null,
      dueAt: START + 60_000,
    });
  });

  it("takes another length if asked for, and holds the job to its own heartbeat timeout from then on", () => {
    expect(extendChange(activeJob({ heartbeatMs: 4_000 }), 10_000, START + 1_000)).toEqual({
      leaseMs: 10_000,
      leaseUntil: START + 11_000,
      stallAt: START + 5_000,
      dueAt: START + 5_000,
    });
  });

  it("is about the jobs that its worker holds", () => {
    const job = activeJob();
    expect(isHeld(job, "worker-1", {})).toBe(true);
    expect(isHeld(job, "worker-1", { lease: 1 })).toBe(true);
    expect(isHeld(job, "worker-1", { lease: 2 })).toBe(false);
    expect(isHeld(job, "worker-2", { lease: 1 })).toBe(false);
    expect(isHeld({ ...job, workerId: null }, "worker-2", {})).toBe(true);
    expect(isHeld({ ...job, state: "cancelled" }, "worker-1", {})).toBe(false);
  });

  it("learns which of the lost ones were cancelled", () => {
    const cancelled = { ...activeJob(), state: "cancelled" } as const;
    expect(isCancelledUnder(cancelled, "worker-1")).toBe(true);
    expect(isCancelledUnder(cancelled, "worker-2")).toBe(false);
    expect(isCancelledUnder(activeJob(), "worker-1")).toBe(false);
  });
});

describe("a completion", () => {
  it("ends the job, keeps who did it, and forgets the lease", () => {
    const job = { ...activeJob(), expiries: 1 };
    const transition = complete(job, '{"ok":true}', START + 5);
    expect(transition.change).toEqual(completeChange('{"ok":true}', START + 5));
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
