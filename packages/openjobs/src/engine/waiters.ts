/**
 * Fetches that wait for a job (design 3.6). A waiter stands in line *before* it claims: whatever becomes available after
 * that wakes it, so no wake-up is lost between an empty claim and the moment it parks.
 */
import { FifoList, type FifoNode } from "./fifo-list.ts";

/** One waiting fetch: `standInLine`, claim, and `woken` when the claim was empty, again and again; then `leave`. */
export interface Waiter {
  /** Takes a place at the end of each queue's line, if it has none. Forgets an earlier wake-up. */
  standInLine(): void;
  /** Resolves true when a job may be there (at once if that was so since `standInLine`), false when stopped. */
  woken(): Promise<boolean>;
  /** Ends the wait: `woken` answers false from now on. */
  stop(): void;
  /** Gives the place up. A wake-up that came too late to be used is handed on: there may be a job left for it. */
  leave(): void;
}

/** All waiting fetches of an engine, by queue and in the order of arrival. */
export class Waiters {
  readonly #lines = new Map<string, FifoList<LinedUp>>();
  readonly #all = new Set<LinedUp>();
  #closed = false;

  /** How many fetches wait or are about to. */
  get size(): number {
    return this.#all.size;
  }

  /** Creates a waiter for these queues; it stands nowhere yet. */
  register(queues: readonly string[]): Waiter {
    const waiter = new LinedUp(new Set(queues), this.#lines, () => {
      this.#all.delete(waiter);
      const late = waiter.lateWake;
      if (late !== undefined) this.wake(late);
    });
    this.#all.add(waiter);
    if (this.#closed) waiter.stop();
    return waiter;
  }

  /** Wakes up to `count` waiters of the queue, the longest waiting first. Costs what it wakes. */
  wake(queue: string, count = 1): void {
    for (let left = count; left > 0; left -= 1) {
      const waiter = this.#lines.get(queue)?.first;
      if (waiter === undefined) return;
      waiter.wake(queue);
    }
  }

  /** Stops every waiter, now and in the future: the engine is closing. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#all) waiter.stop();
  }
}

class LinedUp implements Waiter {
  readonly #queues: ReadonlySet<string>;
  readonly #lines: Map<string, FifoList<LinedUp>>;
  readonly #left: () => void;
  #places: { readonly queue: string; readonly line: FifoList<LinedUp>; readonly node: FifoNode<LinedUp> }[] = [];
  #wokenBy: string | undefined;
  #stopped = false;
  #resume: ((awake: boolean) => void) | undefined;

  constructor(queues: ReadonlySet<string>, lines: Map<string, FifoList<LinedUp>>, left: () => void) {
    this.#queues = queues;
    this.#lines = lines;
    this.#left = left;
  }

  /** The queue of a wake-up that no claim has answered. */
  get lateWake(): string | undefined {
    return this.#wokenBy;
  }

  standInLine(): void {
    this.#wokenBy = undefined;
    if (this.#places.length > 0) return;
    for (const queue of this.#queues) {
      const line = this.#lines.get(queue) ?? new FifoList<LinedUp>();
      this.#lines.set(queue, line);
      this.#places.push({ queue, line, node: line.add(this) });
    }
  }

  woken(): Promise<boolean> {
    if (this.#stopped) return Promise.resolve(false);
    if (this.#wokenBy !== undefined) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  wake(queue: string): void {
    this.#stepOut();
    this.#wokenBy = queue;
    this.#resume?.(true);
  }

  stop(): void {
    this.#stopped = true;
    this.#resume?.(false);
  }

  leave(): void {
    this.#stepOut();
    this.#left();
  }

  #stepOut(): void {
    for (const { queue, line, node } of this.#places) {
      line.remove(node);
      if (line.first === undefined) this.#lines.delete(queue);
    }
    this.#places = [];
  }
}
