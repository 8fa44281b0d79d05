import { decodeCursor, toPage } from "../cursor.ts";
import type { Page, PageRequest, WorkerCensus, WorkerRecord } from "../storage.ts";
import type { Journal } from "./journal.ts";
import { byText } from "./text-order.ts";

/** The registered workers. There are few of them and they are looked at rarely, so nothing is indexed. */
export class WorkerTable {
  readonly #workers = new Map<string, WorkerRecord>();

  get(id: string): WorkerRecord | undefined {
    return this.#workers.get(id);
  }

  /** Registers a worker or refreshes its registration. */
  put(worker: WorkerRecord, now: number, journal: Journal): void {
    this.#note(worker.id, journal);
    this.#workers.set(worker.id, frozen(worker, now));
  }

  remove(id: string, journal: Journal): void {
    this.#note(id, journal);
    this.#workers.delete(id);
  }

  /** Workers whose last beat is at or before `cutoff`, oldest first. */
  silent(cutoff: number, limit: number): WorkerRecord[] {
    return [...this.#workers.values()]
      .filter((worker) => worker.lastBeatAt <= cutoff)
      .sort((a, b) => a.lastBeatAt - b.lastBeatAt)
      .slice(0, limit);
  }

  /** A page of workers, by id. */
  page({ after, limit, offset = 0 }: PageRequest): Page<WorkerRecord> {
    const [start] = after === undefined ? [""] : decodeCursor(after, ["string"]);
    const behind = [...this.#workers.values()].filter(({ id }) => byText(id, start) > 0);
    const rows = behind.sort((a, b) => byText(a.id, b.id)).slice(offset, offset + limit + 1);
    return toPage(rows, limit, this.#workers.size, ({ id }) => [id]);
  }

  /** How many there are, by state; those whose last beat is at or before `cutoff` are stale. */
  census(cutoff: number): WorkerCensus {
    const census = { total: this.#workers.size, running: 0, quiet: 0, terminate: 0, stale: 0 };
    for (const { state, lastBeatAt } of this.#workers.values()) census[lastBeatAt <= cutoff ? "stale" : state] += 1;
    return census;
  }

  oldestBeat(): number | undefined {
    let oldest: number | undefined;
    for (const { lastBeatAt } of this.#workers.values()) {
      if (oldest === undefined || lastBeatAt < oldest) oldest = lastBeatAt;
    }
    return oldest;
  }

  #note(id: string, journal: Journal): void {
    const before = this.#workers.get(id);
    journal.note(() => {
      if (before === undefined) this.#workers.delete(id);
      else this.#workers.set(id, before);
    });
  }
}

function frozen(worker: WorkerRecord, now: number): WorkerRecord {
  return Object.freeze({
    ...worker,
    lastBeatAt: now,
    queues: Object.freeze([...worker.queues]),
    labels: Object.freeze([...worker.labels]),
  });
}
