/** A process that is killed amid its commits, and what must be in the file afterwards. */
import { expect } from "vitest";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import { countByState } from "../suites/storage/bench.ts";
import { startSqliteProcess } from "./sqlite-process.ts";
import { opened, plainConnection, scratchFile } from "./sqlite-scratch.ts";

interface Committed {
  readonly inserted: readonly string[];
  readonly claimed: readonly string[];
  readonly completed: readonly string[];
}

/** Kills a working process when it has reported `commits` commits, and looks at what is left. */
export async function crashRound(seed: number, commits: number): Promise<void> {
  const file = scratchFile();
  const resolved = await workUntilKilled(file, seed, commits);
  expect(resolved.length).toBeGreaterThanOrEqual(commits);
  // At once: the lock has died with its process.
  const storage = await opened(sqlite(file));
  const known = resolved.flatMap(({ inserted }) => inserted);
  const jobs = (await storage.jobs.get(known)).filter((job) => job !== undefined);
  expect(jobs.length).toBe(known.length);
  const started = new Set(resolved.flatMap(({ claimed }) => claimed));
  const ended = new Set(resolved.flatMap(({ completed }) => completed));
  for (const { id, state } of jobs) {
    if (ended.has(id)) expect(state, id).toBe("completed");
    else if (started.has(id)) expect(["active", "completed"], id).toContain(state);
  }
  await storage.close();
  await expectSound(file);
}

async function workUntilKilled(file: string, seed: number, commits: number): Promise<Committed[]> {
  const worker = await startSqliteProcess("work", file, String(seed));
  const resolved: Committed[] = [];
  let killed: Promise<void> | undefined;
  // The lines that it wrote before it died are read to the last one.
  for await (const line of worker.lines) {
    resolved.push(JSON.parse(line) as Committed);
    if (resolved.length === commits) killed = worker.kill();
  }
  await killed;
  return resolved;
}

/** The file is whole, and its counters are what its jobs say. */
async function expectSound(file: string): Promise<void> {
  const database = plainConnection(file);
  expect(database.all("PRAGMA integrity_check")).toEqual(["ok"]);
  const all = database.all("SELECT id FROM jobs").map(String);
  const storage = await opened(sqlite(file));
  const jobs = (await storage.jobs.get(all)).filter((job) => job !== undefined);
  expect((await storage.queues.get("work"))?.counts).toEqual(countByState(jobs));
  await storage.close();
}
