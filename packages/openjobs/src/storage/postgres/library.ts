/** The library that talks to PostgreSQL: an optional peer, loaded when a storage is opened. */
import { createRequire } from "node:module";
import { ojsError } from "../../core/errors.ts";

/** What a statement can be given. */
export type SqlValue = string | number | boolean | null;

/** One statement on its way to the server. */
export interface LibraryQuery {
  readonly text: string;
  /** Under this name the server keeps the statement prepared. */
  readonly name?: string;
  readonly values?: readonly SqlValue[];
  readonly rowMode: "array";
}

/** A connection, as far as this driver uses it. */
export interface LibraryClient {
  connect(): Promise<unknown>;
  query(query: LibraryQuery | string): Promise<{ readonly rows: readonly (readonly unknown[])[] }>;
  end(): Promise<void>;
  on(event: "error" | "end", listener: (error?: Error) => void): unknown;
  on(event: "notification", listener: (notice: { readonly payload?: string }) => void): unknown;
}

/** How the library reads what PostgreSQL sends, by the number of its type. */
export interface LibraryTypes {
  getTypeParser(type: number, format?: string): (value: string) => unknown;
}

/** Options of a connection; the rest of what the library knows is for the user to say in the URL. */
export interface LibraryOptions {
  readonly connectionString?: string;
  readonly ssl?: unknown;
  readonly application_name: string;
  readonly connectionTimeoutMillis: number;
  readonly statement_timeout?: number;
  readonly lock_timeout?: number;
  readonly idle_in_transaction_session_timeout?: number;
  /** Settings of the session, as for the server's command line. */
  readonly options?: string;
  readonly query_timeout: number;
  readonly keepAlive: boolean;
  readonly pipeline: boolean;
  readonly types: LibraryTypes;
}

/** The part of `pg` that this driver needs. */
export interface Library {
  readonly Client: new (options: LibraryOptions) => LibraryClient;
}

/** @throws OjsError `backend_error` that says what to install. */
export function loadLibrary(): Library {
  try {
    // Its own types are a package apart; the interfaces above are what it documents.
    return createRequire(import.meta.url)("pg") as Library;
  } catch (cause) {
    throw ojsError("backend_error", "PostgreSQL needs the package pg, which is not installed.", {
      hint: "Run `npm install pg` next to openjobs.",
      retryable: false,
      cause,
    });
  }
}

const BOOLEAN = 16;
const NUMBERS: ReadonlySet<number> = new Set([20, 21, 23, 26, 700, 701]);

/** Whole numbers are below 2^53 and are numbers; everything else but truth stays the text that it came as. */
export const TYPES: LibraryTypes = {
  getTypeParser(type) {
    if (NUMBERS.has(type)) return Number;
    return type === BOOLEAN ? isTrue : itself;
  },
};

function isTrue(value: string): boolean {
  return value === "t";
}

function itself(value: string): string {
  return value;
}
