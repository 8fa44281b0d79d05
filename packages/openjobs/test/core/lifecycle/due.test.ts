import { describe, expect, it } from "vitest";
import { decideDue } from "../../../src/core/lifecycle/due.ts";
import { activeJob, apply, at, claim, extend, jobIn, START, TERMS, waitingJob } from "../sample-job.ts";

describe("what time does to a job", () => {
  it.each(["available", "pending", "completed", "cancelled", "discarded"] as const)(
    "nothing, when it is %s",
    (state) => {
      expect(decideDue(jobIn(state), at(START + 1e12))).toBeNull();
    },
  );

  it.each(["scheduled", "retryable"] as const)("promotes it when it is %s, and not before", (state) => {
    const job = jobIn(state);
    expect(decideDue(job, at(job.availableAt - 1))).toBeNull();
    expect(decideDue(job, at(job.availableAt))?.change.state).toBe("available");
  });

  it.each([
    ["scheduled", { scheduledAt: START + 50 }],
    ["available", {}],
    ["pending", { pending: true }],
  ])("expires it when it is %s, even if it is due as well", (state, overrides) => {
    const job = waitingJob({ ...overrides, expiresAt: START + 100 });
    expect(job.state).toBe(state);
    expect(decideDue(job, at(START + 100))?.events).toEqual(["job.expired"]);
  });

  it("ends a lease that was not extended", () => {
    const job = activeJob();
    expect(decideDue(job, at(START + 29_999))).toBeNull();
    expect(decideDue(job, at(START + 30_000))?.error?.type).toBe("visibility_timeout");
  });

  it("ends an execution that takes too long, however often its lease is extended", () => {
    const job = activeJob();
    const beating = apply(job, extend(job, START + 45_000));
    expect(decideDue(beating, at(START + 59_999))).toBeNull();
    expect(decideDue(beating, at(START + 60_000))?.error?.type).toBe("timeout");
  });

  it("names the limit that was passed first, however late it looks", () => {
    const quick = activeJob({ timeoutMs: 2_000 });
    expect(decideDue(quick, at(START + 1e9))?.error?.type).toBe("timeout");
    expect(decideDue(activeJob(), at(START + 1e9))?.error?.type).toBe("visibility_timeout");
  });

  it("calls it a lost lease when both limits end together", () => {
    const job = waitingJob();
    const even = apply(job, claim(job, { ...TERMS, timeoutMs: TERMS.leaseMs }, START));
    expect(decideDue(even, at(START + 30_000))?.error?.type).toBe("visibility_timeout");
  });

  it("leaves a running job alone when it expires", () => {
    expect(decideDue(activeJob({ expiresAt: START + 10 }), at(START + 20))).toBeNull();
  });
});
