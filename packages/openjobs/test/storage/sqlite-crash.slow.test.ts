import { describe, it } from "vitest";
import { crashRound } from "./sqlite-crash.ts";

describe("a process that is killed amid commits", () => {
  // Long enough for several checkpoints, which is when the file itself is written.
  it.each(Array.from({ length: 20 }, (_, index) => 100 + index))(
    "loses no resolved commit and leaves a whole file (seed %i)",
    async (seed) => {
      await crashRound(seed, 37 * (seed - 99));
    },
  );
});
