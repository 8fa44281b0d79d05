/** What a driver could get wrong about workflows. */
import type { JobRecord } from "../../src/core/job.ts";
import type { Effect, Group, GroupOutcome, Storage, Unit } from "../../src/storage/storage.ts";
import type { Arrive } from "../../src/storage/workflows.ts";
import { wrapStorage } from "../support/storage-wrapper.ts";

type WorkflowFault = (inner: Storage) => Storage;

const NOTHING = { completions: [], beats: [], units: [], claims: [] } as const;

function faulty(commit: (group: Group, inner: Storage) => Promise<GroupOutcome>): WorkflowFault {
  return (inner) => wrapStorage(inner, { commit: (group) => commit(group, inner) });
}

function otherEffects(change: (effect: Effect) => readonly Effect[]): WorkflowFault {
  return faulty((group, inner) =>
    inner.commit({ ...group, units: group.units.map(({ effects }) => ({ effects: effects.flatMap(change) })) }),
  );
}

/** Nobody tells workflows of the ends of their members. */
const deafToEnds: WorkflowFault = otherEffects((effect) => (effect.kind === "arrive" ? [] : [effect]));

/** Every end is a success. */
const blindToFailure: WorkflowFault = otherEffects((effect) =>
  effect.kind === "arrive" ? [{ ...effect, outcome: "completed" }] : [effect],
);

/** Workflows hear of ends in a commit of its own, behind the claims. */
const lateArrivals: WorkflowFault = faulty(async (group, inner) => {
  const isArrival = (effect: Effect): boolean => effect.kind === "arrive";
  const without = group.units.map(({ effects }): Unit => ({ effects: effects.filter((effect) => !isArrival(effect)) }));
  const outcome = await inner.commit({ ...group, units: without });
  const arrivals = group.units.filter((_, index) => outcome.units[index]?.ok === true);
  const units = arrivals.map(({ effects }): Unit => ({ effects: effects.filter(isArrival) }));
  const { workflows } = await inner.commit({ ...NOTHING, now: group.now, units });
  return workflows === undefined ? outcome : { ...outcome, workflows };
});

/** A step that arrives again is counted again: at the cost of another one that has not ended. */
const countsAgain: WorkflowFault = faulty(async (group, inner) => {
  const seen = new Set<string>();
  const count = async (effect: Effect): Promise<Effect> => {
    if (effect.kind !== "arrive") return effect;
    const plan = await inner.workflows.plan(effect.workflowId);
    const key = `${effect.workflowId}#${effect.step}`;
    const again = seen.has(key) || plan[effect.step]?.state !== "released";
    seen.add(key);
    const other = plan.find(({ state, number }) => state === "released" && number !== effect.step);
    return again && other !== undefined ? ({ ...effect, step: other.number } satisfies Arrive) : effect;
  };
  const units: Unit[] = [];
  for (const { effects } of group.units) units.push({ effects: await Promise.all(effects.map(count)) });
  return inner.commit({ ...group, units });
});

/** Cancelling a workflow leaves its jobs as they are. */
const halfCancel: WorkflowFault = otherEffects((effect) =>
  effect.kind === "cancel-workflow" ? [{ ...effect, change: {} }] : [effect],
);

/** Jobs whose end others wait for are completed like any others, and those wait for ever. */
export function plainEnds(isWaitedFor: (job: JobRecord) => boolean): WorkflowFault {
  return faulty(async (group, inner) => {
    const outcome = await inner.commit(group);
    const jobs = await inner.jobs.get(group.completions.map(({ id }) => id));
    const units = jobs.flatMap((before): Unit[] =>
      before?.state === "active" && isWaitedFor(before)
        ? [{ effects: [{ kind: "update", before, change: { state: "completed" } }] }]
        : [],
    );
    await inner.commit({ ...NOTHING, now: group.now, units });
    return outcome;
  });
}

const plainMembers: WorkflowFault = plainEnds(({ workflowId }) => workflowId !== null);

/** Retention takes members for jobs like others. */
const hungryPrune: WorkflowFault = (inner) =>
  wrapStorage(inner, {
    upkeep: {
      ...inner.upkeep,
      prune: async (request) => {
        const pruned = await inner.upkeep.prune(request);
        const { jobs } =
          request.kind === "deadLetters" ? { jobs: [] } : await inner.jobs.walk({ state: request.kind }, 100);
        const members = jobs.filter(({ workflowId }) => workflowId !== null);
        const units = members.map((before): Unit => ({ effects: [{ kind: "remove", before }] }));
        await inner.commit({ ...NOTHING, now: request.endedBy, units });
        return { ...pruned, removed: pruned.removed + members.length };
      },
    },
  });

export const WORKFLOW_FAULTS = {
  deafToEnds,
  blindToFailure,
  lateArrivals,
  countsAgain,
  halfCancel,
  plainMembers,
  hungryPrune,
} satisfies Record<string, WorkflowFault>;
