/** Picks the SQLite library: the runtime's own, else one that is installed. */
import { ojsError } from "../../core/errors.ts";
import type { OpenConnection } from "./connection.ts";
import { LIBRARIES, type LibraryName, loaders } from "./libraries.ts";

/** Names a library to use instead of the first one that loads; for tests and for tracking down trouble. */
export const LIBRARY_VARIABLE = "OJS_SQLITE_LIBRARY";

/** A library that loaded. */
export interface Library {
  readonly name: LibraryName;
  readonly open: OpenConnection;
}

/**
 * Loads `node:sqlite` (Node 22.13 and newer), else `better-sqlite3` if the application has installed it, else
 * `libsql`, which npm installs with this package where it can.
 *
 * @param wanted One library, nothing else; the environment variable {@link LIBRARY_VARIABLE} when absent.
 * @throws OjsError `backend_error` that says what was tried and what to install.
 */
export function loadLibrary(wanted: string | undefined = process.env[LIBRARY_VARIABLE]): Library {
  const problems: string[] = [];
  for (const name of candidates(wanted)) {
    try {
      return { name, open: loaders[name]() };
    } catch (error) {
      problems.push(`${name}: ${problemOf(error)}`);
    }
  }
  throw ojsError("backend_error", `No SQLite library could be loaded (${problems.join("; ")}).`, {
    hint: "Run `npm install libsql`, or use Node 22.13 or newer, which has SQLite built in.",
    retryable: false,
  });
}

function candidates(wanted: string | undefined): readonly LibraryName[] {
  if (wanted === undefined || wanted === "") return LIBRARIES;
  const known = LIBRARIES.filter((name) => name === wanted);
  if (known.length > 0) return known;
  throw ojsError("backend_error", `There is no SQLite library "${wanted}".`, {
    hint: `Set ${LIBRARY_VARIABLE} to one of ${LIBRARIES.join(", ")}, or unset it.`,
    retryable: false,
  });
}

function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!("code" in error)) return firstLine(error);
  if (error.code === "ERR_UNKNOWN_BUILTIN_MODULE") return `not part of Node ${process.versions.node}`;
  return error.code === "MODULE_NOT_FOUND" ? "not installed" : firstLine(error);
}

/** Node lists the files that wanted the module on further lines. */
function firstLine(error: Error): string {
  return error.message.split("\n", 1)[0] ?? "";
}
