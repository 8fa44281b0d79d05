/**
 * The little that this driver needs of a SQLite library, so that any of three can stand behind it. Everything is
 * synchronous. Every query of the driver selects one column, because crossing into native code costs these libraries
 * more per value than SQLite needs to build, and V8 to parse, one JSON text per row. Parameters are plain `?`, because the
 * libraries do not agree on what numbered ones are.
 */

/** What is bound and what comes back. */
export type SqlValue = string | number | null;

/** A prepared statement. */
export interface Statement {
  /** Runs a write and returns how many rows it inserted, updated or deleted. */
  run(values: readonly SqlValue[]): number;
  /** The first column of every row. */
  all(values: readonly SqlValue[]): SqlValue[];
}

/** An open database file. */
export interface Connection {
  /** Runs statements without parameters; rows are thrown away. */
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

/** A SQLite library: opens a file, which is created if need be, or `:memory:`, without waiting for locks. */
export type OpenConnection = (file: string) => Connection;
