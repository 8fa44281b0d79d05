/** The worker registry: each worker's record as JSON, under its id and the time of its last beat. */
import { decodeCursor, toPage } from "../cursor.ts";
import type { Page, PageRequest, WorkerCensus, WorkerRecord } from "../storage.ts";
import type { Database } from "./database.ts";

const KEEP_WORKER = `
  INSERT INTO workers (id, last_beat_at, record) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET last_beat_at = excluded.last_beat_at, record = excluded.record`;
const FORGET_WORKER = "DELETE FROM workers WHERE id = ?";
const FORGET_SILENT_WORKER = "DELETE FROM workers WHERE id = ? AND last_beat_at <= ?";
const HAS_WORKER = "SELECT 1 FROM workers WHERE id = ?";
const SILENT_WORKERS = "SELECT record FROM workers WHERE last_beat_at <= ? ORDER BY last_beat_at, id LIMIT ?";
const WORKER_BY_ID = "SELECT record FROM workers WHERE id = ?";
/** The empty text sorts before every id. */
const WORKERS_AFTER = "SELECT record FROM workers WHERE id > ? ORDER BY id LIMIT ? OFFSET ?";
const WORKER_COUNT = "SELECT count(*) FROM workers";
const CENSUS = `
  SELECT json_object('total', count(*), 'running', count(*) FILTER (WHERE state = 'running'),
    'quiet', count(*) FILTER (WHERE state = 'quiet'), 'terminate', count(*) FILTER (WHERE state = 'terminate'),
    'stale', count(*) FILTER (WHERE state = 'stale'))
  FROM (SELECT CASE WHEN last_beat_at <= ? THEN 'stale' ELSE record ->> 'state' END AS state FROM workers)`;
const OLDEST_BEAT = "SELECT last_beat_at FROM workers ORDER BY last_beat_at LIMIT 1";

/** Registers a worker or refreshes its registration. */
export function keepWorker(worker: WorkerRecord, database: Database): void {
  database.run(KEEP_WORKER, [worker.id, worker.lastBeatAt, JSON.stringify(worker)]);
}

/** Ends a registration, whatever its last beat. */
export function forgetWorker(id: string, database: Database): void {
  database.run(FORGET_WORKER, [id]);
}

/** Ends the registration of a worker that has not beaten since; false when there is none to end. */
export function forgetSilentWorker(id: string, lastBeatAt: number, database: Database): boolean {
  return database.run(FORGET_SILENT_WORKER, [id, lastBeatAt]) > 0;
}

export function hasWorker(id: string, database: Database): boolean {
  return database.value(HAS_WORKER, [id]) !== null;
}

/** Workers whose last beat is at or before `cutoff`, oldest first. */
export function silentWorkers(cutoff: number, limit: number, database: Database): WorkerRecord[] {
  // KEEP_WORKER wrote them.
  return database.all(SILENT_WORKERS, [cutoff, limit]).map((row) => JSON.parse(String(row)) as WorkerRecord);
}

export function workerById(id: string, database: Database): WorkerRecord | undefined {
  const record = database.value(WORKER_BY_ID, [id]);
  return record === null ? undefined : (JSON.parse(String(record)) as WorkerRecord); // KEEP_WORKER wrote it
}

/** A page of workers, by id. */
export function listWorkers(page: PageRequest, database: Database): Page<WorkerRecord> {
  const [after] = page.after === undefined ? [""] : decodeCursor(page.after, ["string"]);
  const rows = database.all(WORKERS_AFTER, [after, page.limit + 1, page.offset ?? 0]);
  const workers = rows.map((row) => JSON.parse(String(row)) as WorkerRecord); // KEEP_WORKER wrote them
  return toPage(workers, page.limit, Number(database.value(WORKER_COUNT)), ({ id }) => [id]);
}

/** How many there are, by state; those whose last beat is at or before `cutoff` are stale. */
export function workerCensus(cutoff: number, database: Database): WorkerCensus {
  return JSON.parse(String(database.value(CENSUS, [cutoff]))) as WorkerCensus; // CENSUS' object
}

/** The oldest last beat of all. */
export function oldestBeat(database: Database): number | undefined {
  const beat = database.value(OLDEST_BEAT);
  return beat === null ? undefined : Number(beat);
}
