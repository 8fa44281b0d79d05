import type { Connection, SqlValue, Statement } from "./connection.ts";

/** A connection that prepares each statement once and knows how to run a transaction. */
export class Database {
  readonly #connection: Connection;
  /** By text. The texts are the driver's own, so there is a bounded number of them. */
  readonly #statements = new Map<string, Statement>();
  /** How many rows all writes have changed. */
  #changes = 0;
  #commits = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Runs a write and returns how many rows it changed. */
  run(sql: string, values: readonly SqlValue[] = []): number {
    const changed = this.#prepared(sql).run(values);
    this.#changes += changed;
    return changed;
  }

  /** The first column of every row. */
  all(sql: string, values: readonly SqlValue[] = []): SqlValue[] {
    return this.#prepared(sql).all(values);
  }

  /** The first column of the first row; null when there is no row. */
  value(sql: string, values: readonly SqlValue[] = []): SqlValue {
    return this.all(sql, values)[0] ?? null;
  }

  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  /** How many transactions have changed rows by {@link run}, or elsewhere. */
  get commits(): number {
    return this.#commits;
  }

  /** Another connection has committed something that is ours. */
  noteCommit(): void {
    this.#commits += 1;
  }

  /**
   * Runs `work` as one transaction: all of it has happened when this returns, none of it when this throws. A transaction
   * that writes nothing costs no write.
   *
   * Its brackets are not prepared: one that fails because the file is locked is not over until it is reset, which
   * libsql does not do, and keeps a lock of its own until then.
   */
  transaction<T>(work: () => T): T {
    this.exec("BEGIN IMMEDIATE");
    const before = this.#changes;
    try {
      const result = work();
      this.exec("COMMIT");
      if (this.#changes > before) this.#commits += 1;
      return result;
    } catch (error) {
      this.#rollback();
      throw error;
    }
  }

  /** Moves the log into the file and lets go of both. */
  close(): void {
    try {
      this.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // Then the log stays next to the file, and whoever opens that next reads both.
    }
    this.#statements.clear();
    this.#connection.close();
  }

  #prepared(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** SQLite has rolled back by itself after some errors, a full disk for one; then there is nothing left to undo. */
  #rollback(): void {
    try {
      this.exec("ROLLBACK");
    } catch {
      // The first error is the one that matters, and the caller gets it.
    }
  }
}
