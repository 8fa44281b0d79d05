import { defineConfig } from "vitest/config";
import fast from "./vitest.config.ts";

/** `npm run test:slow`: kill −9 rounds, long fuzzing and the like, run by CI and before a release. */
export default defineConfig({
  ...fast,
  test: {
    ...fast.test,
    include: ["packages/*/test/**/*.slow.test.ts", "demo/**/*.slow.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/dist-*/**"],
    testTimeout: 300_000,
    hookTimeout: 60_000,
    // One file at a time: these tests measure recovery, and fight over two cores otherwise.
    fileParallelism: false,
    passWithNoTests: true,
  },
});
