/** Brings a file to the schema that this version of the package knows. */
import { ojsError } from "../../core/errors.ts";
import type { Database } from "./database.ts";
import { APPLICATION_ID, MIGRATIONS } from "./schema.ts";

/**
 * Refuses files that are not ours to write to, before anything in them was changed.
 *
 * @throws OjsError `backend_error` for another application's database and for one of a newer version of this package.
 */
export function checkIdentity(database: Database, file: string): void {
  if (isEmpty(database)) return;
  if (Number(database.value("PRAGMA application_id")) !== APPLICATION_ID) {
    throw ojsError("backend_error", `SQLite file ${file} belongs to another application.`, {
      hint: "Choose another file name; this file was left as it is.",
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
