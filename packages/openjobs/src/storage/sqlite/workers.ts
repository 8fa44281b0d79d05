/** The worker registry: each worker's record as JSON, under its id and the time of its last beat. */
import type { WorkerRecord } from "../storage.ts";
import type { Database } from "./database.ts";

const KEEP_WORKER = `
  INSERT INTO workers (id, last_beat_at, record) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET last_beat_at = excluded.last_beat_at, record = excluded.record`;
const FORGET_WORKER = "DELETE FROM workers WHERE id = ?";
const FORGET_SILENT_WORKER = "DELETE FROM workers WHERE id = ? AND last_beat_at <= ?";
const HAS_WORKER = "SELECT 1 FROM workers WHERE id = ?";
const SILENT_WORKERS = "SELECT record FROM workers WHERE last_beat_at <= ? ORDER BY last_beat_at, id LIMIT ?";
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

/** The oldest last beat of all. */
export function oldestBeat(database: Database): number | undefined {
  const beat = database.value(OLDEST_BEAT);
  return beat === null ? undefined : Number(beat);
}
