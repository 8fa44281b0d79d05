/** What was answered is on the disk: the log is synced off the event loop, and nobody hears of a commit before (ADR 10). */
import { describe, expect, it, onTestFinished } from "vitest";
import { memory } from "../../src/storage/memory/index.ts";
import type { Synchronous } from "../../src/storage/sqlite/open-file.ts";
import { SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.ts";
import type { Group, GroupOutcome, Storage } from "../../src/storage/storage.ts";
import { turns } from "../../src/testing/test-clock.ts";
import { claimOf, insertOf } from "../suites/storage/bench.ts";
import { groupOf } from "../suites/storage/everything.ts";
import { aJob } from "../support/jobs.ts";
import { wrapStorage } from "../support/storage-wrapper.ts";
import { WatchedLibrary } from "./sqlite-library.ts";
import { opened, scratchFile } from "./sqlite-scratch.ts";
import { WatchedDisk } from "./watched-disk.ts";

interface Watched {
  readonly storage: Storage;
  readonly disk: WatchedDisk;
  readonly library: WatchedLibrary;
  /** Ends of transactions, and syncs. */
  readonly log: () => string[];
}

async function watched(synchronous: Synchronous = "full", file = scratchFile()): Promise<Watched> {
  const library = new WatchedLibrary();
  const disk = new WatchedDisk(library.log);
  const storage = await opened(new SqliteStorage(file, synchronous, () => library.open, disk));
  onTestFinished(() => {
    disk.holding = false;
    disk.release();
  });
  library.log.length = 0;
  return { storage, disk, library, log: () => library.log.filter((entry) => /^COMMIT$|^sync/.test(entry)) };
}

/** Enough of it that other callers are likely. */
function inserts(count = 3): Group {
  return groupOf({ units: Array.from({ length: count }, () => ({ effects: [insertOf(aJob())] })) });
}

type Fault = (inner: Storage) => Storage;

/** Fails unless commits, and reads of what they wrote, are answered after the sync that follows them. */
async function expectNoEarlyAnswer(fault: Fault = (inner) => inner, synchronous: Synchronous = "full"): Promise<void> {
  const { storage: inner, disk, log } = await watched(synchronous);
  const storage = fault(inner);
  disk.holding = true;
  const answers: string[] = [];
  const group = inserts();
  const commit = storage.commit(group).then(() => answers.push("commit"));
  const reads = [storage.jobs.get(["x"]), storage.jobs.nextDue(), storage.queues.get("default"), storage.ping()];
  const read = Promise.all(reads.map(async (each) => each.then(() => answers.push("read"))));
  await turns();
  expect(answers).toEqual([]);
  expect(log()).toEqual(["COMMIT", "sync started"]);
  disk.release();
  await Promise.all([commit, read]);
  expect(log()).toEqual(["COMMIT", "sync started", "synced"]);
}

describe("a commit that others may have come with", () => {
  it("is answered after it was synced, and so is every read of it", async () => {
    await expectNoEarlyAnswer();
  });

  it.each<[string, Fault, Synchronous]>([
    ["never syncs", (inner) => inner, "normal"],
    ["answers a commit before it is synced", hastyCommit, "full"],
    ["answers a read before what it saw is synced", hastyRead, "full"],
  ])("is not passed off as such by a driver that %s", async (_, fault, synchronous) => {
    await expect(expectNoEarlyAnswer(fault, synchronous)).rejects.toThrow(/expected/);
  });

  it("shares its sync with all that came while the one before was under way", async () => {
    const { storage, disk, log } = await watched();
    disk.holding = true;
    const commits = [storage.commit(inserts())];
    commits.push(storage.commit(inserts()), storage.commit(inserts()));
    disk.release();
    await turns();
    expect(log()).toEqual(["COMMIT", "sync started", "COMMIT", "COMMIT", "synced", "sync started"]);
    disk.release();
    await Promise.all(commits);
    expect(log().slice(-2)).toEqual(["sync started", "synced"]);
  });

  it("is synced before the storage has closed", async () => {
    const { storage, disk, log } = await watched();
    disk.holding = true;
    const commit = storage.commit(inserts());
    const closed = storage.close().then(() => log().push("closed"));
    await turns();
    expect(log()).toEqual(["COMMIT", "sync started"]);
    disk.release();
    await Promise.all([commit, closed]);
    expect(log()).toContain("synced");
  });
});

describe("a commit that is alone", () => {
  const alone = (): Group => ({ ...inserts(), alone: true });

  it("is synced on the event loop, which is the shorter way", async () => {
    const { storage, log } = await watched();
    await storage.commit(alone());
    await storage.commit(alone());
    expect(log()).toEqual(["COMMIT", "synced at once", "COMMIT", "synced at once"]);
  });

  it("is synced in a thread once in a while, to see whether that is still true", async () => {
    const { storage, log } = await watched();
    for (let round = 0; round < 48; round += 1) await storage.commit(alone());
    expect(log().filter((entry) => entry === "synced at once")).toHaveLength(45);
    expect(log().filter((entry) => entry === "synced")).toHaveLength(3);
  });

  it("does not stop the event loop when the disk is slow", async () => {
    const { storage, disk, log } = await watched();
    disk.pauseMs = 3;
    await storage.commit(alone());
    await storage.commit(alone());
    expect(log()).toEqual(["COMMIT", "synced at once", "COMMIT", "sync started", "synced"]);
  });
});

describe("a sync", () => {
  it("is left out when nothing was written", async () => {
    const { storage, library, log } = await watched();
    const group = inserts();
    await storage.commit(group);
    library.log.length = 0;
    await storage.commit(group);
    await storage.commit(groupOf({ claims: Array.from({ length: 3 }, () => claimOf({ queues: ["other"] })) }));
    await storage.commit(groupOf({ completions: [{ id: "x", fence: {}, result: null }] }));
    expect(log()).toEqual(["COMMIT", "COMMIT", "COMMIT"]);
  });

  it("is made of what a killed process may have left, before anybody sees it", async () => {
    const library = new WatchedLibrary();
    const disk = new WatchedDisk(library.log);
    await opened(new SqliteStorage(scratchFile(), "full", () => library.open, disk));
    const firstRead = library.log.findIndex((sql) => sql.includes("FROM queues"));
    expect(firstRead).toBeGreaterThan(library.log.indexOf("synced at once"));
    expect(library.log).toContain("synced at once");
  });

  it.each([true, false])("that fails ends everything until the file is opened again (alone: %s)", async (alone) => {
    const { storage, disk, log } = await watched();
    const group = (): Group => ({ ...inserts(), alone });
    disk.trouble = new Error("EIO: i/o error, fdatasync");
    const refused = { code: "backend_error", status: 503, message: expect.stringContaining("did not take") };
    const reads = [storage.commit(group()), storage.jobs.nextDue()];
    for (const answer of await Promise.allSettled(reads)) expect(answer).toMatchObject({ reason: refused });
    disk.trouble = undefined;
    await expect(storage.commit(group())).rejects.toMatchObject({ ...refused, cause: { message: /EIO/ } });
    await expect(storage.ping()).rejects.toMatchObject(refused);
    expect(log().filter((entry) => entry.startsWith("synced"))).toEqual([]);
    await storage.close();
    await storage.open();
    await storage.commit(group());
  });

  it("is nobody's business for a file that need not survive a power cut", async () => {
    for (const { storage, log } of [await watched("normal"), await watched("full", ":memory:")]) {
      await storage.commit(inserts());
      expect(log()).toEqual(["COMMIT"]);
    }
  });
});

function hastyCommit(inner: Storage): Storage {
  const commit = async (group: Group): Promise<GroupOutcome> => {
    void inner.commit(group);
    return { completions: [], beats: [], units: group.units.map(() => ({ ok: true })), claims: [] };
  };
  return wrapStorage(inner, { commit });
}

/** Reads are served from a cache that does not know what the disk has. */
function hastyRead(inner: Storage): Storage {
  const cache = memory();
  void cache.open();
  return wrapStorage(inner, { jobs: { ...inner.jobs, get: (ids) => cache.jobs.get(ids) } });
}
