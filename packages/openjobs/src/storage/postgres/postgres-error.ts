/** Turns what PostgreSQL and its library throw into an error that says what to do. */
import { OjsError, ojsError } from "../../core/errors.ts";

/** Raised by our own functions: somebody else inserted a job under an id, or moved a workflow, between a look and a write. */
export const CLASH = "OJ001";
/** Raised by our own functions: steps were released whose jobs were not sent along; the detail says which. */
export const UNPREPARED = "OJ002";

/** Codes of failures that leave nothing behind and may be gone at the next attempt: deadlock, serialisation, a lost statement. */
const PASSING: ReadonlySet<string> = new Set(["40P01", "40001", "26000", CLASH]);

interface Explanation {
  readonly says: string;
  readonly hint: string;
}

/** What people can do something about, by code: of PostgreSQL, of its class, or of the system. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  "28P01": { says: "refuses the password", hint: "Check user and password in the URL." },
  "28000": { says: "refuses the user", hint: "Check the user in the URL, and pg_hba.conf on the server." },
  "3D000": { says: "has no such database", hint: "Create it: `createdb NAME`. Tables are created by openjobs." },
  "42501": {
    says: "refuses a permission",
    hint: "The user needs CREATE on the database, or must own the schema.",
  },
  "25006": { says: "is read-only", hint: "Connect to the primary, not to a standby." },
  "53100": { says: "has no space left on its disk", hint: "Make room on the disk." },
  "53300": { says: "has too many connections", hint: "Lower `pool`, or raise max_connections." },
  "55P03": { says: "did not get a lock in time", hint: "Look for long transactions in pg_stat_activity." },
  "57014": { says: "took too long", hint: "Look at the load of the database, or raise `statementTimeoutMs`." },
  "57P03": { says: "is starting or shutting down", hint: "It will answer again in a moment." },
  ECONNREFUSED: { says: "does not accept connections", hint: "Is it running, and are host and port right?" },
  ENOTFOUND: { says: "cannot be found", hint: "Check the host in the URL." },
  ETIMEDOUT: { says: "does not answer", hint: "Check host, port and firewalls." },
};

/** Makes trouble with the database a `backend_error`; errors that explain themselves already pass as they are. */
export function explain(error: unknown, place: string): OjsError {
  if (error instanceof OjsError) return error;
  const code = codeOf(error) ?? "";
  const explanation = EXPLANATIONS[code];
  if (explanation !== undefined) {
    return ojsError("backend_error", `${place} ${explanation.says}.`, { hint: explanation.hint, cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return ojsError("backend_error", `${place}: ${message}${code === "" ? "" : ` (${code})`}`, { cause: error });
}

/** Whether the same transaction may simply be tried again: nothing of it has happened. */
export function isPassing(error: unknown): boolean {
  return PASSING.has(codeOf(error) ?? "");
}

/** The SQLSTATE, or the system's name of the failure. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** What one of our functions said beyond its message. */
export function detailOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("detail" in error)) return undefined;
  return typeof error.detail === "string" ? error.detail : undefined;
}
