/** Durable steps and kill −9, on a file, with many seeds. */
import { describe, expect, it } from "vitest";
import { memory } from "../../src/storage/memory/index.ts";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { MOMENTS, type Moment, stepRound } from "./worker-kill/step-rounds.ts";

/** `CRASH_SEED=7` starts with another one; what dies when follows from it, what the scheduler does cannot. */
const FIRST_SEED = Number(process.env.CRASH_SEED ?? 20_260_101);

/** Three moments for each round, so that all have their turn. */
function momentsOf(round: number): readonly Moment[] {
  return [0, 1, 2].map((at) => MOMENTS[(3 * round + at) % MOMENTS.length]!);
}

describe.skipIf(process.platform === "win32")("steps of workers that are killed", () => {
  it.each([
    ["the worker's own thread", false, 3],
    ["threads of their own", true, 2],
  ])("count once, at whatever moment they die, in %s", async (_, isolated, rounds) => {
    let repeated = 0;
    for (let round = 0; round < rounds; round += 1) {
      using folder = temporaryFolder();
      const seed = FIRST_SEED + round;
      const moments = momentsOf(round);
      const storage = sqlite(folder.file("jobs.db"));
      const { broken, ...facts } = await stepRound(seed, { storage, jobs: 6, moments, isolated });
      expect(broken, `seed ${seed}: ${moments.join(", ")}`).toEqual([]);
      repeated += facts.repeated;
    }
    expect(repeated).toBeGreaterThan(0); // of what was in flight
  });

  it("count twice if they count before they are kept: that is found", async () => {
    const { broken } = await stepRound(1, { storage: memory(), jobs: 4, moments: ["between steps"], forgets: true });
    expect(broken.join()).toMatch(/^repeated: .* which had counted/);
  });
});
