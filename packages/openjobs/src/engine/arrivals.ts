/**
 * Ends of members on their way to the storage (docs/adr/013-joins-count-down.md). Every change that was decided passes here,
 * so no operation has to know about workflows, and none can forget them.
 */
import { type Arrival, arrivalOf, arrivalOfRemoval } from "../core/workflow/arrival.ts";
import type { Effect } from "../storage/storage.ts";

/** The same effects, and behind each that ends a member of a workflow what its workflow has to hear. */
export function withArrivals(effects: readonly Effect[]): readonly Effect[] {
  if (!effects.some(concernsMember)) return effects;
  return effects.flatMap((effect): readonly Effect[] => {
    const arrival = arrivalIn(effect);
    return arrival === undefined ? [effect] : [effect, { kind: "arrive", ...arrival }];
  });
}

function concernsMember(effect: Effect): boolean {
  return (effect.kind === "update" || effect.kind === "remove") && effect.before.workflowId !== null;
}

function arrivalIn(effect: Effect): Arrival | undefined {
  if (effect.kind === "update") return arrivalOf(effect.before, effect.change);
  return effect.kind === "remove" ? arrivalOfRemoval(effect.before) : undefined;
}
