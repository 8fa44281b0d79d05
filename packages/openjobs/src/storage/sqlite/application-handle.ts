/** A handle of the application on the file of an open storage. */
import { realpathSync } from "node:fs";
import { ojsError } from "../../core/errors.ts";
import { Database } from "./database.ts";
import { connectionOf, type SqliteHandle } from "./libraries.ts";
import { resultCode } from "./sqlite-error.ts";

const MAIN_FILE = "SELECT file FROM pragma_database_list WHERE name = 'main'";

/** What it takes to work inside of the application's transactions. */
export class ApplicationHandle {
  readonly database: Database;
  readonly #handle: SqliteHandle;

  /**
   * @param own The storage's connection.
   * @throws OjsError `invalid_request` when the handle is of another file: the two could not share a transaction.
   */
  constructor(handle: SqliteHandle, own: Database) {
    this.#handle = handle;
    this.database = new Database(connectionOf(handle));
    const file = fileOf(this.database);
    const wanted = fileOf(own);
    if (file !== "" && wanted !== "" && realpathSync(file) === realpathSync(wanted)) return;
    throw ojsError("invalid_request", `The handle is of ${nameOf(file)}, the jobs are in ${nameOf(wanted)}.`, {
      hint: "One transaction is in one file: let the application keep its tables next to the jobs. `:memory:` has no second handle.",
    });
  }

  /** Whether its transaction goes on; one that was closed has none. */
  get isInTransaction(): boolean {
    try {
      const { isTransaction, inTransaction } = this.#handle;
      return isTransaction ?? inTransaction ?? this.#refusesToBegin();
    } catch {
      return false;
    }
  }

  /** The built-in library of older runtimes does not say it. */
  #refusesToBegin(): boolean {
    try {
      this.#handle.exec("BEGIN");
    } catch (error) {
      return resultCode(error) !== undefined || isPlainError(error);
    }
    this.#handle.exec("ROLLBACK");
    return false;
  }
}

/** A transaction inside of a transaction is nothing but an error to SQLite. */
function isPlainError(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 1;
}

/** Empty for a database in memory. */
function fileOf(database: Database): string {
  return String(database.value(MAIN_FILE) ?? "");
}

function nameOf(file: string): string {
  return file === "" ? "a database in memory" : file;
}
