import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

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
    include: ["packages/*/test/**/*.test.ts", "demo/**/*.test.ts", "scripts/**/*.test.ts", "bench/**/*.test.mjs"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/dist-*/**", "**/*.slow.test.ts"],
    globalSetup: ["scripts/build-before-tests.mjs"],
    testTimeout: 15_000,
    hookTimeout: 15_000,
    // For `it.concurrent`: tests that wait for real sockets and timeouts, and hardly compute.
    maxConcurrency: 40,
    restoreMocks: true,
    unstubEnvs: true,
    coverage: { provider: "v8", include: ["packages/*/src/**/*.ts"], reporter: ["text-summary", "html"] },
  },
});

function source(path: string): string {
  return `${fileURLToPath(new URL("./packages/openjobs/src/", import.meta.url))}${path}`;
}
