/** What retention means for a SQLite file: pages, log, and files from before there was retention. */
import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import { APPLICATION_ID, MIGRATIONS } from "../../src/storage/sqlite/schema.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { insertOf } from "../suites/storage/bench.ts";
import { groupOf } from "../suites/storage/everything.ts";
import { aJob, T0 } from "../support/jobs.ts";
import { opened, plainConnection, scratchFile } from "./sqlite-scratch.ts";

const MB = 1024 * 1024;

/** Finished jobs of about 8 kB. */
async function fill(storage: Storage, count: number): Promise<void> {
  const args = JSON.stringify(["x".repeat(8_000)]);
  for (let left = count; left > 0; left -= 500) {
    const jobs = Array.from({ length: 500 }, () => aJob({ state: "completed", endedAt: T0, args }));
    await storage.commit(groupOf({ units: [{ effects: jobs.map(insertOf) }] }));
  }
}

async function pruneAll(storage: Storage): Promise<void> {
  while ((await storage.upkeep.prune({ kind: "completed", endedBy: T0, limit: 200 })).removed > 0);
}

describe("a SQLite file under retention", () => {
  it("gives pages back when it has become much too big, a few at a time, and keeps some for jobs to come", async () => {
    const file = scratchFile();
    const storage = await opened(sqlite(file, { synchronous: "normal" }));
    await fill(storage, 3_000);
    await pruneAll(storage);
    const pages = (): number => Number(plainConnection(file).value("PRAGMA page_count"));
    const before = pages();
    expect(await storage.upkeep.tidy()).toBe(true);
    expect(before - pages()).toBeLessThanOrEqual(100);
    while (await storage.upkeep.tidy());
    await storage.close();
    expect(before * 4_096).toBeGreaterThan(20 * MB);
    expect(statSync(file).size).toBeLessThan(10 * MB);
  });

  it("puts new jobs where removed ones were, and keeps its log bounded", async () => {
    const file = scratchFile();
    const storage = await opened(sqlite(file, { synchronous: "normal" }));
    const sizes: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      await fill(storage, 500);
      await pruneAll(storage);
      sizes.push(Number(plainConnection(file).value("PRAGMA page_count")));
    }
    expect(sizes.at(-1)).toBeLessThanOrEqual((sizes[1] ?? 0) * 1.1);
    // One group of 500 such jobs is 4 MB, and the log is written back at 4 MB.
    expect(statSync(`${file}-wal`).size).toBeLessThan(16 * MB);
  });

  it("gets what retention needs when it comes from before there was any", async () => {
    const file = scratchFile();
    const old = plainConnection(file);
    old.exec(`${MIGRATIONS[0]}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`);
    const storage = await opened(sqlite(file));
    await storage.commit(groupOf({ units: [{ effects: [insertOf(aJob({ state: "cancelled", endedAt: T0 }))] }] }));
    expect(await storage.upkeep.prune({ kind: "cancelled", endedBy: T0, limit: 1 })).toEqual({ removed: 1 });
    const [names] = old.all("SELECT group_concat(name) FROM sqlite_schema WHERE type = 'index'");
    expect(names).toContain("jobs_completed");
  });
});
