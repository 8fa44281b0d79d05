/** Interleaved producers, workers, operators and crashes: the promises of design 4 hold in every story. */
import fc from "fast-check";
import type { OpenStorage } from "../storage/bench.ts";
import { type EngineBehaviour, EngineBench } from "./bench.ts";
import { ModelRun } from "./model-run.ts";
import { type Moment, moments } from "./model-steps.ts";

const SEED = 20_260_101;
const RUNS = 200;

export const modelBehaviours: readonly EngineBehaviour[] = [
  {
    name: `keeps its promises in ${RUNS} stories of work, operation and crashes`,
    timeoutMs: 60_000,
    // A failure is shrunk for as long as the test may take, and no longer.
    run: ({ open }) => tellStories(open, { interruptAfterTimeLimit: 50_000, markInterruptAsFailure: true }),
  },
];

type StoryParameters = Pick<
  fc.Parameters<[readonly Moment[]]>,
  "endOnFailure" | "interruptAfterTimeLimit" | "markInterruptAsFailure"
>;

/** Rejects with the shortest story in which a promise was broken. */
export async function tellStories(open: OpenStorage, parameters: StoryParameters = {}): Promise<void> {
  const property = fc.asyncProperty(moments, async (story) => {
    const bench = new EngineBench(await open(), open);
    try {
      await new ModelRun(bench).play(story);
    } finally {
      await bench.end();
    }
  });
  await fc.assert(property, { seed: SEED, numRuns: RUNS, ...parameters });
}
