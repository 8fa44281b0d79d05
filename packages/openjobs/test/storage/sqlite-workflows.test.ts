/** What the ends of members cost: statements are what a SQLite library is slow at. */
import { describe, expect, it } from "vitest";
import { SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.ts";
import { groupOf } from "../suites/storage/everything.ts";
import { endOf, insertOfLaunch, launched, stepOf } from "../support/workflows.ts";
import { WatchedLibrary } from "./sqlite-library.ts";
import { opened, scratchFile } from "./sqlite-scratch.ts";

/** A batch of so many jobs, and the statements of a commit that ends so many of them. */
async function statementsOf(members: number, ends: number): Promise<number> {
  const library = new WatchedLibrary();
  const storage = await opened(new SqliteStorage(scratchFile(), "normal", () => library.open));
  const jobs = Array.from({ length: members }, () => stepOf("a.b"));
  const launch = launched({ type: "batch", jobs, callbacks: { on_complete: stepOf("c.d") } });
  await storage.commit(groupOf({ units: [{ effects: [insertOfLaunch(launch)] }] }));
  const chosen = await storage.jobs.get(launch.births.slice(0, ends).map(({ job }) => job.id));
  const units = chosen.flatMap((job) => (job === undefined ? [] : [{ effects: endOf(job) }]));
  library.log.length = 0;
  await storage.commit(groupOf({ units }));
  return library.log.length;
}

describe("the ends of members", () => {
  it("take the same statements whether the workflow is small or large", async () => {
    const small = await statementsOf(20, 10);
    expect(await statementsOf(2_000, 10)).toBe(small);
  });

  it("take the same statements whether few or many end in a commit", async () => {
    expect(await statementsOf(200, 150)).toBe(await statementsOf(200, 10));
  });

  it("take few statements alone, and the last ones too", async () => {
    expect(await statementsOf(20, 1)).toBeLessThanOrEqual(12);
    expect(await statementsOf(20, 20)).toBeLessThanOrEqual(25);
  });
});

describe("a new workflow", () => {
  it("takes few statements, however many jobs it has", async () => {
    const library = new WatchedLibrary();
    const storage = await opened(new SqliteStorage(scratchFile(), "normal", () => library.open));
    const launch = launched({ type: "group", jobs: Array.from({ length: 1_000 }, () => stepOf("a.b")) });
    library.log.length = 0;
    await storage.commit(groupOf({ units: [{ effects: [insertOfLaunch(launch)] }] }));
    expect(library.log.length).toBeLessThan(50);
  });
});
