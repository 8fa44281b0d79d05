import { performance } from "node:perf_hooks";
import { ojsError } from "../../core/errors.ts";
import type { StoredRecord } from "../records.ts";
import { nameInSql, type Settings } from "./options.ts";
import type { Reader } from "./reader.ts";
import { recordsOfKind } from "./records.ts";
import { JOIN_TRANSACTION } from "./transaction-functions.ts";

/** Servers hear of changed settings at once; whoever only enqueues looks after so long, as servers do that hear nothing. */
const LOOK_AGAIN_MS = 10_000;

/** Null when there is no such function, or no such schema: that must not be an error, which would end the transaction. */
const FIND = `SELECT to_regproc($1)::text AS found, extract(epoch FROM clock_timestamp())::double precision * 1000 AS time`;

/** What transactions of the application have to know of a database, and where it is read: on their own connections. */
export class TransactionLook {
  readonly #function: string;
  readonly #place: string;
  readonly #records = new Map<string, readonly StoredRecord[]>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** The database's time less this process's. */
  #ahead = Date.now() - performance.now();

  constructor({ schema, place }: Pick<Settings, "schema" | "place">) {
    this.#function = `${nameInSql(schema)}.${JOIN_TRANSACTION}`;
    this.#place = place;
  }

  /** The database's time, as far as it is known; Unix milliseconds. */
  now(): number {
    return Math.floor(performance.now() + this.#ahead);
  }

  /**
   * All records of a kind; looks at the database when it did not for a while.
   *
   * @throws OjsError `backend_error` when the database has no tables of ours, or older ones.
   */
  async records(kind: string, reader: Reader): Promise<readonly StoredRecord[]> {
    const known = this.#records.get(kind);
    if (known !== undefined && performance.now() - this.#lookedAt < LOOK_AGAIN_MS) return known;
    await this.#find(reader);
    const records = await recordsOfKind(kind, reader);
    this.#records.set(kind, records);
    return records;
  }

  async #find(reader: Reader): Promise<void> {
    const sent = performance.now();
    const [[found, time] = []] = await reader.read(FIND, [this.#function]);
    if (typeof found !== "string") throw noTables(this.#place);
    const answered = performance.now();
    this.#ahead = Number(time) - (sent + answered) / 2;
    this.#lookedAt = answered;
  }
}

function noTables(place: string): Error {
  return ojsError("backend_error", `${place}: there are no tables of openjobs, or those of an older version.`, {
    hint: "Start `ojs serve` on this database once, or open and close a storage: both create them. Check the option schema.",
    retryable: false,
  });
}
