/** Workflows: create, list, look, cancel, retry (ojs-workflows §11, ojs-http-binding §14). */
import { encodeWorkflowAnswer, encodeWorkflowSummary } from "../../core/codec/workflow-answer.ts";
import { stringifyJson } from "../../core/json.ts";
import { readWorkflow } from "../../core/workflow/read-workflow.ts";
import { WORKFLOW_STATES } from "../../core/workflow/workflow.ts";
import type { Engine } from "../../engine/facade.ts";
import type { WorkflowDetail } from "../../engine/workflow-request.ts";
import type { Page } from "../../storage/storage.ts";
import type { WorkflowFilter } from "../../storage/workflows.ts";
import { fieldError } from "../fields.ts";
import { PAGING } from "../openapi/description.ts";
import { paginationOf, readPage } from "../paging.ts";
import { type Answer, ok, type Route, type RouteRequest } from "../route.ts";

/** The routes under `/ojs/v1/workflows`. */
export function workflowRoutes(engine: Engine): readonly Route[] {
  return [create(engine), list(engine), get(engine), cancel(engine), retry(engine)];
}

function create(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/workflows",
    readsBody: true,
    describe: {
      tag: "Workflows",
      summary: "Create a workflow",
      body: "WorkflowRequest",
      answers: { 200: "WorkflowAnswer", 201: "WorkflowAnswer" },
      errors: [409],
    },
    async run({ body }) {
      const request = readWorkflow(body, { now: engine.now(), newId: engine.newJobId });
      const { created, ...detail } = await engine.createWorkflow(request);
      const location = `/ojs/v1/workflows/${encodeURIComponent(detail.workflow.id)}`;
      return { ...answer(detail), status: created ? 201 : 200, headers: { location } };
    },
  };
}

function list(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/workflows",
    describe: {
      tag: "Workflows",
      summary: "List workflows",
      query: ["workflow_state", "workflow_name", ...PAGING],
      answers: { 200: "WorkflowPage" },
    },
    async run({ query }) {
      const parameters = new URLSearchParams(query);
      const request = readPage(parameters);
      const filter = readFilter(parameters);
      const page = filter === undefined ? NO_WORKFLOWS : await engine.listWorkflows(filter, request);
      const workflows = page.items.map(encodeWorkflowSummary).join(",");
      return ok(`{"workflows":[${workflows}],"pagination":${stringifyJson(paginationOf(request, page))}}`);
    },
  };
}

function get(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/workflows/:id",
    describe: { tag: "Workflows", summary: "Look at a workflow and its steps", answers: { 200: "WorkflowAnswer" } },
    run: async (request) => answer(await engine.getWorkflow(idOf(request))),
  };
}

function cancel(engine: Engine): Route {
  return {
    method: "DELETE",
    path: "/ojs/v1/workflows/:id",
    describe: {
      tag: "Workflows",
      summary: "Cancel a workflow",
      answers: { 200: "WorkflowAnswer" },
      errors: [409],
    },
    run: async (request) => answer(await engine.cancelWorkflow(idOf(request))),
  };
}

/** Ours: the specification leaves it to a later version (ojs-workflows §15). */
function retry(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/workflows/:id/retry",
    describe: {
      tag: "Workflows",
      summary: "Run a failed workflow again from where it failed",
      answers: { 200: "WorkflowAnswer" },
      errors: [409],
    },
    run: async (request) => answer(await engine.retryWorkflow(idOf(request))),
  };
}

function answer({ workflow, steps }: WorkflowDetail): Answer {
  return ok(encodeWorkflowAnswer(workflow, steps));
}

function idOf({ params }: RouteRequest): string {
  return params.id ?? "";
}

const NO_WORKFLOWS: Page<never> = { items: [], total: 0 };

/** `active` is openapi's word for running; nothing is ever `pending` here, so then there is nothing to look for. */
function readFilter(query: URLSearchParams): WorkflowFilter | undefined {
  const name = query.get("name") ?? "";
  const word = query.get("state") ?? "";
  if (word === "pending") return undefined;
  const state = WORKFLOW_STATES.find((known) => known === (word === "active" ? "running" : word));
  if (word !== "" && state === undefined) throw fieldError("state", `one of ${WORKFLOW_STATES.join(", ")}`);
  return { ...(state === undefined ? {} : { state }), ...(name === "" ? {} : { name }) };
}
