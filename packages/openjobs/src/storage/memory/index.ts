import type { Storage } from "../storage.ts";
import { MemoryStorage } from "./memory-storage.ts";

/**
 * A store in the memory of this process, for tests, demos and jobs that may be lost: closing it or ending the process
 * forgets everything. Fast, exact, and behaves like the durable ones in all other respects.
 *
 * @example
 * const server = createServer({ storage: memory() });
 */
export function memory(): Storage {
  return new MemoryStorage();
}
