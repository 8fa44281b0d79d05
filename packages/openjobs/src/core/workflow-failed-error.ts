/** What whoever waits for a workflow gets when it did not come to its end. */
import type { Workflow, WorkflowError, WorkflowStateWord } from "./codec/workflow-decode.ts";
import { OjsError } from "./errors.ts";

/**
 * The workflow that was waited for has failed or was cancelled.
 *
 * @example
 * try {
 *   await client.workflowResult(workflow);
 * } catch (error) {
 *   if (error instanceof OjsWorkflowFailedError) console.error(error.state, error.errors.map(({ message }) => message));
 * }
 */
export class OjsWorkflowFailedError extends OjsError {
  override readonly name: string = "OjsWorkflowFailedError";
  /** Not a plain member: errors are printed, and results of jobs should not be. */
  readonly #workflow: Workflow;

  /** @param workflow A workflow that has ended. */
  constructor(message: string, workflow: Workflow) {
    super("workflow_failed", message, { operation: "workflowResult", jobId: workflow.errors[0]?.jobId });
    this.#workflow = workflow;
  }

  /** The workflow as it ended, with the results of the steps that succeeded. */
  get workflow(): Workflow {
    return this.#workflow;
  }

  /** `failed` or `cancelled`. */
  get state(): WorkflowStateWord {
    return this.#workflow.state;
  }

  /** Of each job that ended badly, why. */
  get errors(): readonly WorkflowError[] {
    return this.#workflow.errors;
  }
}
