/** Calls about workflows (ojs-workflows §11, ojs-http-binding §14). */
import { decodePage, type Page, type PageOptions } from "../../core/codec/page-decode.ts";
import { decodeWorkflow, type Workflow, type WorkflowState } from "../../core/codec/workflow-decode.ts";
import type { JsonText } from "../../core/job.ts";
import { apiPath, type Call, queryString } from "../call.ts";

/** Which workflows, and which page of them. */
export interface WorkflowQuery extends PageOptions {
  /** Only those in this state. */
  readonly state?: WorkflowState;
  /** Only those of this name. */
  readonly name?: string;
}

/**
 * Repeatable with servers that know a workflow by the id that it brings; the others would start it again.
 *
 * @param body With the workflow's id.
 */
export function createWorkflowCall(body: JsonText, repeatable: boolean): Call<Workflow> {
  return {
    operation: "createWorkflow",
    method: "POST",
    path: apiPath("workflows"),
    body,
    repeatable,
    decode: decodeWorkflow,
  };
}

export function getWorkflowCall(id: string): Call<Workflow> {
  return {
    operation: "getWorkflow",
    method: "GET",
    path: apiPath("workflows", id),
    repeatable: true,
    decode: decodeWorkflow,
  };
}

export function listWorkflowsCall({ state, name, limit, cursor, offset }: WorkflowQuery): Call<Page<Workflow>> {
  return {
    operation: "listWorkflows",
    method: "GET",
    path: apiPath("workflows") + queryString({ state, name, limit, cursor, offset }),
    repeatable: true,
    decode: (answer) => decodePage(answer, "workflows", decodeWorkflow),
  };
}

/** What is cancelled already stays cancelled, so it may be repeated. */
export function cancelWorkflowCall(id: string): Call<Workflow> {
  return {
    operation: "cancelWorkflow",
    method: "DELETE",
    path: apiPath("workflows", id),
    repeatable: true,
    decode: decodeWorkflow,
  };
}

/** Not repeatable: by the second time its steps may have run and failed again, and would be retried twice. */
export function retryWorkflowCall(id: string): Call<Workflow> {
  return {
    operation: "retryWorkflow",
    method: "POST",
    path: apiPath("workflows", id, "retry"),
    repeatable: false,
    decode: decodeWorkflow,
  };
}
