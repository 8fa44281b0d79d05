/** Batches: what their callbacks wait for, and what becomes of those that are not wanted (ojs-workflows §6.4, §6.5). */
import { type Assembly, arrivals, type CompileNode, merged, type Outcome, type Surroundings } from "./assembly.ts";
import type { BatchNode, JobNode } from "./definition.ts";
import type { StepRange } from "./workflow.ts";

/** Adds members and callbacks; answers the members that start it. */
export function compileBatch(
  node: BatchNode,
  around: Surroundings,
  assembly: Assembly,
  compileNode: CompileNode,
): readonly StepRange[] {
  const { place, targets } = around;
  const members = assembly.join();
  const from = assembly.steps.length;
  const start = node.nodes.flatMap((member, index) =>
    compileNode(member, { ...around, place: [...place, index], targets: [members] }, assembly),
  );
  const parents = { from, to: assembly.steps.length, depth: place.length, skipped: 0 };
  const slots = Math.max(wantedAt(node, "ok").length, wantedAt(node, "bad").length);
  // Two callbacks arrive at a join of their own, so that the batch as a whole arrives once.
  const ends = slots > 1 ? [assembly.joinBefore(targets)] : targets;
  for (const end of ends) for (let slot = 0; slot < slots; slot += 1) assembly.expect(end);
  const ranges = new Map<JobNode, StepRange>();
  for (const callback of node.callbacks) {
    const spot = { place: [...place, callback.callback ?? "on_complete"], targets: ends, parents } as const;
    ranges.set(callback, assembly.step(callback, spot));
  }
  for (const outcome of ["ok", "bad"] as const) {
    const wanted = wantedAt(node, outcome);
    const idle = node.callbacks.filter((callback) => !wanted.includes(callback));
    // What no callback arrives for arrives by itself. A failure that no callback takes stays one.
    const left = wanted.length === 0 ? outcome : "ok";
    assembly.program(members, outcome, {
      release: rangesOf(wanted, ranges),
      skip: rangesOf(idle, ranges),
      arrive: Array.from({ length: slots - wanted.length }, () => arrivals(ends, left)).flat(),
    });
  }
  return merged(start);
}

function wantedAt({ callbacks }: BatchNode, outcome: Outcome): readonly JobNode[] {
  const other = outcome === "ok" ? "on_failure" : "on_success";
  return callbacks.filter(({ callback }) => callback !== other);
}

function rangesOf(callbacks: readonly JobNode[], ranges: ReadonlyMap<JobNode, StepRange>): readonly StepRange[] {
  return merged(callbacks.flatMap((callback) => [ranges.get(callback) ?? [0, 0]]));
}
