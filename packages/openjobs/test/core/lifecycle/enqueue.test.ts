import { describe, expect, it } from "vitest";
import { activate, newJob } from "../../../src/core/lifecycle/enqueue.ts";
import { apply, JOB_ID, jobIn, START, sampleRequest, waitingJob } from "../sample-job.ts";

const born = (overrides: Parameters<typeof sampleRequest>[0]) =>
  newJob(sampleRequest(overrides), { id: JOB_ID, digest: "d", fingerprint: null }, START);

describe("a new job", () => {
  it("is available at once when nothing speaks against it", () => {
    const { job, events } = born({ priority: 7 });
    expect(job).toMatchObject({
      id: JOB_ID,
      digest: "d",
      state: "available",
      priority: 7,
      attempt: 0,
      availableAt: START,
      createdAt: START,
      enqueuedAt: START,
      dueAt: null,
      startedAt: null,
      endedAt: null,
      errors: null,
      result: null,
    });
    expect(events).toEqual(["job.enqueued"]);
  });

  it("is scheduled when its time is in the future", () => {
    const { job, events } = born({ scheduledAt: START + 1 });
    expect(job).toMatchObject({ state: "scheduled", availableAt: START + 1, dueAt: START + 1 });
    expect(events).toEqual(["job.scheduled"]);
  });

  it.each([START, START - 1_000])(
    "is available, and at the back of its queue, when its time is past",
    (scheduledAt) => {
      expect(born({ scheduledAt }).job).toMatchObject({ state: "available", availableAt: START });
    },
  );

  it("waits for its activation when it is pending, whatever its schedule says", () => {
    const { job, events } = born({ pending: true, scheduledAt: START + 1 });
    expect(job).toMatchObject({ state: "pending", dueAt: null });
    expect(events).toEqual([]);
  });

  it.each([
    [{ expiresAt: START + 5 }, START + 5],
    [{ expiresAt: START + 5, scheduledAt: START + 9 }, START + 5],
    [{ expiresAt: START + 5, scheduledAt: START + 3 }, START + 3],
    [{ expiresAt: START + 5, pending: true }, START + 5],
    [{ expiresAt: START - 5 }, START - 5],
  ])("is due at the sooner of schedule and expiry: %j", (overrides, dueAt) => {
    expect(born(overrides).job.dueAt).toBe(dueAt);
  });

  it("does not keep what only the enqueue needs", () => {
    const { job } = born({});
    expect(job).not.toHaveProperty("source");
    expect(job).not.toHaveProperty("pending");
    expect(job).not.toHaveProperty("scheduledAt");
  });
});

describe("activation", () => {
  it("puts a pending job into its queue", () => {
    const job = waitingJob({ pending: true, expiresAt: START + 100 });
    const transition = activate(job, START + 50);
    expect(apply(job, transition)).toMatchObject({
      state: "available",
      availableAt: START + 50,
      enqueuedAt: START + 50,
      dueAt: START + 100,
    });
    expect(transition.events).toEqual(["job.enqueued"]);
  });

  it("is refused for any other job", () => {
    expect(() => activate(jobIn("available"), START)).toThrow(expect.objectContaining({ code: "conflict" }));
  });
});
