/** Workflows (ojs-workflows, ojs-http-binding §14). */
import { JOB_STATES } from "../../../core/job.ts";
import { LIMITS } from "../../../core/limits.ts";
import { CALLBACK_KINDS, WORKFLOW_STATES } from "../../../core/workflow/workflow.ts";
import { anyOf, integer, type JsonSchema, list, type Members, object, ref, text, time, word } from "../schema-words.ts";
import { REQUESTED_OPTIONS } from "./job-options.ts";

const NAME = text({ maxLength: LIMITS.nameChars });
const TYPES = ["chain", "group", "batch"];
const IDS = list(NAME);
const SHOWN_STATE = word("waiting", "pending", "active", "completed", "failed", "cancelled");
const TIMES: Members = { started_at: time(), completed_at: time(), cancelled_at: time() };

const PARTS = list(anyOf(ref("WorkflowStepRequest"), ref("NestedWorkflowRequest")), { minItems: 1 });
const callbacksOf = (name: string) => object({}, Object.fromEntries(CALLBACK_KINDS.map((kind) => [kind, ref(name)])));
const PARTS_OF_REQUEST: Members = { steps: PARTS, jobs: PARTS, callbacks: callbacksOf("WorkflowStepRequest") };
const STEP_REQUEST: Members = { id: NAME, name: NAME, depends_on: IDS };

const SHOWN_STEPS = list(anyOf(ref("WorkflowStep"), ref("NestedWorkflow")));
const SHOWN_CALLBACKS = callbacksOf("WorkflowStep");
const STEP: Members = { id: text(), index: integer(), type: text(), state: SHOWN_STATE };

const FAILURE: Members = { job_id: text(), type: text(), code: text(), message: text(), attempt: integer() };

const SUMMARY: Members = {
  id: text(),
  state: word(...WORKFLOW_STATES),
  created_at: time(),
  metadata: object(
    { created_at: time(), job_count: integer(), completed_count: integer(), failed_count: integer() },
    TIMES,
  ),
};
const SUMMARY_AT_TIMES: Members = {
  type: word(...TYPES),
  name: text(),
  ...TIMES,
  steps_total: integer(),
  steps_completed: integer(),
  jobs_total: integer(),
  jobs_completed: integer(),
  steps_cancelled: integer(),
  steps_already_completed: integer(),
  meta: ref("JsonObject"),
};
const DETAIL_AT_TIMES: Members = {
  ...SUMMARY_AT_TIMES,
  callbacks: SHOWN_CALLBACKS,
  failed_step_index: integer(),
  failed_job_ids: list(text()),
  errors: list(object({ ...FAILURE, step_id: text() }, { callback: word(...CALLBACK_KINDS) })),
};
const DETAIL: Members = { ...SUMMARY, steps: SHOWN_STEPS };

/** Names of these schemas. */
export type WorkflowSchemaName =
  | "WorkflowRequest"
  | "WorkflowStepRequest"
  | "NestedWorkflowRequest"
  | "WorkflowStep"
  | "NestedWorkflow"
  | "WorkflowSummary"
  | "Workflow"
  | "WorkflowAnswer"
  | "WorkflowPage";

export const WORKFLOW_SCHEMAS: Readonly<Record<WorkflowSchemaName, JsonSchema>> = {
  WorkflowRequest: object(
    {},
    {
      id: text({ maxLength: 128 }),
      name: NAME,
      type: word(...TYPES, "graph"),
      ...PARTS_OF_REQUEST,
      meta: ref("JsonObject"),
      options: ref("JobOptions"),
    },
    {
      description:
        "A chain of `steps`, a group or batch of `jobs`, or, without a type, a graph of `steps` with `depends_on`.",
    },
  ),
  WorkflowStepRequest: object(
    { type: ref("JobType"), args: ref("JsonArray") },
    { ...STEP_REQUEST, meta: ref("JsonObject"), options: ref("JobOptions"), ...REQUESTED_OPTIONS },
    { additionalProperties: ref("OwnMember") },
  ),
  NestedWorkflowRequest: object({ type: word(...TYPES) }, { ...STEP_REQUEST, ...PARTS_OF_REQUEST }),
  WorkflowStep: object(
    { ...STEP, job_id: { type: ["string", "null"] } },
    {
      name: text(),
      job_state: word(...JOB_STATES),
      depends_on: IDS,
      callback: word(...CALLBACK_KINDS),
      ...TIMES,
      error: object(FAILURE),
      result: ref("JsonValue"),
    },
  ),
  NestedWorkflow: object(
    { ...STEP, steps: SHOWN_STEPS },
    { name: text(), depends_on: IDS, callbacks: SHOWN_CALLBACKS },
  ),
  WorkflowSummary: object(SUMMARY, SUMMARY_AT_TIMES),
  Workflow: object(DETAIL, DETAIL_AT_TIMES),
  WorkflowAnswer: object({ workflow: ref("Workflow"), ...DETAIL }, DETAIL_AT_TIMES),
  WorkflowPage: object({ workflows: list(ref("WorkflowSummary")), pagination: ref("Pagination") }),
};
