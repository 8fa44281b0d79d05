/** The worker registry: each worker's record as JSON, under its id and the time of its last beat. */
import type { WorkerRecord } from "../storage.ts";
import type { Database, Query } from "./database.ts";
import { toColumn } from "./storable-text.ts";

const KEEP_WORKER = `
  INSERT INTO @.workers (id, last_beat_at, record) VALUES ($1, $2, $3)
  ON CONFLICT (id) DO UPDATE SET last_beat_at = excluded.last_beat_at, record = excluded.record`;
const FORGET_WORKER = "DELETE FROM @.workers WHERE id = $1";
const SILENT_WORKERS = "SELECT record FROM @.workers WHERE last_beat_at <= $1 ORDER BY last_beat_at, id LIMIT $2";
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

/** The oldest last beat of all. */
export async function oldestBeat(database: Database): Promise<number | undefined> {
  const beat = await database.value(OLDEST_BEAT);
  return beat === null ? undefined : Number(beat);
}
