/** `--storage`: which driver keeps the jobs, and where. */
import type { ServerOptions } from "../../server/index.ts";
import { memory } from "../../storage/memory/index.ts";
import { sqlite } from "../../storage/sqlite/index.ts";
import { UsageError } from "../usage-error.ts";

/** How far a commit of SQLite has got when it is answered. */
export type Synchronous = "full" | "normal";

const NOT_YET = /^(postgres|postgresql|redis|rediss):/;

/** Makes the storage for a location such as `memory:` or `sqlite:jobs.db`; throws a UsageError for others. */
export function storageAt(location: string, synchronous: Synchronous): ServerOptions["storage"] {
  if (location === "memory:" || location === "memory") return memory();
  if (location.startsWith("sqlite:")) {
    const file = location.slice("sqlite:".length);
    if (file === "") throw new UsageError("--storage sqlite: needs a file name, such as sqlite:jobs.db.");
    return sqlite(file, { synchronous });
  }
  const [scheme] = NOT_YET.exec(location) ?? [];
  // The rest of a URL may hold a password and is not repeated.
  if (scheme !== undefined) throw new UsageError(`--storage ${scheme} is not there yet; use memory: or sqlite:FILE.`);
  throw new UsageError("--storage must be memory: or sqlite:FILE.");
}
