/** SQLite files of the tests: each in a directory of its own, which goes when the test is over. */
import { mkdtempSync, rmSync, statfsSync } from "node:fs";
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

/** An empty storage for the suite. */
export async function openScratch(): Promise<StorageHandle> {
  const storage = await opened(sqlite(scratchFile()));
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
