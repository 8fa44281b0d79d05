import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { OjsError } from "../../src/core/errors.ts";
import { loadLibrary } from "../../src/storage/sqlite/adapter.ts";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import { explain } from "../../src/storage/sqlite/sqlite-error.ts";
import { SqliteStorage } from "../../src/storage/sqlite/sqlite-storage.ts";
import { insertOf } from "../suites/storage/bench.ts";
import { groupOf } from "../suites/storage/everything.ts";
import { aJob } from "../support/jobs.ts";
import { sqliteError } from "./sqlite-library.ts";
import { startSqliteProcess } from "./sqlite-process.ts";
import { opened, plainConnection, scratchDirectory, scratchFile } from "./sqlite-scratch.ts";

/** The error that opening a file gives. */
async function refusal(file: string): Promise<OjsError> {
  const storage = sqlite(file);
  const error = await storage.open().then(
    () => storage.close(),
    (reason: unknown) => reason,
  );
  if (!(error instanceof OjsError)) throw new Error(`Opening ${file} gave ${String(error)}`);
  expect(error.code).toBe("backend_error");
  return error;
}

/** A file of ours with some jobs in it. */
async function filled(): Promise<string> {
  const file = scratchFile();
  const storage = await opened(sqlite(file));
  const units = Array.from({ length: 200 }, () => ({ effects: [insertOf(aJob())] }));
  await storage.commit(groupOf({ units }));
  await storage.close();
  return file;
}

describe("opening a SQLite file", () => {
  it("says how to create a directory that is missing", async () => {
    const directory = join(scratchDirectory(), "var", "jobs");
    const error = await refusal(join(directory, "jobs.db"));
    expect(error.message).toContain("in a directory that does not exist");
    expect(error.hint).toContain(`mkdir -p ${directory}`);
  });

  it("refuses a directory and an empty name", async () => {
    expect((await refusal(scratchDirectory())).message).toContain("is a directory");
    expect((await refusal("")).message).toContain("an empty name");
  });

  it("refuses a file that is no database, and leaves it as it is", async () => {
    const file = scratchFile();
    writeFileSync(file, "Dear diary,\n".repeat(1_000));
    const error = await refusal(file);
    expect(error.message).toContain("is not a SQLite database");
    expect(error.hint).toContain("another file name");
    expect(readFileSync(file, "utf8")).toBe("Dear diary,\n".repeat(1_000));
  });

  it("refuses another application's database, and leaves it as it is", async () => {
    const file = scratchFile();
    plainConnection(file).exec("CREATE TABLE recipes (name TEXT)");
    const before = readFileSync(file);
    expect((await refusal(file)).message).toContain("belongs to another application");
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("refuses a file of a newer version", async () => {
    const file = await filled();
    plainConnection(file).exec("PRAGMA user_version = 99");
    const error = await refusal(file);
    expect(error.message).toContain("newer version of openjobs (schema 99");
    expect(error.hint).toContain("Install that version");
  });

  it("refuses a damaged file", async () => {
    const file = await filled();
    truncateSync(file, 3 * 4096);
    const error = await refusal(file);
    expect(error.message).toContain("is damaged");
    expect(error.hint).toContain("backup");
  });

  it.skipIf(process.getuid?.() === 0)("refuses a file that it may not write to", async () => {
    const file = await filled();
    chmodSync(file, 0o444);
    expect((await refusal(file)).message).toContain("cannot be written to");
  });

  it("can be tried again after it failed", async () => {
    const file = join(scratchDirectory(), "later", "jobs.db");
    const storage = sqlite(file);
    await expect(storage.open()).rejects.toBeInstanceOf(OjsError);
    mkdirSync(dirname(file));
    await opened(storage);
    await storage.ping();
  });

  it("does nothing when the file is open already", async () => {
    const storage = await opened(sqlite(scratchFile()));
    await storage.open();
    await storage.ping();
  });

  it("leaves nothing to recover when it is closed", async () => {
    const file = await filled();
    const copy = join(scratchDirectory(), "copy.db");
    copyFileSync(file, copy);
    const storage = await opened(sqlite(copy));
    expect((await storage.queues.get("default"))?.counts.available).toBe(200);
  });

  it("sets up a new file for what comes later", async () => {
    const database = plainConnection(await filled());
    const read = (pragma: string) => database.value(`PRAGMA ${pragma}`);
    expect({ journal: read("journal_mode"), vacuum: read("auto_vacuum") }).toEqual({ journal: "wal", vacuum: 2 });
  });
});

describe("two engines on one SQLite file", () => {
  it("are refused within a process, also under another name", async () => {
    const file = scratchFile();
    await opened(sqlite(file));
    const alias = join(scratchDirectory(), "alias.db");
    symlinkSync(file, alias);
    for (const name of [file, alias]) {
      const error = await refusal(name);
      expect(error.message).toContain("is in use by this process");
      expect(error.hint).toContain("ojs serve");
    }
  });

  it("are refused across processes, by name, until the first one ends", async () => {
    const file = scratchFile();
    const other = await startSqliteProcess("hold", file);
    const error = await refusal(file);
    expect(error.message).toContain(`is in use by process ${other.pid} on `);
    expect(error.hint).toContain(`ojs serve --storage sqlite:${file}`);
    expect(error.retryable).toBe(false);
    await other.kill();
    await (await opened(sqlite(file))).ping();
  });

  it("may follow one another", async () => {
    const file = scratchFile();
    await (await opened(sqlite(file))).close();
    await (await opened(sqlite(file))).ping();
  });
});

describe("trouble with a SQLite file", () => {
  it.each([
    ["SQLITE_READONLY_DIRECTORY", "cannot be written to"],
    ["SQLITE_BUSY", "is locked by another program"],
    ["SQLITE_CANTOPEN", "cannot be opened"],
    ["SQLITE_CORRUPT_INDEX", "is damaged"],
  ])("is explained for %s", (code, message) => {
    expect(explain(sqliteError(code), "jobs.db")).toMatchObject({
      code: "backend_error",
      message: expect.stringContaining(message),
    });
  });

  it("is explained for the codes of node:sqlite, and for libsql when it cannot open a file", () => {
    const builtIn = Object.assign(new Error("attempt to write"), { code: "ERR_SQLITE_ERROR", errcode: 8 | (6 << 8) });
    expect(explain(builtIn, "jobs.db").message).toContain("cannot be written to");
    const unopened = new Error('ConnectionFailed("Unable to open connection to local database /x.db: 14")');
    expect(explain(unopened, "/x.db").message).toContain("cannot be opened");
  });

  it("is explained for libsql when it has no name for the code", () => {
    const unnamed = Object.assign(new Error("attempt to write"), { code: "", rawCode: 8 | (6 << 8) });
    expect(explain(unnamed, "jobs.db").message).toContain("cannot be written to");
  });

  it("keeps the message and the cause of anything else", () => {
    const cause = new Error("no such table: jobs");
    expect(explain(cause, "jobs.db")).toMatchObject({ message: "SQLite file jobs.db: no such table: jobs", cause });
  });
});

describe("the SQLite library", () => {
  it("is the first one that loads", () => {
    expect(["node:sqlite", "better-sqlite3", "libsql"]).toContain(loadLibrary("").name);
    expect(loadLibrary("libsql").name).toBe("libsql");
  });

  it("must be one that exists", () => {
    expect(() => loadLibrary("sqlite3")).toThrow('There is no SQLite library "sqlite3".');
  });

  it("is asked for when the storage is opened, not before", async () => {
    const storage = new SqliteStorage(":memory:", "full", () => loadLibrary("none").open);
    await expect(storage.open()).rejects.toMatchObject({
      code: "backend_error",
      hint: expect.stringContaining("libsql"),
    });
  });
});
