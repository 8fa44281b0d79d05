import { memory } from "../../src/storage/memory/index.ts";
import { type StorageHandle, storageSuite } from "../suites/storage-suite.ts";

async function open(): Promise<StorageHandle> {
  const storage = memory();
  await storage.open();
  return { storage };
}

storageSuite("memory", open);
