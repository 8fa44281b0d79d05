/** The worker registry: each worker's record as JSON, under its id and the time of its last beat. */
import { decodeCursor, toPage } from "../cursor.ts";
import type { Page, PageRequest, WorkerCensus, WorkerRecord } from "../storage.ts";
import type { Database, Query } from "./database.ts";
import { toColumn } from "./storable-text.ts";

const KEEP_WORKER = `
  INSERT INTO @.workers (id, last_beat_at, record) VALUES ($1, $2, $3)
  ON CONFLICT (id) DO UPDATE SET last_beat_at = excluded.last_beat_at, record = excluded.record`;
const FORGET_WORKER = "DELETE FROM @.workers WHERE id = $1";
const SILENT_WORKERS = "SELECT record FROM @.workers WHERE last_beat_at <= $1 ORDER BY last_beat_at, id LIMIT $2";
const WORKER_BY_ID = "SELECT record FROM @.workers WHERE id = $1";
/** The empty text sorts before every id. */
const WORKERS_AFTER = "SELECT record FROM @.workers WHERE id > $1 ORDER BY id LIMIT $2 OFFSET $3";
const WORKER_COUNT = "SELECT count(*) FROM @.workers";
const CENSUS = `
  SELECT count(*), count(*) FILTER (WHERE w.state = 'running'), count(*) FILTER (WHERE w.state = 'quiet'),
    count(*) FILTER (WHERE w.state = 'terminate'), count(*) FILTER (WHERE w.state = 'stale')
  FROM (SELECT CASE WHEN last_beat_at <= $1 THEN 'stale' ELSE record::json ->> 'state' END AS state FROM @.workers) AS w`;
const OLDEST_BEAT = "SELECT last_beat_at FROM @.workers ORDER BY last_beat_at LIMIT 1";

/** Registers a worker or refreshes its registration. */
export function keepWorker(worker: WorkerRecord): Query {
  return { sql: KEEP_WORKER, values: [toColumn(worker.id), worker.lastBeatAt, JSON.stringify(worker)] };
}

/** Ends a registration, whatever its last beat. */
export function forgetWorker(id: string): Query {
  return { sql: FORGET_WORKER, values: [toColumn(id)] };
}

/** Workers whose last beat is at or before `cutoff`, oldest first. */
export async function silentWorkers(cutoff: number, limit: number, database: Database): Promise<WorkerRecord[]> {
  const rows = await database.read(SILENT_WORKERS, [cutoff, limit]);
  return rows.map(([record]) => JSON.parse(String(record)) as WorkerRecord); // KEEP_WORKER wrote them
}

export async function workerById(id: string, database: Database): Promise<WorkerRecord | undefined> {
  const record = await database.value(WORKER_BY_ID, [toColumn(id)]);
  return record === null ? undefined : (JSON.parse(String(record)) as WorkerRecord); // KEEP_WORKER wrote it
}

/** A page of workers, by id. */
export async function listWorkers(page: PageRequest, database: Database): Promise<Page<WorkerRecord>> {
  const [after] = page.after === undefined ? [""] : decodeCursor(page.after, ["string"]);
  const [rows, total] = await Promise.all([
    database.read(WORKERS_AFTER, [toColumn(after), page.limit + 1, page.offset ?? 0]),
    database.value(WORKER_COUNT),
  ]);
  const workers = rows.map(([record]) => JSON.parse(String(record)) as WorkerRecord); // KEEP_WORKER wrote them
  return toPage(workers, page.limit, Number(total), ({ id }) => [id]);
}

/** How many there are, by state; those whose last beat is at or before `cutoff` are stale. */
export async function workerCensus(cutoff: number, database: Database): Promise<WorkerCensus> {
  const [row = []] = await database.read(CENSUS, [cutoff]);
  const [total = 0, running = 0, quiet = 0, terminate = 0, stale = 0] = row.map(Number);
  return { total, running, quiet, terminate, stale };
}

/** The oldest last beat of all. */
export async function oldestBeat(database: Database): Promise<number | undefined> {
  const beat = await database.value(OLDEST_BEAT);
  return beat === null ? undefined : Number(beat);
}
