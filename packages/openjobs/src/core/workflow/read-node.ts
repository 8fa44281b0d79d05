/** The parts of a workflow's request, from the outside in. */
import { ojsError } from "../errors.ts";
import { joinPath } from "../json-path.ts";
import { LIMITS } from "../limits.ts";
import { findMember, isMembers, type Members, refused, stringOf, stringsOf } from "../request-fields.ts";
import type { BatchNode, DefinitionNode, GraphNode, JobNode, ListNode, Named } from "./definition.ts";
import { checkGraph } from "./graph.ts";
import { type Inheritance, readStep } from "./read-step.ts";
import { CALLBACK_KINDS, type CallbackKind } from "./workflow.ts";

/** What the parts of one request share while it is read. */
export interface Reading {
  readonly now: number;
  readonly inherited: Inheritance;
  /** Ids that are taken, with their fields. */
  readonly ids: Map<string, string>;
  /** Jobs so far. */
  jobs: number;
}

/** Where a part is. */
interface Spot {
  readonly field: string;
  /** Its id, unless it has one. */
  readonly fallback: string;
  /** Levels of workflows around it. */
  readonly depth: number;
}

type Kind = "chain" | "group" | "batch" | "graph";

const LISTS: Readonly<Record<Kind, string>> = { chain: "steps", group: "jobs", batch: "jobs", graph: "steps" };

/** Reads a workflow, the outermost one (`depth` 1) or one inside of another. */
export function readComposite(
  members: Members,
  kind: Kind,
  spot: Spot,
  reading: Reading,
): BatchNode | GraphNode | ListNode {
  if (spot.depth > LIMITS.workflowDepth) {
    throw refused(spot.field, `is nested more than ${LIMITS.workflowDepth} workflows deep`);
  }
  const named = readNames(members, spot, reading);
  const nodes = readList(members, kind, spot, reading);
  if (kind === "batch") return { kind, ...named, nodes, callbacks: readCallbacks(members, spot, reading) };
  if (kind !== "graph") return { kind, ...named, nodes };
  return { kind, ...named, nodes: checkGraph(nodes, spot.field) };
}

function readNames(members: Members, { field, fallback, depth }: Spot, reading: Reading): Named {
  const name = findMember(members, "name", field);
  const id = findMember(members, "id", field);
  const own = depth > 1 && id.value !== null ? stringOf(id, LIMITS.nameChars) : fallback;
  if (depth > 1) takeId(own, id.field, reading);
  return { id: own, name: name.value === null ? null : stringOf(name, LIMITS.nameChars), dependsOn: null, field };
}

function takeId(id: string, field: string, { ids }: Reading): void {
  const taken = ids.get(id);
  if (taken === undefined) ids.set(id, field);
  else throw refused(field, `must be unique in the workflow, but ${taken} is ${JSON.stringify(id)} too`);
}

function readList(members: Members, kind: Kind, spot: Spot, reading: Reading): readonly DefinitionNode[] {
  const { value, field } = findMember(members, LISTS[kind], spot.field);
  if (!Array.isArray(value) || value.length === 0) throw refused(field, "must be a non-empty array of jobs");
  if (value.length > LIMITS.workflowSteps) throw tooMany(field);
  const single = kind === "group" || kind === "batch" ? "job" : "step";
  const prefix = spot.depth === 1 ? "" : `${spot.fallback}.`;
  return value.map((item: unknown, index) =>
    readNode(
      item,
      kind,
      { field: joinPath(field, index), fallback: `${prefix}${single}-${index}`, depth: spot.depth + 1 },
      reading,
    ),
  );
}

function readNode(item: unknown, parent: Kind, spot: Spot, reading: Reading): DefinitionNode {
  if (!isMembers(item)) throw refused(spot.field, "must be a JSON object that describes a job or a workflow");
  const kind = nestedKind(item);
  const node = kind === undefined ? readJob(item, spot, reading, parent) : readComposite(item, kind, spot, reading);
  const dependsOn = findMember(item, "depends_on", spot.field);
  const ids = dependsOn.value === null ? [] : stringsOf(dependsOn, LIMITS.workflowSteps, LIMITS.nameChars);
  if (parent === "graph") return { ...node, dependsOn: [...new Set(ids)] };
  if (ids.length === 0) return node;
  throw refused(dependsOn.field, `has no place in a ${parent}`, "Leave out the workflow's type to describe a graph.");
}

/** A job may be called `group`; what has no args and lists jobs is a group. */
function nestedKind(item: Members): Exclude<Kind, "graph"> | undefined {
  const { type, args, steps, jobs } = item;
  if (type !== "chain" && type !== "group" && type !== "batch") return undefined;
  return (args ?? null) === null || Array.isArray(steps) || Array.isArray(jobs) ? type : undefined;
}

/** Only in a graph an id can make a callback. */
function readJob(item: Members, spot: Spot, reading: Reading, parent: Kind): JobNode {
  reading.jobs += 1;
  if (reading.jobs > LIMITS.workflowSteps) throw tooMany(spot.field);
  const named = readNames(item, spot, reading);
  const callback = parent === "graph" ? callbackOf(item, named.id) : null;
  return { kind: "job", ...named, ...readStep(item, spot.field, reading.inherited, reading.now), callback };
}

/** The ids of the Rust, Go and Python SDKs, or what Python says besides (sdk-wire-contract §0.5, §5). */
function callbackOf({ options }: Members, id: string): CallbackKind | null {
  const said = isMembers(options) ? options.callback_type : undefined;
  const names = [id, said].map((name) => String(name ?? "").replaceAll("-", "_"));
  return CALLBACK_KINDS.find((kind) => names.includes(kind) || names[1] === kind.slice(3)) ?? null;
}

function readCallbacks(members: Members, spot: Spot, reading: Reading): readonly JobNode[] {
  const { value, field } = findMember(members, "callbacks", spot.field);
  const known = CALLBACK_KINDS.join(", ");
  if (!isMembers(value)) throw refused(field, `must be an object with at least one of ${known}`, GROUP_HINT);
  const strange = Object.keys(value).find((name) => !(CALLBACK_KINDS as readonly string[]).includes(name));
  if (strange !== undefined) throw refused(joinPath(field, strange), `is no callback; there are ${known}`);
  const prefix = spot.depth === 1 ? "" : `${spot.fallback}.`;
  const callbacks = CALLBACK_KINDS.flatMap((kind) => {
    const found = findMember(value, kind, field);
    if (found.value === null) return [];
    if (!isMembers(found.value)) throw refused(found.field, "must be a JSON object that describes a job");
    const at = { field: found.field, fallback: `${prefix}${kind}`, depth: spot.depth + 1 };
    return [{ ...readJob(found.value, at, reading, "batch"), callback: kind }];
  });
  if (callbacks.length === 0) throw refused(field, `must have at least one of ${known}`, GROUP_HINT);
  return callbacks;
}

const GROUP_HINT = "A batch without callbacks is a group.";

function tooMany(field: string): Error {
  return ojsError("payload_too_large", `A workflow holds at most ${LIMITS.workflowSteps} jobs.`, {
    details: { field, max: LIMITS.workflowSteps },
    hint: "Split the workflow.",
  });
}
