import { describe, expect, it } from "vitest";
import { type SeenStep, treeOf } from "../../../src/core/workflow/outlook.ts";
import type { StepState, WorkflowState } from "../../../src/core/workflow/workflow.ts";
import { launched, stepOf } from "../../support/workflows.ts";

const batch = {
  type: "batch",
  jobs: [stepOf("a"), stepOf("b")],
  callbacks: { on_success: stepOf("good"), on_failure: stepOf("bad") },
};

/** What a chain of this one nested workflow shows of it when its steps are in these states. */
function shownState(
  inner: object,
  states: readonly (StepState | "active")[],
  state: WorkflowState = "running",
): string {
  const { workflow, steps } = launched({ type: "chain", steps: [inner] });
  const seen = steps.map((step, index): SeenStep => {
    const own = states[index] ?? "waiting";
    const nothing = { result: null, leftOut: null };
    if (own !== "active") return { step: { ...step, state: own }, ...nothing };
    const job = { state: "active", startedAt: 1, endedAt: null } as const;
    return { step: { ...step, state: "released" }, job, ...nothing };
  });
  const [child] = treeOf({ ...workflow, state }, seen).children;
  return child?.state ?? "nothing";
}

describe("a nested workflow is shown as", () => {
  it.each([
    ["waiting", ["waiting", "waiting", "waiting", "waiting"]],
    ["active", ["released", "released", "waiting", "waiting"]],
    ["active", ["completed", "active", "waiting", "waiting"]],
    ["active", ["completed", "completed", "released", "cancelled"]],
    ["completed", ["completed", "completed", "completed", "cancelled"]],
    ["completed", ["completed", "failed", "cancelled", "completed"]],
    ["failed", ["completed", "failed", "cancelled", "failed"]],
    ["failed", ["completed", "completed", "failed", "cancelled"]],
    ["cancelled", ["cancelled", "cancelled", "cancelled", "cancelled"]],
  ] as const)("%s when its steps are %j", (shown, states) => {
    expect(shownState(batch, states)).toBe(shown);
  });

  it("failed when no callback took the failure of a job", () => {
    const inner = { ...batch, callbacks: { on_success: stepOf("good") } };
    expect(shownState(inner, ["completed", "failed", "cancelled"])).toBe("failed");
  });

  it("failed when a job of a group has failed, once all have ended", () => {
    const group = { type: "group", jobs: [stepOf("a"), stepOf("b")] };
    expect(shownState(group, ["failed", "released"])).toBe("active");
    expect(shownState(group, ["failed", "completed"])).toBe("failed");
  });

  it("cancelled when its workflow ended before it began", () => {
    expect(shownState(batch, [], "cancelled")).toBe("cancelled");
    expect(shownState(batch, ["released", "released"], "cancelled")).toBe("cancelled");
  });
});
