/**
 * One engine per file: two that write to one file would each believe in their own counters and timers.
 *
 * The lock is an open transaction on a small SQLite file next to the database. The system ends it with the process,
 * however that dies, so there is never a stale lock. The little file stays behind: removing it would race with the
 * next opener.
 */
import { hostname } from "node:os";
import { ojsError } from "../../core/errors.ts";
import type { Connection, OpenConnection } from "./connection.ts";
import { Database } from "./database.ts";
import { explain, resultCode } from "./sqlite-error.ts";

/** A held lock. */
export interface FileLock {
  release(): void;
}

/** How long another opener may take to find out that it is too late. */
const PATIENCE_MS = 250;

/** Files that this process has open: where the system's locks cannot tell apart two users of one process. */
const openHere = new Set<string>();

/**
 * Locks a database file for this process.
 *
 * @param file The file's real path.
 * @throws OjsError `backend_error` that names the process which has it, when there is one.
 */
export function lockFile(file: string, open: OpenConnection): FileLock {
  if (openHere.has(file)) throw inUse(file, "this process");
  const connection = acquire(file, open);
  openHere.add(file);
  return {
    release: () => {
      openHere.delete(file);
      letGo(connection);
    },
  };
}

function acquire(file: string, open: OpenConnection): Connection {
  const lock = `${file}.lock`;
  let connection: Connection | undefined;
  try {
    connection = open(lock);
    hold(new Database(connection));
    return connection;
  } catch (error) {
    const owner = connection !== undefined && resultCode(error) === "BUSY" ? ownerIn(connection) : undefined;
    if (connection !== undefined) letGo(connection);
    throw owner === undefined ? explain(error, lock) : inUse(file, owner);
  }
}

/**
 * Writes who we are, then holds a write lock, which still lets others read that. Between the two somebody else may
 * have written their name and failed to get the lock; then ours goes in again.
 */
function hold(database: Database): void {
  // The file says nothing that would matter after a power cut. Others lock it for a moment when they are refused.
  database.exec(`PRAGMA synchronous = OFF; PRAGMA busy_timeout = ${PATIENCE_MS}`);
  const me = describeMe();
  for (;;) {
    database.transaction(() => {
      database.exec("CREATE TABLE IF NOT EXISTS owner (id INTEGER PRIMARY KEY, name TEXT NOT NULL)");
      database.run("INSERT INTO owner (id, name) VALUES (1, ?) ON CONFLICT DO UPDATE SET name = excluded.name", [me]);
    });
    database.exec("BEGIN IMMEDIATE");
    if (database.value("SELECT name FROM owner") === me) return;
    database.exec("ROLLBACK");
  }
}

function describeMe(): string {
  return `process ${process.pid} on ${hostname()}`;
}

function ownerIn(connection: Connection): string {
  try {
    const [name] = connection.prepare("SELECT name FROM owner").all([]);
    if (typeof name === "string" && name !== describeMe()) return name;
  } catch {
    // The owner has just created the file and has not written its name yet.
  }
  return "another process";
}

function letGo(connection: Connection): void {
  try {
    connection.exec("ROLLBACK");
  } catch {
    // No transaction is open when acquiring failed.
  }
  connection.close();
}

function inUse(file: string, owner: string): Error {
  return ojsError("backend_error", `SQLite file ${file} is in use by ${owner}.`, {
    hint: `Only one engine may have a file open. To share it, run \`ojs serve --storage sqlite:${file}\` once and connect everything else to it over HTTP.`,
    retryable: false,
  });
}
