/** What `client.result` and `client.workflowResult` are told, and what the latter tells. */
import type { Workflow } from "../../core/codec/workflow-decode.ts";
import type { Duration } from "../../core/duration.ts";

/** How long to wait for a result. */
export interface ResultOptions {
  /** Longest wait. Default: for as long as it takes. */
  readonly timeout?: Duration;
  /** Aborting it ends the wait with an OjsError `aborted`; the job or workflow goes on. */
  readonly signal?: AbortSignal;
}

/** A job whose result is waited for: what `enqueue` returned, or as much of it. */
export interface AwaitedJob<Result> {
  readonly id: string;
  /** When very many are waited for, those whose queue is known take less. */
  readonly queue?: string;
  /** The middleware that dropped it: then there is nothing to wait for. */
  readonly droppedBy?: string;
  /** For the compiler: the type of what is waited for. */
  readonly result?: Result;
}

/** A workflow whose end is waited for: what `createWorkflow` returned, or as much of it. */
export interface AwaitedWorkflow<Results> {
  readonly id: string;
  /** For the compiler; never there at run time. */
  readonly "~results"?: Results;
}

/** A workflow that has come to its end, and what its steps returned; null for a step that returned nothing. */
export interface WorkflowOutcome<Results = unknown> {
  readonly workflow: Workflow<Results>;
  /** In the order of the steps, nested as they are. */
  readonly results: Results extends readonly unknown[] ? Results : readonly unknown[];
  /** By the names that the steps of a graph have; of other workflows, by the ids that the server gave them. */
  readonly byName: Results extends readonly unknown[]
    ? Readonly<Record<string, unknown>>
    : unknown extends Results
      ? Readonly<Record<string, unknown>>
      : Results;
}
