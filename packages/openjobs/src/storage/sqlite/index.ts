/** Jobs in a SQLite file: nothing to install, nothing to run, durable. */
import type { Storage } from "../storage.ts";
import type { SynchronousTransactions } from "../transactions.ts";
import { loadLibrary } from "./adapter.ts";
import type { SqliteHandle } from "./libraries.ts";
import type { Synchronous } from "./open-file.ts";
import { SqliteStorage } from "./sqlite-storage.ts";

export type { SqliteHandle } from "./libraries.ts";

/** A store in a SQLite file, which transactions of the application can take part in; see `transactional`. */
export interface SqliteStore extends Storage {
  readonly transactions: SynchronousTransactions<SqliteHandle>;
}

/** Options of {@link sqlite}. */
export interface SqliteOptions {
  /**
   * When a commit counts as done. `"full"` (the default): once the disk has it, so that it survives a power cut.
   * `"normal"`: once the operating system has it, which saves the wait for the disk; a power cut or a crash of the
   * system may then lose the last commits, while the end of this process, however sudden, still loses nothing. The
   * file stays whole either way.
   */
  readonly synchronous?: Synchronous;
  /**
   * Whether the file may be one that an application has made and keeps its own tables in, so that one transaction holds both
   * (see `transactional`). It then gets tables of ours, an `application_id` and a `user_version`, which stay ours. Default: false.
   */
  readonly adopt?: boolean;
}

/**
 * A store in a SQLite file, for one engine: a second one that opens the file is told who has it. To share a file, run
 * `ojs serve` on it. Next to the file appear `-wal` and `-shm`, which belong to it, and `.lock`.
 *
 * Uses the first of `node:sqlite` (Node 22.13 and newer), `better-sqlite3` if it is installed, and `libsql`.
 *
 * @param file Path of the file, which is created if need be, or `:memory:` for a store that ends with this object.
 * @throws OjsError (from `open`) `backend_error` with a hint: no SQLite library, no such directory, not a database,
 * damaged, not writable, in use by another process, or written by a newer version.
 *
 * @example
 * const server = createServer({ storage: sqlite("jobs.db") });
 */
export function sqlite(file: string, options: SqliteOptions = {}): SqliteStore {
  if (typeof file !== "string") throw new TypeError('sqlite needs the path of a file, or ":memory:".');
  return new SqliteStorage(file, options.synchronous ?? "full", () => loadLibrary().open, undefined, options.adopt);
}
