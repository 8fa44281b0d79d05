/** How `ojs serve` uses a PostgreSQL; which one is in the URL. */
import type { PostgresOptions } from "../../storage/postgres/index.ts";
import { type Environment, isOn, variable } from "../environment.ts";
import { UsageError } from "../usage-error.ts";

/** For `parseArgs`. */
export const postgresFlags = {
  schema: { type: "string" },
  pool: { type: "string" },
  "no-prepared": { type: "boolean" },
  "listen-url": { type: "string" },
} as const;

/** The part of `ojs serve --help`. */
export const POSTGRES_HELP = `\
  --schema NAME             OJS_SCHEMA             ojs; where the tables are in PostgreSQL
  --pool NUMBER             OJS_POOL               10; connections to PostgreSQL at most
  --no-prepared             OJS_NO_PREPARED=1      off; for a PgBouncer in transaction mode that
                                                   keeps no prepared statements
  --listen-url URL          OJS_LISTEN_URL         as --storage; the way around a pooler, which
                                                   notifications of other servers do not come through`;

/** What can be set besides the URL. */
export type PostgresSettings = Pick<PostgresOptions, "schema" | "pool" | "preparedStatements" | "listenUrl">;

interface Flags {
  readonly schema?: string | undefined;
  readonly pool?: string | undefined;
  readonly "no-prepared"?: boolean | undefined;
  readonly "listen-url"?: string | undefined;
}

/** Throws a UsageError for what cannot be meant. */
export function readPostgresFlags(flags: Flags, env: Environment): PostgresSettings {
  const schema = flags.schema ?? variable(env, "OJS_SCHEMA");
  const pool = flags.pool ?? variable(env, "OJS_POOL");
  const listenUrl = flags["listen-url"] ?? variable(env, "OJS_LISTEN_URL");
  const isUnprepared = flags["no-prepared"] ?? isOn(env, "OJS_NO_PREPARED");
  return {
    ...(schema === undefined ? {} : { schema: readSchema(schema) }),
    ...(pool === undefined ? {} : { pool: readPool(pool) }),
    ...(isUnprepared ? { preparedStatements: false } : {}),
    ...(listenUrl === undefined ? {} : { listenUrl: readListenUrl(listenUrl) }),
  };
}

/** PostgreSQL cuts longer names, and two that begin alike would be one. */
const MAX_NAME_BYTES = 63;

function readSchema(name: string): string {
  const fits = name !== "" && Buffer.byteLength(name) <= MAX_NAME_BYTES && !/[\p{Cc}]/u.test(name);
  if (fits && !name.startsWith("pg_")) return name;
  throw new UsageError(`--schema must be a name of 1 to ${MAX_NAME_BYTES} bytes that does not begin with pg_.`);
}

const MAX_POOL = 1_000;

function readPool(text: string): number {
  const pool = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (pool >= 2 && pool <= MAX_POOL) return pool;
  throw new UsageError(`--pool must be a number from 2 to ${MAX_POOL}.`);
}

/** It may hold a password, so that the message does not repeat it. */
function readListenUrl(url: string): string {
  if (/^postgres(?:ql)?:\/\/./.test(url) && URL.canParse(url)) return url;
  throw new UsageError(
    "--listen-url must be a URL like postgres://USER@HOST/DATABASE; in a password, %40 stands for @.",
  );
}
