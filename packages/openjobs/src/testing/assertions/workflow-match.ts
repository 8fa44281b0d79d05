/** Which workflows an assertion is about (ojs-testing §6.4). */
import type { Workflow, WorkflowStateWord, WorkflowStep } from "../../core/codec/workflow-decode.ts";
import { matches } from "./deep-match.ts";
import { type ErrorMatch, isError, type JobKind, typeOf } from "./job-match.ts";

/** What a workflow is; `any` is all of them. A graph whose steps form a chain, a group or a batch is one. */
export type WorkflowKind = "chain" | "group" | "batch" | "graph" | "any";

/** The steps of a workflow by their types, or definitions; those of a nested workflow are an array in their place. */
export type StepsMatch = readonly (JobKind | StepsMatch)[];

/** What the workflows have to be like; what is left out does not matter. */
export interface WorkflowMatch {
  readonly name?: string;
  /**
   * All steps in the order of their definition, without callbacks.
   *
   * @example steps: [fetchData, [writeCsv, writePdf], notifyUser]
   */
  readonly steps?: StepsMatch;
  /** How many steps there are, nested ones too, without callbacks. */
  readonly stepCount?: number;
  /** Types of a batch's callbacks. */
  readonly callbacks?: Readonly<Partial<Record<"onComplete" | "onSuccess" | "onFailure", JobKind>>>;
  readonly state?: WorkflowStateWord;
  /** A step that failed: its type, its definition, or its id in the graph. */
  readonly failedStep?: JobKind;
  /** What a step that failed threw at last. */
  readonly error?: ErrorMatch;
  /** How many there have to be; at least one when absent. */
  readonly count?: number;
  /** Anything else. */
  readonly where?: (workflow: Workflow) => boolean;
}

const CALLBACKS = { onComplete: "on_complete", onSuccess: "on_success", onFailure: "on_failure" } as const;

/** What it is. */
export function kindOf({ type }: Pick<Workflow, "type">): string {
  return type ?? "graph";
}

/** Why a workflow is not one of those meant; empty when it is. */
export function workflowDifferences(workflow: Workflow, kind: WorkflowKind, match: WorkflowMatch): readonly string[] {
  if (kind !== "any" && kindOf(workflow) !== kind) return [`is a ${kindOf(workflow)}`];
  const { name, steps, stepCount, callbacks, state, where } = match;
  return [
    name === undefined || workflow.name === name ? "" : `is called ${workflow.name ?? "nothing"}`,
    steps === undefined || matches(typesOf(workflow.steps), wantedTypes(steps)) ? "" : "has other steps",
    stepCount === undefined || workflow.jobCount === stepCount ? "" : `has ${workflow.jobCount} steps`,
    callbacks === undefined || hasCallbacks(workflow, callbacks) ? "" : "has other callbacks",
    state === undefined || workflow.state === state ? "" : `is ${workflow.state}`,
    failureDifference(workflow, match),
    where === undefined || where(workflow) ? "" : "is refused by where()",
  ].filter((text) => text !== "");
}

function hasCallbacks(workflow: Workflow, wanted: NonNullable<WorkflowMatch["callbacks"]>): boolean {
  return (["onComplete", "onSuccess", "onFailure"] as const).every((name) => {
    const kind = wanted[name];
    return kind === undefined || workflow.callbacks[CALLBACKS[name]]?.type === typeOf(kind);
  });
}

/** One step has to be both, where both are asked for. */
function failureDifference(workflow: Workflow, { failedStep, error }: WorkflowMatch): string {
  if (failedStep === undefined && error === undefined) return "";
  const failed = failedSteps(workflow);
  const wanted = failedStep === undefined ? undefined : typeOf(failedStep);
  const there = failed.filter(({ type, id }) => wanted === undefined || type === wanted || id === wanted);
  if (there.length === 0)
    return failed.length === 0 ? "has no failed step" : `failed at ${failed.map(({ type }) => type).join(", ")}`;
  return error === undefined || there.some((step) => isError(step.error, error)) ? "" : "has another error";
}

function failedSteps({ steps, callbacks }: Workflow): readonly WorkflowStep[] {
  return [...steps, ...Object.values(callbacks)].flatMap(leavesOf).filter(({ state }) => state === "failed");
}

function leavesOf(step: WorkflowStep): readonly WorkflowStep[] {
  return step.steps === undefined ? [step] : step.steps.flatMap(leavesOf);
}

type Types = readonly (string | Types)[];

function typesOf(steps: readonly WorkflowStep[]): Types {
  return steps.map((step) => (step.steps === undefined ? step.type : typesOf(step.steps)));
}

/** Definitions by their names. */
export function wantedTypes(steps: StepsMatch): Types {
  return steps.map((step) => (isList(step) ? wantedTypes(step) : typeOf(step)));
}

function isList(step: JobKind | StepsMatch): step is StepsMatch {
  return Array.isArray(step);
}

/** A line about a workflow. */
export function describeWorkflow(workflow: Workflow): string {
  const { name, steps, callbacks, state } = workflow;
  const own = steps.map(describeStep).join(kindOf(workflow) === "chain" ? " → " : ", ");
  const after = Object.entries(callbacks).map(([when, step]) => `${when}: ${describeStep(step)}`);
  const called = name === undefined ? "" : ` "${name}"`;
  return `${kindOf(workflow)}${called}, ${state}: ${[own, ...after].join("; ")}`;
}

function describeStep({ type, state, steps, error }: WorkflowStep): string {
  if (steps !== undefined) return `(${steps.map(describeStep).join(type === "chain" ? " → " : ", ")})`;
  return `${type} ${state}${error === undefined ? "" : ` (${error.message})`}`;
}
