import { describe, expect, it } from "vitest";
import { JOB_STATES } from "../../src/core/job.ts";
import { isTerminal, mayMove, requireMove, TRANSITIONS } from "../../src/core/states.ts";
import { jobIn } from "./sample-job.ts";

describe("the transition table", () => {
  // ojs-core §6.3, row by row.
  it.each([
    [null, "scheduled", "push"],
    [null, "available", "push"],
    [null, "pending", "push"],
    ["scheduled", "available", "timer"],
    ["pending", "available", "activate"],
    ["available", "active", "fetch"],
    ["active", "completed", "ack"],
    ["active", "retryable", "fail"],
    ["active", "discarded", "fail"],
    ["active", "cancelled", "cancel"],
    ["active", "available", "lease-end"],
    ["retryable", "available", "timer"],
    ["scheduled", "cancelled", "cancel"],
    ["available", "cancelled", "cancel"],
    ["pending", "cancelled", "cancel"],
    ["retryable", "cancelled", "cancel"],
    ["discarded", "available", "retry"],
  ] as const)("has the spec's move %s → %s by %s", (from, to, trigger) => {
    expect(mayMove(from, to, trigger)).toBe(true);
  });

  // ojs-core §6.4, the invalid examples.
  it.each([
    ["available", "completed"],
    ["discarded", "active"],
    ["scheduled", "active"],
    ["retryable", "active"],
  ] as const)("has no way from %s to %s", (from, to) => {
    expect(TRANSITIONS.some((move) => move.from === from && move.to === to)).toBe(false);
  });

  it("lets nothing out of a terminal state but an operator's retry", () => {
    const exits = TRANSITIONS.filter((move) => move.from !== null && isTerminal(move.from));
    expect(exits).toEqual([{ trigger: "retry", from: "discarded", to: "available" }]);
  });

  it("reaches every state", () => {
    const reached = new Set(TRANSITIONS.map((move) => move.to));
    expect([...reached].sort()).toEqual([...JOB_STATES].sort());
  });

  it("refuses another move with everything a client needs to understand it", () => {
    const job = jobIn("completed");
    expect(() => requireMove(job, "cancelled", "cancel")).toThrow(
      expect.objectContaining({
        code: "conflict",
        status: 409,
        retryable: false,
        details: {
          job_id: job.id,
          current_state: "completed",
          expected_state: "scheduled|available|pending|active|retryable",
        },
      }),
    );
  });
});
