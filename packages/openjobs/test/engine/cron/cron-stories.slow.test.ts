import { it } from "vitest";
import { memory } from "../../../src/storage/memory/index.ts";
import { sqlite } from "../../../src/storage/sqlite/index.ts";
import { tellCronStories } from "../../suites/engine/cron-stories.ts";
import type { OpenStorage } from "../../suites/storage/bench.ts";

/** `CRON_SEED=7` tells other stories. */
const SEED = Number(process.env.CRON_SEED ?? 20_260_102);

const drivers: readonly (readonly [name: string, open: OpenStorage])[] = [
  [
    "memory",
    async () => {
      const storage = memory();
      await storage.open();
      return { storage };
    },
  ],
  [
    "sqlite",
    async () => {
      const storage = sqlite(":memory:");
      await storage.open();
      return { storage };
    },
  ],
];

it.each(drivers)("fires every slot at most once in 1,000 stories on %s", async (_, open) => {
  await tellCronStories(open, { seed: SEED, numRuns: 1_000 });
});
