/** Assertions about the workflows of one test (ojs-testing §6.4). */
import type { Workflow } from "../../core/codec/workflow-decode.ts";
import { expectNone, expectSome, foundOf, type Sought } from "./expectation.ts";
import { describeMatch, typeOf } from "./job-match.ts";
import { OutcomeAssertions } from "./outcome-assertions.ts";
import {
  describeWorkflow,
  kindOf,
  type WorkflowKind,
  type WorkflowMatch,
  wantedTypes,
  workflowDifferences,
} from "./workflow-match.ts";

/** See above. */
export abstract class WorkflowAssertions extends OutcomeAssertions {
  /**
   * The workflows that were created since the beginning, or since `clear()`, the oldest first, as they are now.
   *
   * @example expect(ojs.allWorkflows("chain").map(({ state }) => state)).toEqual(["running"]);
   */
  allWorkflows(kind: WorkflowKind = "any", match: WorkflowMatch = {}): readonly Workflow[] {
    return foundOf(this.#sought("created", kind, match));
  }

  /**
   * That such a workflow was created.
   *
   * @returns The first of them.
   * @throws TestAssertionError that lists the workflows that are there, with the state of each step.
   * @example ojs.assertWorkflowCreated("chain", { name: "export", steps: ["data.fetch", ["export.csv", "export.pdf"], "user.notify"] });
   */
  assertWorkflowCreated(kind: WorkflowKind = "any", match: WorkflowMatch = {}): Workflow {
    return expectSome(this.#sought("created", kind, match), match.count);
  }

  /**
   * That no such workflow was created.
   *
   * @throws TestAssertionError.
   * @example ojs.refuteWorkflowCreated("batch", { name: "newsletter" });
   */
  refuteWorkflowCreated(kind: WorkflowKind = "any", match: WorkflowMatch = {}): void {
    expectNone(this.#sought("created", kind, match));
  }

  /**
   * That such a workflow has completed.
   *
   * @returns The first of them.
   * @throws TestAssertionError.
   * @example ojs.assertWorkflowCompleted("chain", { name: "export" });
   */
  assertWorkflowCompleted(kind: WorkflowKind = "any", match: WorkflowMatch = {}): Workflow {
    return expectSome(this.#sought("completed", kind, { ...match, state: "completed" }), match.count);
  }

  /**
   * That no such workflow has completed.
   *
   * @throws TestAssertionError.
   * @example ojs.refuteWorkflowCompleted("chain", { name: "export" });
   */
  refuteWorkflowCompleted(kind: WorkflowKind = "any", match: WorkflowMatch = {}): void {
    expectNone(this.#sought("completed", kind, { ...match, state: "completed" }));
  }

  /**
   * That such a workflow has failed.
   *
   * @returns The first of them.
   * @throws TestAssertionError.
   * @example ojs.assertWorkflowFailed("chain", { failedStep: "payment.charge", error: /declined/ });
   */
  assertWorkflowFailed(kind: WorkflowKind = "any", match: WorkflowMatch = {}): Workflow {
    return expectSome(this.#sought("failed", kind, { ...match, state: "failed" }), match.count);
  }

  /**
   * That no such workflow has failed.
   *
   * @throws TestAssertionError.
   * @example ojs.refuteWorkflowFailed();
   */
  refuteWorkflowFailed(kind: WorkflowKind = "any", match: WorkflowMatch = {}): void {
    expectNone(this.#sought("failed", kind, { ...match, state: "failed" }));
  }

  #sought(verb: string, kind: WorkflowKind, match: WorkflowMatch): Sought<Workflow> {
    return {
      noun: "workflow",
      verb,
      wanted: describeMatch(kind, wordsOf(match)),
      all: this.sight.workflows(),
      differences: (workflow) => workflowDifferences(workflow, kind, match),
      describe: describeWorkflow,
      heading: "These workflows were there:",
      nothing: "No workflow was created.",
      isNear: (workflow) => kind === "any" || kindOf(workflow) === kind,
    };
  }
}

/** Definitions by their names. */
function wordsOf({ steps, failedStep, callbacks, ...match }: WorkflowMatch): Parameters<typeof describeMatch>[1] {
  const named = Object.entries(callbacks ?? {}).map(([name, kind]) => [name, kind === undefined ? kind : typeOf(kind)]);
  return {
    ...match,
    ...(steps === undefined ? {} : { steps: wantedTypes(steps) }),
    ...(failedStep === undefined ? {} : { failedStep: typeOf(failedStep) }),
    ...(callbacks === undefined ? {} : { callbacks: Object.fromEntries(named) }),
  };
}
