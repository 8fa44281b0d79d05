/** What a producer can say about a workflow (ojs-workflows §3–§6, ojs-http-binding §14.1), as the API spells it. */
import type { ArgsRule } from "../definition/standard-schema.ts";
import type { JobArgs } from "../job-args.ts";
import type { EnqueueOptions } from "./enqueue-options.ts";

/** Everything that can be said about the job of a step besides its type and its arguments. */
export type StepOptions = Omit<EnqueueOptions, "id" | "pending">;

/** One job of a workflow. */
export interface Step<Args extends JobArgs = JobArgs> {
  readonly type: string;
  /** As for `enqueue`; no arguments when absent. */
  readonly args?: Args;
  readonly options?: StepOptions;
  /** What its type is defined by (`defineJob`): arguments that do not fit are not sent. */
  readonly definition?: ArgsRule;
  /** A definition is not yet a job: `definition.with(args)` is. */
  readonly with?: never;
}

/** What every composition of steps may have. */
export interface Composition {
  /** For people and for lists. */
  readonly name?: string;
  /** Options of all steps in it; what a step says itself goes before. */
  readonly options?: StepOptions;
}

/** One after another; the first failure ends it. */
export interface Chain<Steps extends readonly WorkflowMember[] = readonly WorkflowMember[]> extends Composition {
  readonly kind: "chain";
  readonly steps: Steps;
}

/** All at once; it ends with the last of them. */
export interface Group<Jobs extends readonly WorkflowMember[] = readonly WorkflowMember[]> extends Composition {
  readonly kind: "group";
  readonly jobs: Jobs;
}

/** All at once, and then the callbacks. */
export interface Batch<Jobs extends readonly WorkflowMember[] = readonly WorkflowMember[]> extends Composition {
  readonly kind: "batch";
  readonly jobs: Jobs;
  readonly callbacks: BatchCallbacks;
}

/** Jobs that depend on others of them, by name. */
export interface Graph<Steps extends GraphSteps = GraphSteps> extends Composition {
  readonly kind: "graph";
  readonly steps: Steps;
}

/** The steps of a graph by their names. */
export type GraphSteps = Readonly<Record<string, GraphStep<string>>>;

/** A step and what has to succeed before it. */
export interface GraphStep<Name extends string> extends Step {
  /** Names of other steps of the graph; it starts at once when there is none. */
  readonly dependsOn?: readonly Name[];
}

/** What can be a step of a chain or a job of a group or batch. */
export type WorkflowMember = Step | Chain | Group | Batch;

/** What `createWorkflow` takes; {@link Graph} cannot be nested. */
export type WorkflowDefinition = Chain | Group | Batch | Graph;

interface Callbacks {
  /** Runs when all jobs have ended, however they did. */
  readonly onComplete: Step;
  /** Runs when all jobs have succeeded. */
  readonly onSuccess: Step;
  /** Runs when all jobs have ended and at least one did not succeed. */
  readonly onFailure: Step;
}

/** Jobs that a batch starts once, after its own; at least one of them (ojs-workflows §6.3). */
export type BatchCallbacks = {
  [Name in keyof Callbacks]: Pick<Callbacks, Name> & Partial<Omit<Callbacks, Name>>;
}[keyof Callbacks];
