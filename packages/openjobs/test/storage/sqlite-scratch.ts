/** SQLite files of the tests: each in a directory of its own, which goes when the test is over. */
import { mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { loadLibrary } from "../../src/storage/sqlite/adapter.ts";
import { Database } from "../../src/storage/sqlite/database.ts";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import type { StorageHandle } from "../suites/storage-suite.ts";

/**
 * Where there is one with enough room, a file system in memory: what a test waits for a disk tells nothing of the code, and a disk
 * that others use is what makes tests slow. Commits are synced all the same, and what a killed process has written stays.
 */
const SCRATCH = isRoomy("/dev/shm") ? "/dev/shm" : tmpdir();

function isRoomy(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize > 1e9;
  } catch {
    return false; // not on this system
  }
}

/** An empty directory that is removed after the test. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(SCRATCH, "ojs-sqlite-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The path of a file that does not exist yet. */
export function scratchFile(name = "jobs.db"): string {
  return join(scratchDirectory(), name);
}

/** Opens a storage, and closes it after the test. */
export async function opened(storage: Storage): Promise<Storage> {
  await storage.open();
  onTestFinished(() => storage.close());
  return storage;
}

let template: Promise<Uint8Array> | undefined;

/** A file that has been set up and closed. Every one is the same, and to set one up is what most tests would spend most of their time on. */
async function emptyDatabase(): Promise<Uint8Array> {
  const file = scratchFile();
  const storage = sqlite(file);
  await storage.open();
  await storage.close();
  return readFileSync(file);
}

/** An empty storage for the suite. */
export async function openScratch(): Promise<StorageHandle> {
  const file = scratchFile();
  template ??= emptyDatabase();
  writeFileSync(file, await template);
  const storage = await opened(sqlite(file));
  const reopen = async (): Promise<Storage> => {
    await storage.close();
    await storage.open();
    return storage;
  };
  return { storage, reopen };
}

/** A plain connection to a file, closed after the test. */
export function plainConnection(file: string): Database {
  const connection = loadLibrary().open(file);
  onTestFinished(() => connection.close());
  return new Database(connection);
}
