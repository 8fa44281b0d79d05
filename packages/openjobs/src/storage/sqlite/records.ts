/** Records: named documents, see the port's `records.ts`. */
import { decodeCursor, toPage } from "../cursor.ts";
import type { RecordFilter, RecordKey, StoredRecord } from "../records.ts";
import type { Page, PageRequest } from "../storage.ts";
import type { SqlValue } from "./connection.ts";
import type { Database } from "./database.ts";

/** The table, and what finds the records that are due. */
export const RECORDS = `
CREATE TABLE records (
  seq INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  id TEXT NOT NULL,
  revision TEXT NOT NULL,
  due_at INTEGER,
  body TEXT NOT NULL,
  UNIQUE (kind, id)
);
CREATE INDEX records_due ON records (kind, due_at, id) WHERE due_at IS NOT NULL;
`;

const INSERT = `
  INSERT INTO records (kind, id, revision, due_at, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, id) DO NOTHING`;
const REPLACE = "UPDATE records SET revision = ?, due_at = ?, body = ? WHERE kind = ? AND id = ? AND revision = ?";
const REMOVE = "DELETE FROM records WHERE kind = ? AND id = ? AND revision = ?";
const HAS = "SELECT 1 FROM records WHERE kind = ? AND id = ?";

const RECORD_JSON = "json_array(kind, records.id, revision, due_at, body)";

/** The list of ids comes first, so that each id is one look-up in the index. */
const BY_ID = `
  SELECT ${RECORD_JSON} FROM json_each(?) AS wanted CROSS JOIN records ON kind = ? AND records.id = wanted.value`;
const DUE = `SELECT ${RECORD_JSON} FROM records WHERE kind = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?`;
const OF_KIND = `SELECT ${RECORD_JSON} FROM records WHERE kind = ? ORDER BY id`;
const NEXT_DUE = "SELECT due_at FROM records WHERE kind = ? AND due_at IS NOT NULL ORDER BY due_at LIMIT 1";

/** A total is counted along an index: there are thousands of records of a kind, not millions. */
const LISTS = {
  all: listOf(""),
  waiting: listOf("AND due_at IS NOT NULL"),
  idle: listOf("AND due_at IS NULL"),
} as const;

function listOf(condition: string): { readonly page: string; readonly total: string } {
  const where = `WHERE kind = ? ${condition}`;
  return {
    page: `SELECT ${RECORD_JSON} FROM records ${where} AND id > ? ORDER BY id LIMIT ? OFFSET ?`,
    total: `SELECT count(*) FROM records ${where}`,
  };
}

/** All records of a kind, by id. */
export function recordsOfKind(kind: string, database: Database): readonly StoredRecord[] {
  return database.all(OF_KIND, [kind]).map(readRecord);
}

/** Stores a record; false when what is there is not at revision `before`. */
export function putRecord(record: StoredRecord, before: string | null, database: Database): boolean {
  const { kind, id, revision, dueAt, body } = record;
  if (before === null) return database.run(INSERT, [kind, id, revision, dueAt, body]) > 0;
  return database.run(REPLACE, [revision, dueAt, body, kind, id, before]) > 0;
}

/** Removes a record; false when what is there is not at revision `before`. */
export function removeRecord({ kind, id }: RecordKey, before: string, database: Database): boolean {
  return database.run(REMOVE, [kind, id, before]) > 0;
}

export function hasRecord({ kind, id }: RecordKey, database: Database): boolean {
  return database.value(HAS, [kind, id]) !== null;
}

/** The records in the order of the ids. */
export function recordsById(
  kind: string,
  ids: readonly string[],
  database: Database,
): readonly (StoredRecord | undefined)[] {
  const found = database.all(BY_ID, [JSON.stringify(ids), kind]).map(readRecord);
  const byId = new Map(found.map((record) => [record.id, record]));
  return ids.map((id) => byId.get(id));
}

/** A page of records, by id; the empty text sorts before every id. */
export function listRecords(
  kind: string,
  filter: RecordFilter,
  { after, limit, offset = 0 }: PageRequest,
  database: Database,
): Page<StoredRecord> {
  const [last] = after === undefined ? [""] : decodeCursor(after, ["string"]);
  const { page, total } = statementsOf(filter);
  const rows = database.all(page, [kind, last, limit + 1, offset]).map(readRecord);
  return toPage(rows, limit, Number(database.value(total, [kind])), ({ id }) => [id]);
}

function statementsOf({ waiting }: RecordFilter): { readonly page: string; readonly total: string } {
  if (waiting === undefined) return LISTS.all;
  return waiting ? LISTS.waiting : LISTS.idle;
}

/** Records whose time has come, soonest first. */
export function dueRecords(kind: string, now: number, limit: number, database: Database): StoredRecord[] {
  return database.all(DUE, [kind, now, limit]).map(readRecord);
}

/** When the next record of a kind is due. */
export function nextDueRecord(kind: string, database: Database): number | undefined {
  const due = database.value(NEXT_DUE, [kind]);
  return due === null ? undefined : Number(due);
}

type RecordRow = [kind: string, id: string, revision: string, dueAt: number | null, body: string];

function readRecord(value: SqlValue): StoredRecord {
  const [kind, id, revision, dueAt, body] = JSON.parse(String(value)) as RecordRow; // RECORD_JSON writes exactly this
  return { kind, id, revision, dueAt, body };
}
