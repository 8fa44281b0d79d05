/** Storages that are gone when they are closed: the quickest of each driver, for stories of which there are thousands. */
import { memory } from "../../src/storage/memory/index.ts";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import type { StorageHandle } from "../suites/storage-suite.ts";

export function openMemory(): Promise<StorageHandle> {
  return open(memory());
}

export function openSqliteInMemory(): Promise<StorageHandle> {
  return open(sqlite(":memory:"));
}

async function open(storage: Storage): Promise<StorageHandle> {
  await storage.open();
  return { storage };
}
