import { defineConfig } from "vitest/config";
import fast from "./vitest.config.ts";

const STORIES = "packages/*/test/**/*-stories.slow.test.ts";

/** Files of `npm test` that draw more here (packages/openjobs/test/support/runs.ts). */
const DRAWN = [
  "core/codec/job-receipt",
  "core/lifecycle/sequences",
  "core/request-properties",
  "engine/cron/schedule",
  "server/fuzz",
].map((name) => `packages/openjobs/test/${name}.test.ts`);

const EXCLUDED = ["**/node_modules/**", "**/dist/**", "**/dist-*/**"];

/** `npm run test:slow`: kill −9 rounds, thousands of stories and the like, run by CI and before a release. */
export default defineConfig({
  ...fast,
  test: {
    ...fast.test,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "stories",
          include: [STORIES, ...DRAWN],
          exclude: EXCLUDED,
          globalSetup: ["scripts/postgres-for-tests.mjs"],
          env: { OPENJOBS_RUNS: "full" },
        },
      },
      {
        extends: true,
        test: {
          name: "slow",
          include: ["packages/*/test/**/*.slow.test.ts", "demo/**/*.slow.test.ts", "scripts/**/*.slow.test.ts"],
          exclude: [...EXCLUDED, STORIES],
          globalSetup: ["scripts/build-before-tests.mjs", "scripts/postgres-for-tests.mjs"],
          // One file at a time: these tests measure recovery, and fight over two cores otherwise.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
