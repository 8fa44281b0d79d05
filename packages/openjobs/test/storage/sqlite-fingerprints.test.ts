import { describe, expect, it, onTestFinished } from "vitest";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import { PIECE_JOBS } from "../../src/storage/sqlite/schema.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { insertOf } from "../suites/storage/bench.ts";
import { groupOf } from "../suites/storage/everything.ts";
import { aUniqueJob, uniqueInsertOf } from "../suites/storage/unique.ts";
import { aJob, T0 } from "../support/jobs.ts";
import { opened, scratchFile } from "./sqlite-scratch.ts";

function fingerprintOf(number: number): string {
  return `${number.toString(16).padStart(12, "0")}${"0".repeat(52)}`;
}

async function insert(storage: Storage, from: number, count: number): Promise<void> {
  const jobs = Array.from({ length: count }, (_, index) => aUniqueJob({ fingerprint: fingerprintOf(from + index) }));
  const effects = jobs.map((job) => uniqueInsertOf(job));
  expect((await storage.commit(groupOf({ units: [{ effects }] }))).units).toEqual([{ ok: true }]);
}

/** Which of these numbers are refused, alone and in company. */
async function refused(storage: Storage, numbers: readonly number[]): Promise<number[]> {
  const wanted = numbers.map(
    (number) => ({ fingerprint: fingerprintOf(number), states: ["available"], periodMs: null }) as const,
  );
  const found = await storage.jobs.inTheWay(wanted, T0, 1);
  const units = numbers.map((number) => ({
    effects: [uniqueInsertOf(aUniqueJob({ fingerprint: fingerprintOf(number) }))],
  }));
  const { units: outcomes } = await storage.commit(groupOf({ units }));
  expect(outcomes.map((outcome) => (outcome.ok ? undefined : outcome.id))).toEqual(found.map(([job]) => job?.id));
  return numbers.filter((_, index) => outcomes[index]?.ok === false);
}

describe("the index of unique jobs", () => {
  it("finds a fingerprint in whatever piece it is, before and after the file is opened again", async () => {
    const file = scratchFile();
    const storage = await opened(sqlite(file, { synchronous: "normal" }));
    const pieces = 3 * PIECE_JOBS;
    await insert(storage, 0, pieces);
    // Enough that have none to be in another block of filters.
    const others = Array.from({ length: 10_000 }, () => insertOf(aJob()));
    for (let round = 0; round < 7; round += 1) {
      const effects = others.map(() => insertOf(aJob()));
      await storage.commit(groupOf({ units: [{ effects }] }));
    }
    await insert(storage, pieces, 10);
    const known = [0, PIECE_JOBS - 1, PIECE_JOBS, 2 * PIECE_JOBS + 5, pieces - 1, pieces, pieces + 9];
    expect(await refused(storage, [...known, pieces + 10])).toEqual(known);
    await storage.close();
    await storage.open();
    expect(await refused(storage, [...known, pieces + 10, pieces + 11])).toEqual([...known, pieces + 10]);
    await storage.close();
  });

  it("finds what was there while the filters of removed jobs go", async () => {
    const storage = await opened(sqlite(":memory:"));
    onTestFinished(() => storage.close());
    await insert(storage, 0, 500);
    const claims = [{ queues: ["default"], limit: 400, workerId: null, leaseMs: 1_000, timeoutMs: 1_000 }];
    const [claimed = []] = (await storage.commit(groupOf({ claims }))).claims;
    const completions = claimed.map(({ id }) => ({ id, fence: {}, result: null }));
    await storage.commit(groupOf({ completions }));
    for (let round = 0; round < 4; round += 1) {
      await storage.upkeep.prune({ kind: "completed", endedBy: T0 + 1, limit: 100 });
    }
    expect(await refused(storage, [0, 399, 400, 499])).toEqual([400, 499]);
  });
});
