/** Turns what SQLite libraries throw into an error that says what to do. */
import { OjsError, ojsError } from "../../core/errors.ts";

/** Primary result codes of SQLite that people can do something about. */
const NAMES: Readonly<Record<number, string>> = {
  5: "BUSY",
  8: "READONLY",
  10: "IOERR",
  11: "CORRUPT",
  13: "FULL",
  14: "CANTOPEN",
  26: "NOTADB",
};

interface Explanation {
  readonly says: string;
  readonly hint: string;
  readonly retryable: boolean;
}

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  BUSY: {
    says: "is locked by another program",
    hint: "Close what holds it: a backup, or a SQLite shell with an open transaction.",
    retryable: true,
  },
  READONLY: {
    says: "cannot be written to",
    hint: "Let this user write to the file and to its directory, where SQLite keeps the files -wal and -shm.",
    retryable: false,
  },
  IOERR: {
    says: "could not be read or written: the system reports an I/O error",
    hint: "Look at the disk and at the system's log.",
    retryable: true,
  },
  CORRUPT: {
    says: "is damaged",
    hint: "Stop, copy the file and those next to it, then restore a backup or try `sqlite3 FILE .recover`.",
    retryable: false,
  },
  FULL: { says: "cannot grow: the disk is full", hint: "Make room on the disk.", retryable: true },
  CANTOPEN: {
    says: "cannot be opened",
    hint: "Check that this user may write to the directory, and that the process may open more files.",
    retryable: false,
  },
  NOTADB: {
    says: "is not a SQLite database",
    hint: "Choose another file name; this file was left as it is.",
    retryable: false,
  },
};

/** Makes trouble with `file` a `backend_error`; errors that explain themselves already pass as they are. */
export function explain(error: unknown, file: string): OjsError {
  if (error instanceof OjsError) return error;
  const explanation = EXPLANATIONS[resultCode(error) ?? ""];
  if (explanation === undefined) {
    const message = error instanceof Error ? error.message : String(error);
    return ojsError("backend_error", `SQLite file ${file}: ${message}`, { cause: error });
  }
  const { says, hint, retryable } = explanation;
  return ojsError("backend_error", `SQLite file ${file} ${says}.`, { hint, retryable, cause: error });
}

/** The name of SQLite's primary result code, without `SQLITE_`; undefined when it is none of those above. */
export function resultCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("errcode" in error) return nameOf(error.errcode); // node:sqlite
  if ("rawCode" in error) return nameOf(error.rawCode); // libsql, which has no names for some extended codes
  if ("code" in error && typeof error.code === "string" && error.code.startsWith("SQLITE_")) {
    return error.code.split("_")[1];
  }
  // libsql keeps the number at the end of its message when it cannot open a file at all.
  return nameOf(/ConnectionFailed\(.*: (\d+)"\)$/.exec(error.message)?.[1]);
}

/** Extended codes carry the primary one in their lowest byte. */
function nameOf(code: unknown): string | undefined {
  return code === undefined ? undefined : NAMES[Number(code) & 0xff];
}
