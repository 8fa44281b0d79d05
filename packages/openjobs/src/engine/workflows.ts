/** Workflows: create, look, list, cancel, run again (ojs-workflows §11). What moves them on are the ends of their jobs. */
import { hash } from "node:crypto";
import { ojsError } from "../core/errors.ts";
import { cancellation } from "../core/lifecycle/end.ts";
import type { NewWorkflow } from "../core/workflow/definition.ts";
import { workflowFacts } from "../core/workflow/event-facts.ts";
import { type Launch, launchWorkflow } from "../core/workflow/launch.ts";
import { mapRequests } from "../core/workflow/map-requests.ts";
import { type FailedWorkflow, resumeWorkflow } from "../core/workflow/resume.ts";
import type { StepRecord, WorkflowRecord } from "../core/workflow/workflow.ts";
import type { InsertWorkflow, StepView } from "../storage/workflows.ts";
import { type BirthContext, fingerprintOf } from "./birth.ts";
import type { EngineContext } from "./context.ts";
import { answered } from "./storage-trouble.ts";
import { sizeOf, sizeOfJobs } from "./submission.ts";
import type { CreatedWorkflow, WorkflowDetail, WorkflowEngine } from "./workflow-request.ts";

/** The operations on workflows. */
export function workflowOperations(context: EngineContext): WorkflowEngine {
  return {
    createWorkflow: (request) => createWorkflow(context, request),
    getWorkflow: (id) => getWorkflow(context, id),
    listWorkflows: (filter, page) => answered(context.storage.workflows.list(filter, page)),
    cancelWorkflow: (id) => cancelWorkflow(context, id),
    retryWorkflow: (id) => retryWorkflow(context, id),
  };
}

/** Stores all of it in one commit. */
async function createWorkflow(context: EngineContext, asked: NewWorkflow): Promise<CreatedWorkflow> {
  const { committer, announcer, schemas } = context;
  schemas.checkWorkflow(asked);
  const launch = launchOf(context, asked);
  const { workflow, births } = launch;
  const stored = await committer.insert({ effects: [insertOf(launch)] }, sizeOfLaunch(launch), (outcome, at) => {
    if (outcome.ok) {
      announcer.workflow("workflow.created", workflow.id, workflowFacts(workflow), at);
      for (const { job, events } of births) announcer.created(job, events);
    }
    return outcome.ok;
  });
  if (stored) return createdBy(launch);
  requireReplay(workflow, await answered(context.storage.workflows.get(workflow.id)));
  return { ...(await getWorkflow(context, workflow.id)), created: false };
}

/** The workflow that a request asks for, with its first jobs. */
export function launchOf({ clock, newId, queueConfigs }: BirthContext, asked: NewWorkflow): Launch {
  const request = mapRequests(asked, (job) => queueConfigs.applied(job));
  const digest = request.named ? hash("sha256", request.source, "base64url") : null;
  return launchWorkflow(request, { now: clock.now(), newId, fingerprintOf, digest });
}

/** How a workflow is answered that was just stored, without asking for it. */
export function createdBy(launch: Launch): CreatedWorkflow {
  return { workflow: launch.workflow, steps: viewsOf(launch), created: true };
}

/** The effect that stores it. */
export function insertOf({ workflow, steps, joins, births }: Launch): InsertWorkflow {
  return { kind: "insert-workflow", workflow, steps, joins, jobs: births.map(({ job }) => job) };
}

function sizeOfLaunch({ steps, joins, births }: Launch): ReturnType<typeof sizeOf> {
  const waiting = steps.reduce((sum, { ready }) => sum + (ready?.length ?? 0), 0);
  const rows = sizeOf(steps.length + joins.length, waiting);
  const jobs = sizeOfJobs(births.map(({ job }) => job));
  return { weight: rows.weight + jobs.weight, bytes: rows.bytes + jobs.bytes };
}

function viewsOf({ steps, births }: Launch): readonly StepView[] {
  const jobs = new Map(births.map(({ job }) => [job.id, job]));
  return steps.map((step: StepRecord) => {
    const job = jobs.get(step.jobId);
    const nothing = { result: null, leftOut: null };
    return job === undefined ? { step, ...nothing } : { step, job, ...nothing };
  });
}

/**
 * The id is taken: fine if this very request has made the workflow.
 *
 * @throws OjsError `duplicate` when another one has.
 */
export function requireReplay({ id, digest }: WorkflowRecord, there: WorkflowRecord | undefined): void {
  if (there === undefined) throw ojsError("backend_error", "The workflow in the way was removed just now; try again.");
  if (digest !== null && there.digest === digest) return;
  throw ojsError("duplicate", `There is already another workflow with the id ${id}.`, {
    details: { field: "id", existing_workflow_id: id, existing_state: there.state },
    hint: "Choose another id, or none.",
  });
}

async function getWorkflow({ storage }: EngineContext, id: string): Promise<WorkflowDetail> {
  const [workflow, steps] = await Promise.all([
    answered(storage.workflows.get(id)),
    answered(storage.workflows.steps(id)),
  ]);
  return { workflow: found(workflow, id), steps };
}

/** One commit for the workflow and all its jobs. */
async function cancelWorkflow(context: EngineContext, id: string): Promise<WorkflowDetail> {
  requireRunning(found(await answered(context.storage.workflows.get(id)), id));
  await context.committer.decide({
    ids: [],
    decide(_jobs, { now, refused }) {
      if (refused !== undefined) throw endedMeanwhile(id);
      const effect = { kind: "cancel-workflow", id, change: cancellation(now).change } as const;
      return { effects: [effect], committed: () => undefined };
    },
  });
  return getWorkflow(context, id);
}

/** Reads all of it, decides, and commits if it is still as it was read: what has failed is changed by nobody else. */
async function retryWorkflow(context: EngineContext, id: string): Promise<WorkflowDetail> {
  const failed = await readFailed(context, id);
  await context.committer.decide({
    ids: [],
    decide(_jobs, { now, refused }) {
      if (refused !== undefined) throw notFailed(id, "not failed any more");
      const { births, ...rest } = resumeWorkflow(failed, { now, newId: context.newId });
      const jobs = births.map(({ job }) => job);
      return {
        effects: [{ kind: "resume-workflow", id, endedAt: failed.workflow.endedAt, ...rest, jobs }],
        committed() {
          for (const { job, events } of births) context.announcer.created(job, events);
        },
      };
    },
  });
  return getWorkflow(context, id);
}

async function readFailed({ storage }: EngineContext, id: string): Promise<FailedWorkflow> {
  const workflow = found(await answered(storage.workflows.get(id)), id);
  if (workflow.state !== "failed") throw notFailed(id, workflow.state);
  const [steps, joins] = await Promise.all([
    answered(storage.workflows.plan(id)),
    answered(storage.workflows.joins(id)),
  ]);
  const ran = steps.filter(({ ready }) => ready === null).map(({ jobId }) => jobId);
  const jobs = await answered(storage.jobs.get(ran));
  return { workflow, steps, joins, jobs: new Map(jobs.flatMap((job) => (job === undefined ? [] : [[job.id, job]]))) };
}

function notFailed(id: string, state: string): Error {
  return ojsError("conflict", `Workflow ${id} is ${state}; only a failed one can run again.`, {
    details: { workflow_id: id, current_state: state, expected_state: "failed" },
  });
}

function requireRunning({ id, state }: WorkflowRecord): void {
  if (state === "running") return;
  throw ojsError("conflict", `Workflow ${id} is ${state} already.`, {
    details: { workflow_id: id, current_state: state, expected_state: "running" },
  });
}

function endedMeanwhile(id: string): Error {
  return ojsError("conflict", `Workflow ${id} has ended just now.`, {
    details: { workflow_id: id, expected_state: "running" },
  });
}

/** @throws OjsError `not_found` when there is no such workflow. */
function found(workflow: WorkflowRecord | undefined, id: string): WorkflowRecord {
  if (workflow !== undefined) return workflow;
  throw ojsError("not_found", `There is no workflow ${id}.`, {
    details: { resource_type: "workflow", workflow_id: id },
  });
}
