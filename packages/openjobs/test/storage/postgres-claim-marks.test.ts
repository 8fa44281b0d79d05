/** Claims begin where earlier ones ended: cheaper while a transaction is held open, and no job is passed by for it. */
import * as fc from "fast-check";
import pg from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { ClaimMarks, type ClaimRange } from "../../src/storage/postgres/claim-marks.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { claimOf, ids, insertOf } from "../suites/storage/bench.ts";
import { groupOf } from "../suites/storage/everything.ts";
import { aJob, T0 } from "../support/jobs.ts";
import { administer, describeOnPostgres, type ScratchSchema, scratchSchema } from "../support/postgres-server.ts";
import { openIn } from "./postgres-scratch.ts";

const LATER = T0 + 60_000;

const position = fc.record({
  priority: fc.integer({ min: -3, max: 3 }),
  availableAt: fc.integer({ min: T0, max: T0 + 5 }),
  seq: fc.integer({ min: 1, max: 5 }),
});

describe("the ranges of a claim", () => {
  it("hold every job of a queue exactly once, whatever was claimed before", () => {
    void fc.assert(
      fc.property(fc.array(position, { maxLength: 8 }), position, (claimed, job) => {
        const marks = new ClaimMarks(() => 0);
        for (const one of claimed) marks.note([aJob(one)], LATER, 0);
        const ranges = marks.rangesOf(["default"]);
        expect(ranges.filter((range) => holds(range, job))).toHaveLength(1);
      }),
      { numRuns: 300 },
    );
  });

  it("begin behind what was claimed, and end with what lies before it", () => {
    const marks = new ClaimMarks(() => 0);
    marks.note([aJob({ priority: 2, availableAt: T0, seq: 9 })], LATER, 0);
    expect(
      marks.rangesOf(["default"]).map(({ lo, hi, at, below }) => [at === undefined ? null : lo === hi, below]),
    ).toEqual([
      [null, undefined],
      [true, undefined],
      [null, undefined],
      [true, true],
    ]);
  });

  it("pass by nothing of the last second, where clocks and commits cross", () => {
    const marks = new ClaimMarks(() => 0);
    marks.note([aJob({ availableAt: T0 })], T0 + 999, 0);
    expect(marks.rangesOf(["default"])).toHaveLength(1);
  });

  it("are the whole queue once a second, or more seldom if reading it takes long", () => {
    let realTime = 0;
    const marks = new ClaimMarks(() => realTime);
    const isWhole = (): boolean => marks.rangesOf(["default"]).length === 1;
    marks.note([aJob()], LATER, 0);
    realTime = 999;
    expect(isWhole()).toBe(false);
    realTime = 1_000;
    expect(isWhole()).toBe(true);
    realTime = 1_200;
    marks.note([aJob()], LATER, 1_000);
    realTime = 1_200 + 3_999;
    expect(isWhole()).toBe(false);
    realTime += 1;
    expect(isWhole()).toBe(true);
  });
});

describeOnPostgres("claims behind a mark on PostgreSQL", () => {
  it("find what came to lie before it as soon as nothing else is left", async () => {
    const place = await scratchSchema();
    const [one, other] = [await openIn(place), await openIn(place)];
    await insert(other, [aJob({ availableAt: T0 + 10 }), aJob({ availableAt: T0 + 20 })]);
    await claim(one, 1);
    const early = [aJob({ availableAt: T0 + 5 }), aJob({ availableAt: T0 + 9, priority: 7 })];
    await insert(other, early);
    expect((await claim(one, 1)).map(({ priority }) => priority)).toEqual([7]);
    expect(await claim(one, 5)).toHaveLength(2);
    await place.drop();
  });

  it("keep the order of priorities that come and go", async () => {
    const place = await scratchSchema();
    const storage = await openIn(place);
    const claimed: number[] = [];
    for (const priorities of [
      [0, 5, -5],
      [5, 0, 9],
      [-9, 3, 0],
    ]) {
      await insert(
        storage,
        priorities.map((priority) => aJob({ priority })),
      );
      claimed.push(...(await claim(storage, 2)).map(({ priority }) => priority));
    }
    expect(claimed).toEqual([5, 0, 9, 5, 3, 0]);
    expect((await claim(storage, 9)).map(({ priority }) => priority)).toEqual([0, -5, -9]);
    await place.drop();
  });

  it("read as little while a transaction is held open as without one", async () => {
    const place = await scratchSchema();
    const storage = await openIn(place);
    const release = await holdTransaction(place);
    await insert(
      storage,
      Array.from({ length: 2_000 }, () => aJob()),
    );
    for (let round = 0; round < 40; round += 1) expect(await claim(storage, 50)).toHaveLength(50);
    await storage.close();
    // 40 claims from the beginning would read 41,000 entries; some do so, when the machine takes seconds for this.
    expect(await entriesOf(place, "jobs_claimable")).toBeLessThan(16_000);
    await release();
    await place.drop();
  });
});

function holds(range: ClaimRange, job: { priority: number; availableAt: number; seq: number }): boolean {
  if (job.priority < range.lo || job.priority > range.hi) return false;
  if (range.at === undefined || range.seq === undefined) return true;
  const isBehind = job.availableAt > range.at || (job.availableAt === range.at && job.seq > range.seq);
  return isBehind !== (range.below === true);
}

async function insert(storage: Storage, jobs: readonly ReturnType<typeof aJob>[]): Promise<void> {
  await storage.commit(groupOf({ units: [{ effects: jobs.map(insertOf) }] }));
}

async function claim(storage: Storage, limit: number) {
  const { claims } = await storage.commit({ ...groupOf({ claims: [claimOf({ limit })] }), now: LATER });
  const jobs = claims[0] ?? [];
  expect(new Set(ids(jobs)).size).toBe(jobs.length);
  return jobs;
}

/** Nothing that is updated from now on can be cleaned up, until the returned function is called. */
async function holdTransaction({ url, schema }: ScratchSchema): Promise<() => Promise<void>> {
  const client = new pg.Client(url);
  await client.connect();
  onTestFinished(() => client.end().catch(() => undefined));
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  await client.query(`SELECT count(*) FROM ${schema}.queues`);
  return () => client.end();
}

async function entriesOf({ schema }: ScratchSchema, index: string): Promise<number> {
  const [row] = await administer(`
    SELECT idx_tup_read::float8 AS read FROM pg_stat_user_indexes WHERE schemaname = '${schema}' AND indexrelname = '${index}'`);
  return Number(row?.read);
}
