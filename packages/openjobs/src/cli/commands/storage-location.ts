/** `--storage`: which driver keeps the jobs, and where. */
import type { ServerOptions } from "../../server/index.ts";
import { memory } from "../../storage/memory/index.ts";
import { postgres } from "../../storage/postgres/index.ts";
import { sqlite } from "../../storage/sqlite/index.ts";
import { UsageError } from "../usage-error.ts";
import type { PostgresSettings } from "./postgres-flags.ts";

/** How far a commit of SQLite has got when it is answered. */
export type Synchronous = "full" | "normal";

/** What the drivers can be told besides. */
export interface StorageSettings {
  readonly synchronous: Synchronous;
  readonly postgres: PostgresSettings;
}

const POSTGRES = /^postgres(?:ql)?:\/\//;
const NOT_YET = /^(redis|rediss):/;
const KNOWN = "memory:, sqlite:FILE or postgres://USER@HOST/DATABASE";

/** Makes the storage for a location such as `memory:` or `sqlite:jobs.db`; throws a UsageError for others. */
export function storageAt(location: string, settings: StorageSettings): ServerOptions["storage"] {
  if (location === "memory:" || location === "memory") return memory();
  if (location.startsWith("sqlite:")) {
    const file = location.slice("sqlite:".length);
    if (file === "") throw new UsageError("--storage sqlite: needs a file name, such as sqlite:jobs.db.");
    return sqlite(file, { synchronous: settings.synchronous });
  }
  if (POSTGRES.test(location)) return postgres({ ...settings.postgres, url: checkedUrl(location) });
  const [scheme] = NOT_YET.exec(location) ?? [];
  // The rest of a URL may hold a password and is not repeated.
  if (scheme !== undefined) throw new UsageError(`--storage ${scheme} is not there yet; use ${KNOWN}.`);
  throw new UsageError(`--storage must be ${KNOWN}.`);
}

/** A URL without a host is one: PostgreSQL's own variables say where then. */
function checkedUrl(location: string): string {
  if (URL.canParse(location) || /^postgres(?:ql)?:\/\/\//.test(location)) return location;
  throw new UsageError("--storage is no URL: special characters in a password must be written like %40 for @.");
}
