/** Opens a database file: finds it, locks it, checks that it is ours, sets it up and brings its schema up to date. */
import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ojsError } from "../../core/errors.ts";
import type { Connection, OpenConnection } from "./connection.ts";
import { Database } from "./database.ts";
import { type Disk, systemDisk } from "./disk.ts";
import { type FileLock, lockFile } from "./lock.ts";
import { LogSync } from "./log-sync.ts";
import { checkIdentity, migrate } from "./migrations.ts";
import { explain } from "./sqlite-error.ts";

/** The name of a database that lives and dies with its connection. */
export const IN_MEMORY = ":memory:";

/** When a commit is on the disk, see `SqliteOptions`. */
export type Synchronous = "full" | "normal";

/** An open file and its lock. */
export interface OpenFile {
  readonly database: Database;
  /** Makes commits durable; undefined when SQLite does that by itself, or nobody has to. */
  readonly log: LogSync | undefined;
  /** Writes everything back and unlocks the file. */
  close(): void;
}

/**
 * @param name What the user calls the file.
 * @param adopts Whether it may be an application's.
 * @throws OjsError `backend_error` that says what to do.
 */
export function openFile(
  name: string,
  synchronous: Synchronous,
  open: OpenConnection,
  disk: Disk = systemDisk,
  adopts = false,
): OpenFile {
  const file = name === IN_MEMORY ? name : realPath(name);
  const lock = file === IN_MEMORY ? undefined : lockFile(file, open);
  let connection: Connection | undefined;
  try {
    connection = open(file);
    const database = new Database(connection);
    checkIdentity(database, file, adopts);
    configure(database, synchronous);
    migrate(database);
    const log = synchronous === "full" ? takeOverSync(database, file, disk) : undefined;
    return { database, log, close: () => closeAll(database, log, lock) };
  } catch (error) {
    connection?.close();
    lock?.release();
    throw explain(error, file);
  }
}

/** From here on COMMIT does not sync, and `LogSync` does. A file system that cannot have a log keeps SQLite's own way. */
function takeOverSync(database: Database, file: string, disk: Disk): LogSync | undefined {
  if (file === IN_MEMORY || database.value("PRAGMA journal_mode") !== "wal") return undefined;
  database.exec("PRAGMA synchronous = NORMAL");
  return new LogSync(file, disk);
}

function closeAll(database: Database, log: LogSync | undefined, lock: FileLock | undefined): void {
  try {
    database.close();
  } finally {
    log?.close();
    lock?.release();
  }
}

/** Two names of one file must lead to one lock. */
function realPath(name: string): string {
  const file = resolve(name);
  if (name.trim() === "") throw unusable(name, "an empty name", "Name a file, or `:memory:`.");
  if (existsSync(file)) {
    if (statSync(file).isDirectory()) throw unusable(name, "a directory", "Name a file inside of it.");
    return realpathSync(file);
  }
  const directory = dirname(file);
  if (!existsSync(directory)) {
    throw unusable(name, "in a directory that does not exist", `Create it: \`mkdir -p ${directory}\`.`);
  }
  return join(realpathSync(directory), basename(file));
}

function unusable(name: string, what: string, hint: string): Error {
  return ojsError("backend_error", `SQLite file "${name}" is ${what}.`, { hint, retryable: false });
}

/** Other programs may hold a lock for moments, a backup for example. Waiting stops the process, so not for long. */
const PATIENCE_MS = 2_000;

/** The log is copied into the file when it has this many pages (4 kB each), so neither it nor the pause grows. */
const CHECKPOINT_PAGES = 1_000;

/** What the log is cut back to after a burst. */
const LOG_BYTES = 64 * 1024 * 1024;

function configure(database: Database, synchronous: Synchronous): void {
  database.exec(`
    PRAGMA busy_timeout = ${PATIENCE_MS};
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${synchronous};
    PRAGMA temp_store = MEMORY;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
    PRAGMA journal_size_limit = ${LOG_BYTES};
  `);
  // On macOS an ordinary sync leaves data in the drive's cache; elsewhere this changes nothing.
  if (synchronous === "full") database.exec("PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON");
}
