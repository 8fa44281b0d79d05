/** Brings a file to the schema that this version of the package knows. */
import { ojsError } from "../../core/errors.ts";
import type { Database } from "./database.ts";
import { APPLICATION_ID, MIGRATIONS } from "./schema.ts";

/**
 * Refuses files that are not ours to write to, before anything in them was changed.
 *
 * @param adopts Whether it may become ours beside being an application's that has not put its own numbers into it.
 * @throws OjsError `backend_error` for another application's database and for one of a newer version of this package.
 */
export function checkIdentity(database: Database, file: string, adopts: boolean): void {
  if (isEmpty(database)) return;
  const owner = Number(database.value("PRAGMA application_id"));
  if (adopts && owner === 0 && schemaVersion(database) === 0) return;
  if (owner !== APPLICATION_ID) {
    throw ojsError("backend_error", `SQLite file ${file} belongs to another application.`, {
      hint: adopts
        ? "It has an application_id or a user_version of its own, which openjobs needs. Keep the jobs in another file; this one was left as it is."
        : "Choose another file name; this file was left as it is. If it is your application's, see the option `adopt`.",
      retryable: false,
    });
  }
  const version = schemaVersion(database);
  if (version <= MIGRATIONS.length) return;
  throw ojsError(
    "backend_error",
    `SQLite file ${file} was written by a newer version of openjobs (schema ${version}; this version knows ${MIGRATIONS.length}).`,
    { hint: "Install that version of openjobs or a newer one, or choose another file.", retryable: false },
  );
}

/**
 * Runs the steps that the file has not seen, each in a transaction. When there is none, it takes the write lock all the
 * same, so that a file that cannot be written to is noticed now and not by the first job.
 */
export function migrate(database: Database): void {
  const version = schemaVersion(database);
  if (version === MIGRATIONS.length) database.transaction(() => undefined);
  MIGRATIONS.slice(version).forEach((sql, index) => {
    database.transaction(() => {
      database.exec(sql);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      database.exec(`PRAGMA user_version = ${version + index + 1}`);
    });
  });
}

function isEmpty(database: Database): boolean {
  return database.value("SELECT name FROM sqlite_schema LIMIT 1") === null && schemaVersion(database) === 0;
}

function schemaVersion(database: Database): number {
  return Number(database.value("PRAGMA user_version"));
}
