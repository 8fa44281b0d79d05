/** Workflows as the engine sees them (ojs-workflows §11). */
import type { NewWorkflow } from "../core/workflow/definition.ts";
import type { WorkflowRecord } from "../core/workflow/workflow.ts";
import type { Page, PageRequest } from "../storage/storage.ts";
import type { StepView, WorkflowFilter } from "../storage/workflows.ts";

/** A workflow with its steps. */
export interface WorkflowDetail {
  readonly workflow: WorkflowRecord;
  /** In the order of definition. */
  readonly steps: readonly StepView[];
}

/** A workflow that was asked for; `created` is false when the same request had been here before. */
export interface CreatedWorkflow extends WorkflowDetail {
  readonly created: boolean;
}

/** The part of an engine that runs workflows. */
export interface WorkflowEngine {
  /**
   * Stores a workflow and enqueues the jobs of the steps that wait for nothing, all of it or nothing. A client that chose the
   * id may repeat the request; another request with that id is a `duplicate`.
   */
  createWorkflow(request: NewWorkflow): Promise<CreatedWorkflow>;
  /** The workflow with all its steps. */
  getWorkflow(id: string): Promise<WorkflowDetail>;
  /** Workflows without their steps, newest first. */
  listWorkflows(filter: WorkflowFilter, page: PageRequest): Promise<Page<WorkflowRecord>>;
  /** Cancels a workflow and every job of it that has not ended; `conflict` when the workflow has. */
  cancelWorkflow(id: string): Promise<WorkflowDetail>;
  /**
   * Runs the steps of a failed workflow again that made it fail, with fresh jobs, and then what waited for them. Everything that
   * has succeeded stays. `conflict` when the workflow has not failed, or a job that would have to run again has been removed.
   */
  retryWorkflow(id: string): Promise<WorkflowDetail>;
}
