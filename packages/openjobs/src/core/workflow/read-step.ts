/** One job of a workflow's request, with what it inherits from the workflow. */
import { OPTION_NAMES } from "../attribute-names.ts";
import { type NewJob, readJobRequest } from "../job-request.ts";
import { isMembers, type Members, refused } from "../request-fields.ts";
import type { JobNode } from "./definition.ts";
import type { RelativeTime } from "./release.ts";

/** What all steps of a workflow have in common. */
export interface Inheritance {
  readonly workflowId: string;
  /** The workflow's `options`: where neither the step's options nor the step itself say otherwise. */
  readonly options: Members;
  readonly meta: Members;
}

/** A step's job in its normal form. */
export type ReadStep = Pick<JobNode, "request" | "relative">;

/** The tenant's boundary is a hard one (ojs-multi-tenancy §15.2). */
const TENANT = "tenant_id";

/**
 * Reads the job of a step.
 *
 * @throws OjsError as for any job, naming the field.
 */
export function readStep(step: Members, field: string, inherited: Inheritance, now: number): ReadStep {
  const body = jobBody(step, field, inherited);
  const request = readJobRequest(body, { now, field });
  return { request: storable(request), relative: relativeTimes(body, request, now) };
}

/** Id, name and dependencies are the step's, everything else is its job's. */
function jobBody(step: Members, field: string, { workflowId, options, meta }: Inheritance): Members {
  const { id: _id, name: _name, depends_on: _dependsOn, ...job } = step;
  const known = Object.entries(options).filter(([name]) => isOptionName(name));
  const unknown = Object.entries(options).filter(([name]) => !isOptionName(name));
  const merged = { ...Object.fromEntries(unknown), ...optionsOf(job) };
  return {
    ...Object.fromEntries(known),
    ...job,
    options: isUnusable(job.options) ? job.options : merged,
    meta: isUnusable(job.meta) ? job.meta : inheritMeta(job.meta, field, workflowId, meta),
  };
}

/** How Python marks a callback; not an option of a job. */
function optionsOf({ options }: Members): Members {
  const { callback_type: _callbackType, ...rest } = isMembers(options) ? options : {};
  return rest;
}

/** Left as it is, for the reader of jobs to refuse. */
function isUnusable(value: unknown): boolean {
  return value !== undefined && value !== null && !isMembers(value);
}

/** `workflow_id` stands in the meta because the Rust SDK looks for it there; the origin of the trace is DT-010. */
function inheritMeta(own: unknown, field: string, workflowId: string, meta: Members): Members {
  const given: Members = isMembers(own) ? own : {};
  if (Object.hasOwn(meta, TENANT) && Object.hasOwn(given, TENANT) && given[TENANT] !== meta[TENANT]) {
    throw refused(`${field}.meta.${TENANT}`, "must be the tenant of the workflow", "Leave it out.");
  }
  const { traceparent } = meta;
  const origin = traceparent === undefined ? {} : { "ojs.workflow.trace_origin": traceparent };
  return { ...meta, ...origin, ...given, workflow_id: workflowId };
}

function isOptionName(name: string): boolean {
  return (OPTION_NAMES as readonly string[]).includes(name);
}

function storable({ id: _id, source: _source, ...request }: NewJob): JobNode["request"] {
  return request;
}

/** A time that moves when the clock moves is relative, however it was written. */
function relativeTimes(body: Members, request: NewJob, now: number): readonly RelativeTime[] {
  if (request.scheduledAt === null && request.expiresAt === null) return [];
  const later = readJobRequest(body, { now: now + 1 });
  return (["scheduledAt", "expiresAt"] as const).filter((name) => later[name] !== request[name]);
}
