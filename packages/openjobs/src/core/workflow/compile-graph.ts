/** Graphs: a join before each node that depends on others (ojs-http-binding §14). */
import { type Assembly, arrivals, type CompileNode, merged, type Outcome, type Surroundings } from "./assembly.ts";
import type { DefinitionNode, GraphNode } from "./definition.ts";
import { callbackIn, dependentsOf, depsOf } from "./graph.ts";
import type { CallbackKind, JoinProgram, StepRange } from "./workflow.ts";

/** A node with its steps and the join that it waits for. */
interface Gated {
  readonly node: DefinitionNode;
  readonly span: StepRange;
  /** Undefined = it starts at once. */
  readonly gate: number | undefined;
}

/** Adds all nodes; answers the steps of those that depend on nothing. */
export function compileGraph(
  { nodes }: GraphNode,
  around: Surroundings,
  assembly: Assembly,
  compileNode: CompileNode,
): readonly StepRange[] {
  const end = assembly.joinBefore(around.targets);
  const gated = gatesOf(nodes, assembly);
  const dependents = dependentsOf(nodes);
  const isTaken = nodes.some((node) => runsAfterFailure(callbackIn(node)));
  const start = nodes.flatMap((node, index) => {
    const next = (dependents.get(node.id) ?? []).flatMap(({ id }) => gated.get(id)?.gate ?? []);
    const targets = next.length === 0 ? [end] : next;
    const results = depsOf(node).flatMap((id) => stepsIn(gated.get(id)?.span));
    const parents = results.length === 0 ? around.parents : { steps: results };
    const begin = compileNode(node, { place: [...around.place, index], targets, parents }, assembly);
    const { span = [0, 0], gate } = gated.get(node.id) ?? {};
    if (gate === undefined) return begin;
    const { ok, bad } = programsOf(callbackIn(node), { begin, span, targets, isTaken });
    assembly.program(gate, "ok", ok);
    assembly.program(gate, "bad", bad);
    return [];
  });
  return merged(start);
}

/** What the gate of a node does. A callback that is not wanted is no failure, unless no other callback takes the failure. */
function programsOf(
  callback: CallbackKind | null,
  node: {
    readonly begin: readonly StepRange[];
    readonly span: StepRange;
    readonly targets: readonly number[];
    readonly isTaken: boolean;
  },
): Readonly<Record<Outcome, Partial<JoinProgram>>> {
  const run = { release: node.begin };
  const skip = (as: Outcome): Partial<JoinProgram> => ({ skip: [node.span], arrive: arrivals(node.targets, as) });
  const ok = callback === "on_failure" ? skip("ok") : run;
  if (runsAfterFailure(callback)) return { ok, bad: run };
  return { ok, bad: skip(callback !== null && node.isTaken ? "ok" : "bad") };
}

/** Steps are numbered in the order of definition, so it is known where each node's will be. */
function gatesOf(nodes: readonly DefinitionNode[], assembly: Assembly): ReadonlyMap<string, Gated> {
  let from = assembly.steps.length;
  return new Map(
    nodes.map((node) => {
      const span: StepRange = [from, from + sizeOf(node)];
      from = span[1];
      return [node.id, { node, span, gate: depsOf(node).length === 0 ? undefined : assembly.join() }];
    }),
  );
}

function runsAfterFailure(kind: CallbackKind | null): boolean {
  return kind === "on_complete" || kind === "on_failure";
}

function sizeOf(node: DefinitionNode): number {
  if (node.kind === "job") return 1;
  const members = node.nodes.reduce((sum, member) => sum + sizeOf(member), 0);
  return node.kind === "batch" ? members + node.callbacks.length : members;
}

function stepsIn([from, to]: StepRange = [0, 0]): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
