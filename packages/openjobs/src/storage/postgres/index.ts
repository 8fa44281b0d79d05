/** Jobs in PostgreSQL: one truth for any number of servers. */
import type { Storage } from "../storage.ts";
import type { Transactions } from "../transactions.ts";
import { type PostgresOptions, settingsOf } from "./options.ts";
import { PostgresStorage } from "./postgres-storage.ts";
import type { SqlTransaction } from "./transaction-connection.ts";

export type { PostgresOptions } from "./options.ts";
export type { SqlTransaction } from "./transaction-connection.ts";

/** A store in PostgreSQL, which transactions of the application can take part in; see `transactional`. */
export interface PostgresStore extends Storage {
  readonly transactions: Transactions<SqlTransaction>;
}

/**
 * A store in a PostgreSQL database, which any number of servers may share. Needs the package `pg`. The tables are in a schema
 * of their own, and are created or brought up to date when the storage is opened.
 *
 * @param options The URL of the database, or all {@link PostgresOptions}.
 * @throws OjsError (from `open`) `backend_error` with a hint: `pg` is not installed, the database does not answer or refuses
 * the user, or it was written by a newer version.
 *
 * @example
 * const server = createServer({ storage: postgres("postgres://localhost/app") });
 */
export function postgres(options: string | PostgresOptions = {}): PostgresStore {
  return new PostgresStorage(settingsOf(typeof options === "string" ? { url: options } : options));
}
