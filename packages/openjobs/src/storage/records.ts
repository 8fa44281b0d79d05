/**
 * The part of the storage port that keeps small documents under a name: schedules, settings of queues and the like. There
 * are thousands of them, not millions, and the driver knows nothing of what they say. Internal: no semver promise.
 */
import type { JsonText } from "../core/job.ts";
import type { Page, PageRequest } from "./page.ts";

/** Names a record; both parts are ASCII. */
export interface RecordKey {
  /** What it is about, such as `cron`. */
  readonly kind: string;
  /** Its name among those of its kind. */
  readonly id: string;
}

/** A document. */
export interface StoredRecord extends RecordKey {
  /**
   * Names this version of the document. The engine makes a new text for every put and never uses one again, so that a
   * decision over a record that was removed and put anew meanwhile is noticed as well.
   */
  readonly revision: string;
  /** When the engine has to look at it again, Unix milliseconds; null = never. */
  readonly dueAt: number | null;
  readonly body: JsonText;
}

/** One write. Guard: the record is at revision `before`, or, when that is null, is not there. */
export interface PutRecord {
  readonly kind: "put-record";
  readonly record: StoredRecord;
  readonly before: string | null;
}

/** One write. Guard: the record is at revision `before`. */
export interface RemoveRecord {
  readonly kind: "remove-record";
  readonly key: RecordKey;
  readonly before: string;
}

/** Which records of a kind to list. */
export interface RecordFilter {
  /** true = those with a `dueAt`, false = those without; absent = all. */
  readonly waiting?: boolean;
}

/** Read access to records. */
export interface RecordQueries {
  /** The records of a kind in the order of the ids; undefined where there is none. */
  get(kind: string, ids: readonly string[]): Promise<readonly (StoredRecord | undefined)[]>;
  /** By id. */
  list(kind: string, filter: RecordFilter, page: PageRequest): Promise<Page<StoredRecord>>;
  /** Records whose `dueAt` is at or before `now`, soonest first, then by id. */
  due(kind: string, now: number, limit: number): Promise<readonly StoredRecord[]>;
  /** The soonest `dueAt` of a kind. */
  nextDue(kind: string): Promise<number | undefined>;
}

/** What a refused unit calls a record. Has a colon in it, so that it is never the id of a job. */
export function recordName({ kind, id }: RecordKey): string {
  return `${kind}:${id}`;
}
