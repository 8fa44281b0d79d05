/** The part of a client that looks after workflows. */
import type { Page } from "../core/codec/page-decode.ts";
import type { Workflow } from "../core/codec/workflow-decode.ts";
import type { WorkflowDefinition } from "../core/codec/workflow-definition.ts";
import type { WorkflowResults } from "../core/definition/workflow-results.ts";
import type { RequestOptions } from "./call.ts";
import type { WorkflowQuery } from "./calls/workflows.ts";
import { CronClient } from "./cron-client.ts";
import { actsOnEnqueue } from "./submission.ts";

const workflowCalls = () => import("./calls/workflows.ts");
const workflowOnce = () => import("./workflow-once.ts");
const workflowCheck = () => import("./workflow-check.ts");
const workflowMiddleware = () => import("./workflow-middleware.ts");

/** See above (ojs-workflows §11). */
export abstract class WorkflowClient extends CronClient {
  /**
   * Creates and starts a workflow, all of it or nothing.
   *
   * The client chooses its id. When the answer gets lost, the request is sent again to servers that say that they know a
   * workflow by its id; others might run it twice, and there the call fails.
   *
   * @throws OjsValidationError for what cannot work; `details.field` is its place: `steps[1].jobs[0].type`.
   * @example
   * const workflow = await client.createWorkflow(
   *   chain([step("data.fetch", { url }), group([step("export.csv"), step("export.pdf")]), step("user.notify")], { name: "export" }),
   * );
   * @example
   * await client.createWorkflow(
   *   batch(users.map(({ email }) => step("email.send", { email })), { onComplete: step("report.build"), name: "newsletter" }),
   * );
   */
  async createWorkflow<const Definition extends WorkflowDefinition>(
    definition: Definition,
    request?: RequestOptions,
  ): Promise<Workflow<WorkflowResults<Definition>>>;
  async createWorkflow(definition: WorkflowDefinition, request?: RequestOptions): Promise<Workflow> {
    await (await workflowCheck()).checkWorkflow(definition);
    const { createWorkflowOnce } = await workflowOnce();
    const create = (final: WorkflowDefinition): Promise<Workflow> =>
      createWorkflowOnce(this.connection, final, request);
    if (!actsOnEnqueue(this.chain)) return create(definition);
    return (await workflowMiddleware()).submitWorkflow(this.chain, definition, create);
  }

  /**
   * A workflow as it is now, with the state and the result of each step.
   *
   * @throws OjsNotFoundError when there is no such workflow (any more).
   * @example const { state, completedCount, jobCount } = await client.getWorkflow(id);
   */
  async getWorkflow(id: string, request?: RequestOptions): Promise<Workflow> {
    return this.run((await workflowCalls()).getWorkflowCall(id), request);
  }

  /**
   * The workflows, the latest first.
   *
   * @example const { items } = await client.listWorkflows({ state: "failed", limit: 20 });
   */
  async listWorkflows(query: WorkflowQuery = {}, request?: RequestOptions): Promise<Page<Workflow>> {
    return this.run((await workflowCalls()).listWorkflowsCall(query), request);
  }

  /**
   * Ends a workflow: what has not begun is cancelled. One that is cancelled already is a success.
   *
   * @throws OjsNotFoundError; OjsConflictError when the workflow has ended in another way.
   * @example await client.cancelWorkflow(workflow.id);
   */
  async cancelWorkflow(id: string, request?: RequestOptions): Promise<Workflow> {
    return (await workflowOnce()).cancelWorkflowOnce(this.connection.requester, id, request);
  }

  /**
   * Runs the failed steps of a workflow again, and then what waited for them. Not sent again when the answer gets lost.
   *
   * @throws OjsNotFoundError; OjsConflictError when the workflow has not failed.
   * @example await client.retryWorkflow(workflow.id);
   */
  async retryWorkflow(id: string, request?: RequestOptions): Promise<Workflow> {
    return this.run((await workflowCalls()).retryWorkflowCall(id), request);
  }
}
