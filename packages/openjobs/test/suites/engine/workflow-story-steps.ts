/** What workers, owners and accidents do to a workflow: plain values that fast-check can shrink. */
import fc from "fast-check";
import { anyWorkflow, type WireComposite, type WireGraph } from "../../support/workflow-reference.ts";
import type { Passage } from "./servers.ts";
import { anyCrash, anyPace } from "./stories.ts";

/** Two servers work on one store. */
export const SERVERS = 2;

/** How somebody may want a job to end. */
export type Ending = "ack" | "nack" | "cancel";

/** One who wants it, through one of the servers. */
export interface Rival {
  readonly ending: Ending;
  readonly server: number;
}

/** One thing that happens. Numbers pick from the jobs that workers have heard of. */
export type WorkflowStep =
  | { readonly kind: "fetch"; readonly count: number; readonly server: number }
  /** All of them at once; one rival is none. */
  | { readonly kind: "end"; readonly pick: number; readonly rivals: readonly Rival[] }
  /** The owner cancels the workflow, or wants it to run again after it has failed. */
  | { readonly kind: "stop" | "again"; readonly server: number };

/** What happens between two moments of rest. */
export interface WorkflowMoment extends Passage {
  /** All at once, in this order. */
  readonly steps: readonly WorkflowStep[];
}

/** One workflow and its fate. */
export interface WorkflowStory {
  readonly body: WireComposite | WireGraph;
  readonly moments: readonly WorkflowMoment[];
  readonly pace: number;
}

const server = fc.nat({ max: SERVERS - 1 });
const pick = fc.nat({ max: 20 });

const rival: fc.Arbitrary<Rival> = fc.record({
  ending: fc.constantFrom<Ending>("ack", "ack", "ack", "nack", "cancel"),
  server,
});

const step: fc.Arbitrary<WorkflowStep> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("fetch" as const), count: fc.integer({ min: 1, max: 3 }), server }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      pick,
      rivals: fc.oneof(
        { weight: 2, arbitrary: fc.tuple(rival) },
        { weight: 1, arbitrary: fc.array(rival, { minLength: 2, maxLength: 4 }) },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("stop" as const, "again", "again"), server }) },
);

const moment: fc.Arbitrary<WorkflowMoment> = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 6 }),
  advanceMs: fc.constantFrom(0, 0, 0, 1, 11_000),
  hurried: fc.boolean(),
  crash: anyCrash(SERVERS),
});

export const workflowStories: fc.Arbitrary<WorkflowStory> = fc.record({
  body: anyWorkflow,
  moments: fc.array(moment, { minLength: 1, maxLength: 8 }),
  pace: anyPace,
});
