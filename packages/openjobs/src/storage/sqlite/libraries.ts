/** The SQLite libraries behind {@link OpenConnection}, each loaded when it is first asked for. */
import { createRequire } from "node:module";
import type { Connection, OpenConnection, SqlValue, Statement } from "./connection.ts";

/** Names of the libraries, the preferred one first. */
export const LIBRARIES = ["node:sqlite", "better-sqlite3", "libsql"] as const;

/** A SQLite library that this driver can use. */
export type LibraryName = (typeof LIBRARIES)[number];

const require = createRequire(import.meta.url);

/** Loads one library. Throws what `require` throws, or why this library cannot be used here. */
export const loaders: Readonly<Record<LibraryName, () => OpenConnection>> = {
  "node:sqlite": loadBuiltIn,
  "better-sqlite3": () => {
    refuseCrash();
    return withPackage("better-sqlite3");
  },
  libsql: () => withPackage("libsql"),
};

/** The part that libsql took over from better-sqlite3. */
interface PackageStatement {
  readonly reader: boolean;
  raw(): unknown;
  run(values: readonly SqlValue[]): { readonly changes: number };
  all(values: readonly SqlValue[]): SqlValue[][];
}

interface PackageDatabase {
  exec(sql: string): void;
  prepare(sql: string): PackageStatement;
  close(): void;
}

/**
 * A handle of an application, opened by itself: `DatabaseSync` of `node:sqlite`, `Database` of `better-sqlite3` or of `libsql`.
 */
export interface SqliteHandle {
  exec(sql: string): unknown;
  prepare(sql: string): object;
  close(): unknown;
  /** Of `node:sqlite`, in newer versions. */
  readonly isTransaction?: boolean;
  /** Of the packages. */
  readonly inTransaction?: boolean;
}

/** The connection behind a handle. */
export function connectionOf(handle: SqliteHandle): Connection {
  // Which of the two it is tells what it has; both are what the libraries document.
  if ("inTransaction" in handle) return packageConnection(handle as PackageDatabase);
  return builtInConnection(handle as BuiltInDatabase);
}

type PackageModule = new (file: string, options: { readonly timeout: number }) => PackageDatabase;

function withPackage(name: "better-sqlite3" | "libsql"): OpenConnection {
  // Neither ships types for Node's module resolution; the interfaces above are what both document.
  const Database = require(name) as PackageModule;
  return (file) => packageConnection(new Database(file, { timeout: 0 }));
}

function packageConnection(database: PackageDatabase): Connection {
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => packageStatement(database.prepare(sql)),
    close: () => database.close(),
  };
}

function packageStatement(statement: PackageStatement): Statement {
  // Rows as arrays: libsql builds objects property by property, which takes twice as long.
  if (statement.reader) statement.raw();
  return {
    run: (values) => statement.run(values).changes,
    all: (values) => statement.all(values).map(first),
  };
}

function first(row: readonly SqlValue[]): SqlValue {
  return row[0] ?? null;
}

/** From version 13 on, better-sqlite3 needs Node 22, and does not say so: it takes the process down. */
function refuseCrash(): void {
  if (nodeVersion() >= 22) return;
  const version = versionOf("better-sqlite3");
  if (Number.parseInt(version, 10) >= 13) throw new Error(`version ${version} needs Node 22 or newer`);
}

function versionOf(name: LibraryName): string {
  const { version } = require(`${name}/package.json`) as { version: string }; // every package.json has one
  return version;
}

function nodeVersion(): number {
  return Number.parseInt(process.versions.node, 10);
}

interface BuiltInStatement {
  run(...values: readonly SqlValue[]): { readonly changes: number | bigint };
  all(...values: readonly SqlValue[]): Readonly<Record<string, SqlValue>>[];
}

interface BuiltInDatabase {
  exec(sql: string): void;
  prepare(sql: string): BuiltInStatement;
  close(): void;
}

interface BuiltIn {
  readonly DatabaseSync: new (file: string) => BuiltInDatabase;
}

function loadBuiltIn(): OpenConnection {
  // The types that we compile with are those of the oldest Node, which has no such module.
  const { DatabaseSync } = require("node:sqlite") as BuiltIn;
  return (file) => builtInConnection(new DatabaseSync(file));
}

function builtInConnection(database: BuiltInDatabase): Connection {
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => builtInStatement(database.prepare(sql)),
    close: () => database.close(),
  };
}

function builtInStatement(statement: BuiltInStatement): Statement {
  return {
    run: (values) => Number(statement.run(...values).changes),
    all: (values) => statement.all(...values).map((row) => first(Object.values(row))),
  };
}
