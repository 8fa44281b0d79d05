/** Requests for workflows, in all forms: typed (ojs-workflows §4 to §6, §10) and graphs (ojs-http-binding §14). */
import { OjsError, retold } from "../errors.ts";
import { checkDepth, stringifyJson } from "../json.ts";
import { LIMITS } from "../limits.ts";
import { findMember, isMembers, type Members, refused } from "../request-fields.ts";
import type { NewWorkflow } from "./definition.ts";
import { simplest } from "./graph.ts";
import { readComposite } from "./read-node.ts";
import { WORKFLOW_TYPES, type WorkflowType } from "./workflow.ts";

/** Ids become parts of paths and of indexes. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** More than jobs may have: the levels of the workflow come on top of those of its jobs. */
const DEPTH = LIMITS.depth + 2 * LIMITS.workflowDepth;

/** Circumstances of a request. */
export interface WorkflowContext {
  /** Unix milliseconds. */
  readonly now: number;
  /** A new UUIDv7. */
  readonly newId: () => string;
}

/**
 * Checks a request for a workflow, all of it, before anything happens.
 *
 * @throws OjsError `invalid_request` (400), `validation_error` for retry policies (422) or `payload_too_large` (413), each
 * with the field in `details.field` and, as ojs-workflows §11.1 has it, in `details.validation_errors`.
 */
export function readWorkflow(body: Members, context: WorkflowContext): NewWorkflow {
  try {
    return read(body, context);
  } catch (error) {
    throw error instanceof OjsError ? withPath(error) : error;
  }
}

function read(body: Members, { now, newId }: WorkflowContext): NewWorkflow {
  checkDepth(body, DEPTH, "");
  const kind = readType(body);
  const given = readId(body);
  const id = given ?? newId();
  const meta = readObject(body, "meta");
  const inherited = { workflowId: id, options: readObject(body, "options"), meta };
  const reading = { now, inherited, ids: new Map<string, string>(), jobs: 0 };
  const root = readComposite(body, kind, { field: "", fallback: id, depth: 1 }, reading);
  return {
    id,
    named: given !== undefined,
    name: root.name,
    meta: stringifyJson(meta),
    root: root.kind === "graph" ? simplest(root) : root,
    source: given === undefined ? "" : stringifyJson(body),
  };
}

function readType(body: Members): WorkflowType {
  const { value, field } = findMember(body, "type", "");
  if (value === null && Array.isArray(body.steps)) return "graph";
  const type = WORKFLOW_TYPES.find((known) => known === value);
  if (type !== undefined) return type;
  const problem = value === null ? "is missing: it" : "";
  throw refused(
    field,
    `${problem} must be one of ${WORKFLOW_TYPES.join(", ")}`.trim(),
    "A graph of steps with depends_on needs no type.",
  );
}

function readId(body: Members): string | undefined {
  const { value, field } = findMember(body, "id", "");
  if (value === null) return undefined;
  if (typeof value === "string" && ID.test(value)) return value;
  throw refused(field, "must be 1 to 128 letters, digits, '.', '_', ':' and '-', or left out");
}

function readObject(body: Members, name: string): Members {
  const { value, field } = findMember(body, name, "");
  if (value === null) return {};
  if (isMembers(value)) return value;
  throw refused(field, "must be an object");
}

function withPath(error: OjsError): OjsError {
  const { message, details } = error;
  const field = String(details?.field ?? "");
  const path = field === "" ? "$" : `$.${field}`;
  return retold(error, message, { details: { ...details, validation_errors: [{ path, message }] } });
}
