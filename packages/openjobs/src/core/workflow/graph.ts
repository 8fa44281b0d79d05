/** Graphs of `depends_on` (ojs-http-binding §14): what is wrong with them, and which are something simpler. */
import { joinPath } from "../json-path.ts";
import { refused } from "../request-fields.ts";
import type { BatchNode, DefinitionNode, GraphNode, JobNode, ListNode } from "./definition.ts";
import { CALLBACK_KINDS } from "./workflow.ts";

/**
 * Checks that all dependencies are there and nothing waits for itself, and finds out which steps are callbacks.
 *
 * @throws OjsError `invalid_request` that names the step, and the circle if there is one.
 */
export function checkGraph(nodes: readonly DefinitionNode[], field: string): readonly DefinitionNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const node of nodes) {
    depsOf(node).forEach((id, index) => {
      if (byId.has(id)) return;
      const where = joinPath(joinPath(node.field, "depends_on"), index);
      throw refused(where, `names ${JSON.stringify(id)}, but there is no step with this id`);
    });
  }
  refuseCircles(nodes, byId, field);
  return markCallbacks(nodes);
}

/** The chain, group or batch that a graph is if it is one; the graph itself otherwise. */
export function simplest(graph: GraphNode): BatchNode | GraphNode | ListNode {
  const { nodes } = graph;
  const isChain = nodes.every((node, index) => {
    const before = nodes[index - 1];
    const [only, ...more] = depsOf(node);
    return more.length === 0 && only === before?.id && callbackIn(node) === null;
  });
  if (isChain) return { ...graph, kind: "chain" };
  const members = nodes.filter((node) => callbackIn(node) === null);
  if (members.some((node) => depsOf(node).length > 0)) return graph;
  if (members.length === nodes.length) return { ...graph, kind: "group" };
  const callbacks = CALLBACK_KINDS.flatMap((kind) =>
    nodes.filter((node): node is JobNode => callbackIn(node) === kind),
  );
  const isBatch = callbacks.every((node) => depsOf(node).length === members.length) && isEachOnce(callbacks);
  return isBatch ? { ...graph, kind: "batch", nodes: members, callbacks } : graph;
}

/** Ids that a node of a graph waits for. */
export function depsOf({ dependsOn }: DefinitionNode): readonly string[] {
  return dependsOn ?? [];
}

/** Which callback a node of a graph is. */
export function callbackIn(node: DefinitionNode): JobNode["callback"] {
  return node.kind === "job" ? node.callback : null;
}

function isEachOnce(callbacks: readonly JobNode[]): boolean {
  return new Set(callbacks.map(({ callback }) => callback)).size === callbacks.length;
}

/** A callback waits for every step that waits for nothing, and nothing waits for it; else its name is only a name. */
function markCallbacks(nodes: readonly DefinitionNode[]): readonly DefinitionNode[] {
  const roots = nodes.filter((node) => depsOf(node).length === 0);
  const waitedFor = new Set(nodes.flatMap(depsOf));
  return nodes.map((node) => {
    if (node.kind !== "job" || node.callback === null) return node;
    const deps = new Set(depsOf(node));
    const covers = deps.size > 0 && !waitedFor.has(node.id) && roots.every(({ id }) => deps.has(id));
    return covers ? node : { ...node, callback: null };
  });
}

/** Takes away what waits for nothing that is left, until nothing is left or everything left is in or behind a circle. */
function refuseCircles(
  nodes: readonly DefinitionNode[],
  byId: ReadonlyMap<string, DefinitionNode>,
  field: string,
): void {
  const open = new Map(nodes.map((node) => [node.id, depsOf(node).length]));
  const dependents = dependentsOf(nodes);
  const ready = nodes.filter((node) => depsOf(node).length === 0).map(({ id }) => id);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    open.delete(id);
    for (const { id: next } of dependents.get(id) ?? []) {
      const left = (open.get(next) ?? 0) - 1;
      open.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  const [first] = open.keys();
  if (first === undefined) return;
  const circle = circleFrom(first, byId, open);
  throw refused(joinPath(field, "steps"), `wait for each other in a circle: ${circle.join(" → ")}`);
}

/** Every step that is left waits for another one that is left, so this walk comes back to a step. */
function circleFrom(
  first: string,
  byId: ReadonlyMap<string, DefinitionNode>,
  open: ReadonlyMap<string, number>,
): readonly string[] {
  const walk = new Map<string, number>();
  let id = first;
  while (!walk.has(id)) {
    walk.set(id, walk.size);
    const node = byId.get(id);
    id = (node === undefined ? [] : depsOf(node)).find((dependency) => open.has(dependency)) ?? first;
  }
  const circle = [...walk.keys()].slice(walk.get(id));
  return [...circle.slice(0, SHOWN), ...(circle.length > SHOWN ? ["…"] : []), id];
}

/** Steps of a circle that an error names. */
const SHOWN = 20;

/** The nodes that wait for each id. */
export function dependentsOf(nodes: readonly DefinitionNode[]): ReadonlyMap<string, readonly DefinitionNode[]> {
  const dependents = new Map<string, DefinitionNode[]>();
  for (const node of nodes) {
    for (const id of depsOf(node)) {
      const list = dependents.get(id);
      if (list === undefined) dependents.set(id, [node]);
      else list.push(node);
    }
  }
  return dependents;
}
