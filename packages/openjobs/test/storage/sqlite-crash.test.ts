import { describe, it } from "vitest";
import { crashRound } from "./sqlite-crash.ts";

describe("a process that is killed amid commits", () => {
  // More rounds in sqlite-crash.slow.test.ts.
  it.each([1, 2, 3])("loses no resolved commit and leaves a whole file (seed %i)", async (seed) => {
    await crashRound(seed, seed * 25);
  });
});
