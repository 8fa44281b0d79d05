import type { ConnectionOptions } from "node:tls";
import type { LibraryOptions } from "./library.ts";
import { TYPES } from "./library.ts";
import type { SignalSettings } from "./signals.ts";

/** Options of {@link import("./index.ts").postgres}. Times are milliseconds. */
export interface PostgresOptions {
  /**
   * `postgres://user:password@host:5432/database`. What is left out comes from the usual variables: PGHOST, PGUSER,
   * PGPASSWORD, PGDATABASE.
   */
  readonly url?: string;
  /**
   * A way to the database itself, if `url` leads to a PgBouncer in transaction mode: notices do not come through one, and
   * servers then hear of each other's jobs seconds later. Default: `url`.
   */
  readonly listenUrl?: string;
  /** The schema that holds the tables; it is created if need be. Default: `ojs`. */
  readonly schema?: string;
  /** Connections at most: one writes, the others read; one more listens. Default: 10, at least 2. */
  readonly pool?: number;
  /** As in `tls.connect`; `true` = with the system's authorities. Default: what the URL says. */
  readonly ssl?: boolean | ConnectionOptions;
  /**
   * Whether statements stay prepared on their connections, which saves the server a third of its work. `false` for a PgBouncer
   * in transaction mode that does not support it; the timeouts below are then the server's to set. Default: true.
   */
  readonly preparedStatements?: boolean;
  /** How long to wait for a connection. Default: 5,000. */
  readonly connectTimeoutMs?: number;
  /** How long a statement may take. Default: 30,000. */
  readonly statementTimeoutMs?: number;
  /** How long a statement may wait for a lock. Default: 10,000. */
  readonly lockTimeoutMs?: number;
}

/** {@link PostgresOptions} with everything filled in. */
export interface Settings {
  readonly schema: string;
  readonly pool: number;
  readonly preparedStatements: boolean;
  readonly library: LibraryOptions;
  /** Where and how the servers on the schema hear of each other. */
  readonly signals: SignalSettings;
  /** Tells our advisory locks from those of other schemas. */
  readonly lockClass: number;
  /** Where the database is, for messages: without the password. */
  readonly place: string;
}

/**
 * All that we ask for is along an index. A plan that is made while a table is all but empty would read it from end to end, and
 * stay that way for a minute while the table fills.
 */
export const ALONG_INDEXES = {
  enable_seqscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  jit: "off",
} as const;

/** Beyond the server's own limits, in case it does not answer at all. */
const PATIENCE_MS = 5_000;

export function settingsOf(options: PostgresOptions): Settings {
  const { url, schema = "ojs", pool = 10, preparedStatements = true } = options;
  const library = libraryOptions(options);
  return {
    schema,
    pool: Math.max(2, pool),
    preparedStatements,
    lockClass: hashOf(schema),
    place: placeOf(url, schema),
    library,
    signals: { library: listeningOptions(library, options), channel: `openjobs_${hashOf(schema)}` },
  };
}

/** A connection that only listens shares nothing with others, so nothing of a pooler's rules holds for it. */
function listeningOptions(library: LibraryOptions, { url, listenUrl = url }: PostgresOptions): LibraryOptions {
  return { ...library, ...(listenUrl === undefined ? {} : { connectionString: listenUrl }) };
}

function libraryOptions({ url, ssl, preparedStatements = true, ...options }: PostgresOptions): LibraryOptions {
  const { connectTimeoutMs = 5_000, statementTimeoutMs = 30_000, lockTimeoutMs = 10_000 } = options;
  const limits = {
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: lockTimeoutMs,
    options: Object.entries(ALONG_INDEXES)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
  };
  return {
    ...(url === undefined ? {} : { connectionString: url }),
    ...(ssl === undefined ? {} : { ssl }),
    // A pooler refuses parameters that it cannot set for each of its clients.
    ...(preparedStatements ? limits : {}),
    application_name: "openjobs",
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: statementTimeoutMs + PATIENCE_MS,
    keepAlive: true,
    pipeline: true,
    types: TYPES,
  };
}

function placeOf(url: string | undefined, schema: string): string {
  if (url === undefined) return `PostgreSQL (schema ${schema})`;
  try {
    const { host, pathname } = new URL(url);
    return `PostgreSQL at ${host}${pathname} (schema ${schema})`;
  } catch {
    return `PostgreSQL (schema ${schema})`;
  }
}

/** A name as it is written in SQL. */
export function nameInSql(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A number of 31 bits; two schemas with the same one would wait for each other now and then, and look after signals in vain. */
export function hashOf(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (hash * 31 + text.charCodeAt(index)) | 0;
  return hash & 0x7fff_ffff;
}
