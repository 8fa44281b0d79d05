/** Reads of records, see the port's `records.ts`. Units write them (`unit-functions.ts`). */
import { decodeCursor, toPage } from "../cursor.ts";
import type { RecordFilter, StoredRecord } from "../records.ts";
import type { Page, PageRequest } from "../storage.ts";
import type { Database, Query } from "./database.ts";
import type { Rows } from "./link.ts";
import type { Reader } from "./reader.ts";

const RECORDS = "SELECT r.kind, r.id, r.revision, r.due_at, r.body FROM @.records AS r";

/** Binds the kind and a JSON array of ids. */
const BY_ID = `${RECORDS} JOIN json_array_elements_text($2::json) AS w(id) ON r.id = w.id WHERE r.kind = $1`;
const DUE = `${RECORDS} WHERE r.kind = $1 AND r.due_at <= $2 ORDER BY r.due_at, r.id LIMIT $3`;
const OF_KIND = `${RECORDS} WHERE r.kind = $1 ORDER BY r.id`;
const NEXT_DUE = "SELECT due_at FROM @.records WHERE kind = $1 AND due_at IS NOT NULL ORDER BY due_at LIMIT 1";

/** Binds a JSON array of new records. */
const INSERT = `
  INSERT INTO @.records (kind, id, revision, due_at, body)
  SELECT w.kind, w.id, w.revision, w.due, w.body
  FROM json_to_recordset($1::json) AS w(kind text, id text, revision text, due bigint, body text)`;

/** A total is counted along an index: there are thousands of records of a kind, not millions. */
const LISTS = {
  all: listOf(""),
  waiting: listOf("AND r.due_at IS NOT NULL"),
  idle: listOf("AND r.due_at IS NULL"),
} as const;

function listOf(condition: string): { readonly page: string; readonly total: string } {
  return {
    page: `${RECORDS} WHERE r.kind = $1 ${condition} AND r.id > $2 ORDER BY r.id LIMIT $3 OFFSET $4`,
    total: `SELECT count(*) FROM @.records AS r WHERE r.kind = $1 ${condition}`,
  };
}

/** The statement that stores new records. */
export function insertRecords(records: readonly StoredRecord[]): Query {
  const rows = records.map(({ kind, id, revision, dueAt, body }) => ({ kind, id, revision, due: dueAt, body }));
  return { sql: INSERT, values: [JSON.stringify(rows)] };
}

/** All records of a kind, by id. */
export async function recordsOfKind(kind: string, reader: Reader): Promise<readonly StoredRecord[]> {
  return (await reader.read(OF_KIND, [kind])).map(readRecord);
}

/** The records in the order of the ids. */
export async function recordsById(
  kind: string,
  ids: readonly string[],
  database: Database,
): Promise<readonly (StoredRecord | undefined)[]> {
  const found = (await database.read(BY_ID, [kind, JSON.stringify(ids)])).map(readRecord);
  const byId = new Map(found.map((record) => [record.id, record]));
  return ids.map((id) => byId.get(id));
}

/** A page of records, by id; the empty text sorts before every id. */
export async function listRecords(
  kind: string,
  filter: RecordFilter,
  { after, limit, offset = 0 }: PageRequest,
  database: Database,
): Promise<Page<StoredRecord>> {
  const [last] = after === undefined ? [""] : decodeCursor(after, ["string"]);
  const { page, total } = statementsOf(filter);
  const [rows, count] = await Promise.all([
    database.read(page, [kind, last, limit + 1, offset]),
    database.value(total, [kind]),
  ]);
  return toPage(rows.map(readRecord), limit, Number(count), ({ id }) => [id]);
}

function statementsOf({ waiting }: RecordFilter): { readonly page: string; readonly total: string } {
  if (waiting === undefined) return LISTS.all;
  return waiting ? LISTS.waiting : LISTS.idle;
}

/** Records whose time has come, soonest first. */
export async function dueRecords(
  kind: string,
  now: number,
  limit: number,
  database: Database,
): Promise<StoredRecord[]> {
  return (await database.read(DUE, [kind, now, limit])).map(readRecord);
}

/** When the next record of a kind is due. */
export async function nextDueRecord(kind: string, database: Database): Promise<number | undefined> {
  const due = await database.value(NEXT_DUE, [kind]);
  return due === null ? undefined : Number(due);
}

function readRecord(row: Rows[number]): StoredRecord {
  const [kind, id, revision, dueAt, body] = row;
  return {
    kind: String(kind),
    id: String(id),
    revision: String(revision),
    dueAt: dueAt === null ? null : Number(dueAt),
    body: String(body),
  };
}
