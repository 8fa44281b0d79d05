import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, longest first: begun last, it would leave the other cores idle. CI has no earlier run to know it from. */
const LONG = [
  "/engine/sqlite",
  "/storage/sqlite.test",
  "/postgres.test",
  "/worker/faults/",
  "/e2e/server-kill.test",
  "/e2e/postgres-servers",
  "/e2e/sdk-scenario",
  "/docs/",
  "/cli/",
];

/** Files that replace modules, or that look at what belongs to a whole process: its memory, its clock, its unhandled rejections. */
const ALONE = ["packages/*/test/worker/faults/*.test.ts", "packages/*/test/e2e/durability.test.ts"];

const EXCLUDED = ["**/node_modules/**", "**/dist/**", "**/dist-*/**", "**/*.slow.test.ts"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONG.findIndex((part) => moduleId.includes(part));
      return place === -1 ? LONG.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** `npm test`: everything that fits in two minutes on two cores. Slow files have their own config. */
export default defineConfig({
  resolve: {
    // Tests run from the sources. The export map names files in dist, which may be old or absent.
    alias: [
      { find: /^#default-transport$/, replacement: source("client/node-transport.ts") },
      { find: /^openjobs$/, replacement: source("index.ts") },
      { find: /^openjobs\/(.+)$/, replacement: source("$1/index.ts") },
    ],
  },
  test: {
    // Limits say that something hangs, not that a machine is slow; waiting for longer costs nothing where all is well.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 20_000 } },
    // vitest would leave one of two cores idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // For `it.concurrent`: tests that wait for real sockets and timeouts, and hardly compute.
    maxConcurrency: 40,
    sequence: { sequencer: LongestFirst },
    setupFiles: ["packages/openjobs/test/support/loaded-sdk.ts"],
    restoreMocks: true,
    unstubEnvs: true,
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"], reporter: ["text-summary", "html"] },
    projects: [
      {
        extends: true,
        test: {
          name: "alone",
          include: ALONE,
          exclude: EXCLUDED,
          // They only must not share a process with the others; of these, one alone uses SQLite, whose modules it replaces.
          isolate: false,
          // Waiting for a turn on a busy machine is part of a test of faults.
          testTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: "together",
          include: [
            "packages/*/test/**/*.test.ts",
            "demo/**/*.test.ts",
            "examples/**/*.test.ts",
            "scripts/**/*.test.ts",
            "bench/**/*.test.mjs",
          ],
          exclude: [...EXCLUDED, ...ALONE],
          globalSetup: ["scripts/build-before-tests.mjs", "scripts/postgres-for-tests.mjs"],
          // Loading the same modules for every file anew would cost half of the time.
          isolate: false,
        },
      },
    ],
  },
});

function source(path: string): string {
  return `${fileURLToPath(new URL("./packages/openjobs/src/", import.meta.url))}${path}`;
}
