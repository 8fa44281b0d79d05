/** Brings a database to the schema that this version of the package knows. */
import { ojsError } from "../../core/errors.ts";
import { ARRIVAL_FUNCTIONS } from "./arrival-functions.ts";
import { CHOOSY_FUNCTIONS } from "./choosy-functions.ts";
import type { Database } from "./database.ts";
import { LANES } from "./lane-functions.ts";
import { codeOf } from "./postgres-error.ts";
import { TABLES } from "./schema.ts";
import { TRANSACTION_FUNCTIONS } from "./transaction-functions.ts";
import { UNIT_FUNCTIONS } from "./unit-functions.ts";
import { UPKEEP_FUNCTIONS } from "./upkeep-functions.ts";
import { WORKFLOW_FUNCTIONS } from "./workflow-functions.ts";
import { WORKFLOW_TABLES } from "./workflow-schema.ts";

/** Step n leads from schema version n to n + 1. Steps that were released never change, and none of them locks a table for long. */
const MIGRATIONS: readonly string[] = [
  TABLES + WORKFLOW_TABLES + UNIT_FUNCTIONS + WORKFLOW_FUNCTIONS + ARRIVAL_FUNCTIONS + UPKEEP_FUNCTIONS + LANES,
  TRANSACTION_FUNCTIONS,
  CHOOSY_FUNCTIONS,
];

const VERSION = "SELECT max(version) FROM @.migrations";
const UNDEFINED_TABLE = "42P01";

/**
 * Runs the steps that the database has not seen. Several servers may do so at once: all but one wait for the lock, which the
 * transaction holds, and find the work done.
 *
 * @throws OjsError `backend_error` for a database of a newer version of this package.
 */
export async function migrate(database: Database): Promise<void> {
  const version = await versionOf(database);
  if (version > MIGRATIONS.length) throw tooNew(version, database);
  if (version === MIGRATIONS.length) return;
  await database.script(`BEGIN;
    SELECT pg_advisory_xact_lock(${database.settings.lockClass}, 0);
    DO $schema$ BEGIN
      IF to_regnamespace('${database.schema.replaceAll("'", "''")}') IS NULL THEN CREATE SCHEMA ${database.schema}; END IF;
    END $schema$;
    CREATE TABLE IF NOT EXISTS @.migrations (version integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
    COMMIT;`);
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index >= version) await database.script(stepOf(sql, index + 1, database));
  }
}

/** The step looks again once it has the lock: another server may have run it meanwhile. */
function stepOf(sql: string, version: number, database: Database): string {
  return `BEGIN;
    SELECT pg_advisory_xact_lock(${database.settings.lockClass}, 0);
    DO $migration$ BEGIN
      IF EXISTS (SELECT FROM @.migrations AS m WHERE m.version = ${version}) THEN RETURN; END IF;
      ${sql}
      INSERT INTO @.migrations (version) VALUES (${version});
    END $migration$;
    COMMIT;`;
}

async function versionOf(database: Database): Promise<number> {
  try {
    return Number((await database.value(VERSION)) ?? 0);
  } catch (error) {
    if (codeOf(error) === UNDEFINED_TABLE) return 0;
    throw error;
  }
}

function tooNew(version: number, database: Database): Error {
  return ojsError(
    "backend_error",
    `${database.settings.place} was written by a newer version of openjobs (schema ${version}; this version knows ${MIGRATIONS.length}).`,
    { hint: "Install that version of openjobs or a newer one, or choose another schema.", retryable: false },
  );
}
