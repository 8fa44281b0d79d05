/** Interleaved producers, workers, operators and crashes: the promises of design 4 hold in every story. */
import fc from "fast-check";
import { type EngineBehaviour, EngineBench } from "./bench.ts";
import { ModelRun } from "./model-run.ts";
import { moments } from "./model-steps.ts";

const SEED = 20_260_101;
const RUNS = 200;

export const modelBehaviours: readonly EngineBehaviour[] = [
  {
    name: `keeps its promises in ${RUNS} stories of work, operation and crashes`,
    async run({ open }) {
      await fc.assert(
        fc.asyncProperty(moments, async (story) => {
          const bench = new EngineBench(await open(), open);
          try {
            await new ModelRun(bench).play(story);
          } finally {
            await bench.end();
          }
        }),
        { seed: SEED, numRuns: RUNS },
      );
    },
  },
];
