/** Interleaved producers, workers, operators and crashes: the promises of design 4 hold in every story. */
import fc from "fast-check";
import { runsOf, STORIES_TIMEOUT_MS, telling } from "../../support/runs.ts";
import type { OpenStorage } from "../storage/bench.ts";
import { type EngineBehaviour, EngineBench } from "./bench.ts";
import { ModelRun } from "./model-run.ts";
import { type Moment, moments } from "./model-steps.ts";

const SEED = 20_260_101;

export const modelBehaviours: readonly EngineBehaviour[] = [
  {
    name: `keeps its promises in ${runsOf("engine stories")} stories of work, operation and crashes`,
    timeoutMs: STORIES_TIMEOUT_MS,
    random: true,
    run: ({ open }) => tellStories(open),
  },
];

type StoryParameters = Pick<fc.Parameters<[readonly Moment[]]>, "endOnFailure" | "numRuns">;

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
  await fc.assert(property, { ...telling("engine stories", SEED), ...parameters });
}
