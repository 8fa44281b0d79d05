import { describe, expect, it } from "vitest";
import { TERMINAL_STATES, WAITING_STATES } from "../../../src/core/states.ts";
import { arrivalOf, arrivalOfRemoval } from "../../../src/core/workflow/arrival.ts";
import { aJob } from "../../support/jobs.ts";

const member = aJob({ workflowId: "w", workflowStep: 3, state: "active", startedAt: 7, attempt: 2 });
const errors = JSON.stringify([{ code: "old" }, { type: "T", code: "new", message: "x".repeat(2_000) }]);

describe("the end of a member", () => {
  it("is told by whatever ends it, and as a failure by all but success", () => {
    const outcomes = [...WAITING_STATES, "active" as const, ...TERMINAL_STATES].map((state) => [
      state,
      arrivalOf(member, { state })?.outcome,
    ]);
    expect(Object.fromEntries(outcomes)).toEqual({
      available: undefined,
      scheduled: undefined,
      pending: undefined,
      retryable: undefined,
      active: undefined,
      completed: "completed",
      cancelled: "cancelled",
      discarded: "failed",
    });
  });

  it("is told once: what ended before does not end again", () => {
    for (const state of TERMINAL_STATES) {
      const ended = { ...member, state };
      expect(arrivalOf(ended, { state: "available" })).toBeUndefined();
      expect(arrivalOf(ended, { priority: 1 })).toBeUndefined();
      expect(arrivalOfRemoval(ended)).toBeUndefined();
    }
  });

  it("is told with the last error, cut to a length that fits beside the others", () => {
    const arrival = arrivalOf(member, { state: "discarded", errors });
    expect(arrival).toMatchObject({ workflowId: "w", step: 3, startedAt: 7 });
    const error = JSON.parse(arrival?.error ?? "");
    expect(error).toMatchObject({ job_id: member.id, type: "T", code: "new", attempt: 2 });
    expect(error.message.length).toBeLessThanOrEqual(1_000);
    expect(arrivalOf(member, { state: "completed" })?.error).toBeNull();
  });

  it("is told by its removal, as long as it has not ended", () => {
    const arrival = arrivalOfRemoval({ ...member, state: "available" });
    expect(arrival).toMatchObject({ workflowId: "w", step: 3, outcome: "cancelled" });
    expect(JSON.parse(arrival?.error ?? "")).toMatchObject({ code: "removed" });
  });

  it("is nobody's business when the job is no member", () => {
    const plain = aJob({ state: "active" });
    expect(arrivalOf(plain, { state: "completed" })).toBeUndefined();
    expect(arrivalOfRemoval(plain)).toBeUndefined();
  });
});
