import { JOB_STATES } from "../../core/job.ts";
import type { QueueActivity, QueueRecord } from "../storage.ts";
import { ACTIVITY_KEPT_MS, minuteOf, noCounts, type QueueDelta, sumOf } from "../tally.ts";
import type { Database } from "./database.ts";
import type { Draft } from "./draft.ts";
import { PUT_QUEUE, QUEUE_JSON, queueValues, readQueue } from "./queue-row.ts";

const ADD_ACTIVITY = `
  INSERT INTO queue_minutes (queue, minute, started, completed, failed, wait_ms, run_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (queue, minute) DO UPDATE SET
    started = started + excluded.started,
    completed = completed + excluded.completed,
    failed = failed + excluded.failed,
    wait_ms = wait_ms + excluded.wait_ms,
    run_ms = run_ms + excluded.run_ms`;

const QUEUES_BY_NAME = `SELECT ${QUEUE_JSON} FROM queues WHERE name IN (SELECT value FROM json_each(?))`;

const DROP_ACTIVITY = "DELETE FROM queue_minutes WHERE minute < ?";

/**
 * The committed queues, in memory: this process is the only one that writes them. A group writes the row of each
 * queue that it changed, and the memory follows when the commit has succeeded, or when a transaction of the application has.
 */
export class QueueLedger {
  readonly #queues = new Map<string, QueueRecord>();
  /** The last minute in which old activity was dropped. */
  #swept = 0;

  constructor(database: Database) {
    for (const row of database.all(`SELECT ${QUEUE_JSON} FROM queues`)) this.#keep(readQueue(row));
  }

  get size(): number {
    return this.#queues.size;
  }

  get(name: string): QueueRecord | undefined {
    return this.#queues.get(name);
  }

  /** What all queues have in sum. */
  sum(): ReturnType<typeof sumOf> {
    return sumOf(this.#queues.values());
  }

  /** Dead letters of one queue, or of all. */
  deadLetters(name: string | undefined): number {
    if (name !== undefined) return this.get(name)?.deadLetters ?? 0;
    return this.sum().deadLetters;
  }

  /** Writes a draft inside of the transaction and returns what {@link adopt} takes once that is committed. */
  write(draft: Draft, now: number, database: Database): readonly QueueRecord[] {
    const changed: QueueRecord[] = [];
    const deltas = new Map(Array.from(draft.tally.deltas(), (delta) => [delta.queue, delta]));
    for (const name of new Set([...deltas.keys(), ...draft.pauses.keys()])) {
      const delta = deltas.get(name);
      const after = this.#after(name, delta, draft, now);
      if (after !== undefined) changed.push(after);
      if (delta !== undefined) this.#writeActivity(delta, now, database);
    }
    for (const queue of changed) database.run(PUT_QUEUE, queueValues(queue));
    return changed;
  }

  /** Reads these queues anew: the application has committed changes to them. */
  reload(names: readonly string[], database: Database): void {
    for (const row of database.all(QUEUES_BY_NAME, [JSON.stringify(names)])) this.#keep(readQueue(row));
  }

  /** Makes what a committed group wrote the state of affairs. */
  adopt(changed: readonly QueueRecord[]): void {
    for (const queue of changed) this.#keep(queue);
  }

  /** The queue after the group; undefined when it stays as it is. */
  #after(name: string, delta: QueueDelta | undefined, draft: Draft, now: number): QueueRecord | undefined {
    const before = this.get(name);
    const base = before ?? { name, createdAt: now, pausedAt: null, counts: noCounts(), deadLetters: 0 };
    const pausedAt = pauseTime(base, draft, now);
    if (before !== undefined && pausedAt === before.pausedAt && !moves(delta)) return undefined;
    return delta === undefined ? { ...base, pausedAt } : added({ ...base, pausedAt }, delta);
  }

  #writeActivity({ queue, activity }: QueueDelta, now: number, database: Database): void {
    if (isIdle(activity)) return;
    const { started, completed, failed, waitMs, runMs } = activity;
    const minute = minuteOf(now);
    database.run(ADD_ACTIVITY, [queue, minute, started, completed, failed, waitMs, runMs]);
    if (minute === this.#swept) return;
    database.run(DROP_ACTIVITY, [minuteOf(now - ACTIVITY_KEPT_MS)]);
    this.#swept = minute;
  }

  #keep(queue: QueueRecord): void {
    // These very objects are handed out.
    Object.freeze(queue.counts);
    this.#queues.set(queue.name, Object.freeze(queue));
  }
}

/** A queue that is paused twice keeps the time of the first, unless it was resumed in between. */
function pauseTime({ name, pausedAt }: QueueRecord, { pauses, resumed }: Draft, now: number): number | null {
  const paused = pauses.get(name);
  if (paused === undefined) return pausedAt;
  if (!paused) return null;
  return resumed.has(name) ? now : (pausedAt ?? now);
}

function moves(delta: QueueDelta | undefined): boolean {
  if (delta === undefined) return false;
  return delta.deadLetters !== 0 || JOB_STATES.some((state) => delta.counts[state] !== 0);
}

function added(queue: QueueRecord, delta: QueueDelta): QueueRecord {
  const counts = noCounts();
  for (const state of JOB_STATES) counts[state] = queue.counts[state] + delta.counts[state];
  return { ...queue, counts, deadLetters: queue.deadLetters + delta.deadLetters };
}

function isIdle({ started, completed, failed }: QueueActivity): boolean {
  return started + completed + failed === 0;
}
