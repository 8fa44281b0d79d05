/** Between a queue and its row. */
import { JOB_STATES } from "../../core/job.ts";
import type { QueueRecord } from "../storage.ts";
import { noCounts } from "../tally.ts";
import type { SqlValue } from "./connection.ts";

const COLUMNS = ["name", "created_at", "paused_at", "dead_letters", ...JOB_STATES];

/** What to select for {@link readQueue}: the whole row as one JSON array. */
export const QUEUE_JSON: string = `json_array(${COLUMNS.join(", ")})`;

type QueueRow = [name: string, createdAt: number, pausedAt: number | null, deadLetters: number, ...number[]];

/** Reads a row that was selected as {@link QUEUE_JSON}. */
export function readQueue(value: SqlValue): QueueRecord {
  // QUEUE_JSON writes exactly this.
  const [name, createdAt, pausedAt, deadLetters, ...numbers] = JSON.parse(String(value)) as QueueRow;
  const counts = noCounts();
  JOB_STATES.forEach((state, index) => {
    counts[state] = numbers[index] ?? 0;
  });
  return { name, createdAt, pausedAt, counts, deadLetters };
}

/** The statement that stores a queue; bind {@link queueValues}. */
export const PUT_QUEUE: string = `
  INSERT INTO queues (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})
  ON CONFLICT (name) DO UPDATE SET ${COLUMNS.slice(2)
    .map((column) => `${column} = excluded.${column}`)
    .join(", ")}`;

/** What {@link PUT_QUEUE} binds. */
export function queueValues({ name, createdAt, pausedAt, counts, deadLetters }: QueueRecord): SqlValue[] {
  return [name, createdAt, pausedAt, deadLetters, ...JOB_STATES.map((state) => counts[state])];
}
