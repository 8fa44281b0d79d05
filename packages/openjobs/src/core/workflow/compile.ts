/**
 * From the description of a workflow to steps and joins (docs/adr/013-joins-count-down.md). Every node has one slot at each
 * join that it is a target of: exactly one arrival, whatever happens inside of it.
 */
import { LIMITS } from "../limits.ts";
import { Assembly, arrivals, IDLE, merged, type Origin, type Surroundings } from "./assembly.ts";
import { compileBatch } from "./compile-batch.ts";
import { compileGraph } from "./compile-graph.ts";
import type { DefinitionNode, JobNode, ListNode, NewWorkflow } from "./definition.ts";
import type { ReadyJob } from "./release.ts";
import type { JoinRecord, NestedNode, Parents, Place, StepRange, StepRecord } from "./workflow.ts";

/** A compiled workflow. */
export interface CompiledWorkflow {
  /** All of them wait; their jobs are in `ready`, index by index. */
  readonly steps: readonly StepRecord[];
  readonly ready: readonly ReadyJob[];
  readonly joins: readonly JoinRecord[];
  readonly nested: readonly NestedNode[];
  /** Steps that are released with the creation. */
  readonly start: readonly StepRange[];
  /** Steps without callbacks. */
  readonly total: number;
}

/** Compiles a checked request. */
export function compileWorkflow({ id, root }: NewWorkflow, origin: Omit<Origin, "workflowId">): CompiledWorkflow {
  const assembly = new Assembly({ workflowId: id, ...origin });
  const end = assembly.join({ ...IDLE, end: "completed" }, { ...IDLE, end: "failed" });
  const start = compileNode(root, { place: [], targets: [end], parents: null }, assembly);
  const { steps, ready, joins, nested } = assembly;
  return { steps, ready, joins, nested, start, total: steps.filter(({ callback }) => callback === null).length };
}

function compileNode(node: DefinitionNode, around: Surroundings, assembly: Assembly): readonly StepRange[] {
  if (node.kind === "job") {
    for (const target of around.targets) assembly.expect(target);
    return [assembly.step(node, around)];
  }
  if (around.place.length > 0) assembly.nested.push(nestedNode(node, around.place));
  switch (node.kind) {
    case "chain":
      return compileChain(node, around, assembly);
    case "group":
      return compileGroup(node, around, assembly);
    case "batch":
      return compileBatch(node, around, assembly, compileNode);
    case "graph":
      return compileGraph(node, around, assembly, compileNode);
  }
}

function compileGroup({ nodes }: ListNode, around: Surroundings, assembly: Assembly): readonly StepRange[] {
  const targets = [assembly.joinBefore(around.targets)];
  const start = nodes.flatMap((node, index) =>
    compileNode(node, { ...around, place: [...around.place, index], targets }, assembly),
  );
  return merged(start);
}

/** The end of each node but the last one releases the next; a failure skips all that are left. */
function compileChain({ nodes }: ListNode, around: Surroundings, assembly: Assembly): readonly StepRange[] {
  const { place, targets } = around;
  const firsts: number[] = [];
  const links: number[] = [];
  let start: readonly StepRange[] = [];
  nodes.forEach((node, index) => {
    firsts.push(assembly.steps.length);
    const parents = index === 0 ? around.parents : chainParents(firsts, place.length);
    const link = index === nodes.length - 1 ? undefined : assembly.join();
    const ends = link === undefined ? targets : [link];
    const begin = compileNode(node, { place: [...place, index], targets: ends, parents }, assembly);
    const before = links[index - 1];
    if (before === undefined) start = begin;
    else assembly.program(before, "ok", { release: begin });
    if (link !== undefined) links.push(link);
  });
  const end = assembly.steps.length;
  links.forEach((link, index) => {
    assembly.program(link, "bad", { skip: [[firsts[index + 1] ?? end, end]], arrive: arrivals(targets, "bad") });
  });
  return start;
}

/** @param firsts The first step of every node so far, the last one being the one that asks. */
function chainParents(firsts: readonly number[], depth: number): Parents {
  const skipped = Math.max(0, firsts.length - 1 - LIMITS.chainResults);
  return { from: firsts[skipped] ?? 0, to: firsts.at(-1) ?? 0, depth, skipped };
}

function nestedNode(node: Exclude<DefinitionNode, JobNode>, place: Place): NestedNode {
  const { kind, id, name, dependsOn } = node;
  return { place, type: kind, id, name, ...(dependsOn === null ? {} : { dependsOn }) };
}
