import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { claimOf, insertOf } from "../suites/storage/bench.ts";
import { groupOf } from "../suites/storage/everything.ts";
import { aJob } from "../support/jobs.ts";
import { sqliteError, WatchedLibrary } from "./sqlite-library.ts";
import { opened, scratchFile } from "./sqlite-scratch.ts";

interface Watched {
  readonly storage: Storage;
  readonly library: WatchedLibrary;
  readonly file: string;
}

async function watched(): Promise<Watched> {
  const library = new WatchedLibrary();
  const file = scratchFile();
  const storage = await opened(new SqliteStorage(file, "full", () => library.open));
  library.log.length = 0;
  return { storage, library, file };
}

const insert = (job = aJob()) => groupOf({ units: [{ effects: [insertOf(job)] }] });

describe("a commit", () => {
  it("is answered after COMMIT has returned, and not before", async () => {
    const { storage, library } = await watched();
    const order: string[] = [];
    library.beforeEach = (sql) => {
      if (sql === "COMMIT") order.push("committing");
    };
    const answered = storage.commit(insert()).then(() => order.push(`answered after ${library.log.at(-1)}`));
    await answered;
    expect(order).toEqual(["committing", "answered after COMMIT"]);
  });

  it("is one transaction, whatever is in the group", async () => {
    const { storage, library } = await watched();
    const units = [{ effects: [insertOf(aJob()), insertOf(aJob())] }, { effects: [insertOf(aJob())] }];
    await storage.commit(groupOf({ units, claims: [claimOf({})] }));
    expect(library.log.filter((sql) => sql === "BEGIN IMMEDIATE" || sql === "COMMIT")).toEqual([
      "BEGIN IMMEDIATE",
      "COMMIT",
    ]);
  });

  it("writes nothing when the group changes nothing", async () => {
    const { storage, file } = await watched();
    const job = aJob();
    await storage.commit(insert(job));
    const size = statSync(`${file}-wal`).size;
    await storage.commit(groupOf({ claims: [claimOf({ queues: ["other", "mail"] })] }));
    await storage.commit(insert(job));
    await storage.commit(groupOf({ completions: [{ id: job.id, fence: {}, result: null }] }));
    expect(statSync(`${file}-wal`).size).toBe(size);
  });

  it("does not look for jobs in queues that have none", async () => {
    const { storage, library } = await watched();
    await storage.commit(groupOf({ claims: [claimOf({ queues: ["a", "b", "c"] })] }));
    expect(library.log).toEqual(["BEGIN IMMEDIATE", "COMMIT"]);
  });
});

describe("trouble in a commit", () => {
  it.each(["INSERT INTO jobs", "INSERT INTO queues", "COMMIT"])(
    "takes everything back when %s fails",
    async (failing) => {
      const { storage, library } = await watched();
      const kept = aJob();
      const lost = [aJob(), aJob()];
      await storage.commit(insert(kept));
      let spared = failing === "INSERT INTO jobs" ? 1 : 0;
      library.beforeEach = (sql) => {
        if (!sql.trimStart().startsWith(failing)) return;
        spared -= 1;
        if (spared < 0) throw sqliteError("SQLITE_FULL");
      };
      const group = groupOf({ units: lost.map((job) => ({ effects: [insertOf(job)] })) });
      await expect(storage.commit(group)).rejects.toMatchObject({
        code: "backend_error",
        retryable: true,
        message: expect.stringContaining("the disk is full"),
      });
      library.beforeEach = () => undefined;
      expect(await storage.jobs.get(lost.map((job) => job.id))).toEqual([undefined, undefined]);
      expect((await storage.queues.get("default"))?.counts.available).toBe(1);
      await storage.commit(insert());
      expect((await storage.queues.get("default"))?.counts.available).toBe(2);
    },
  );

  it("is told even when SQLite has rolled back by itself", async () => {
    const { storage, library } = await watched();
    library.beforeEach = (sql) => {
      if (!sql.startsWith("INSERT")) return;
      library.connection?.exec("ROLLBACK");
      throw sqliteError("SQLITE_IOERR_WRITE");
    };
    await expect(storage.commit(insert())).rejects.toThrow("I/O error");
    library.beforeEach = () => undefined;
    expect((await storage.commit(insert())).units).toEqual([{ ok: true }]);
  });
});
