/**
 * Fetches that wait for a job (design 3.6). A waiter stands in line *before* it claims: whatever becomes available after
 * that wakes it, so no wake-up is lost between an empty claim and the moment it parks.
 */
import type { Clock } from "../core/clock.ts";
import type { JobRecord } from "../core/job.ts";
import { FifoList, type FifoNode } from "./fifo-list.ts";
import { WakeUp } from "./wake-up.ts";

/** One waiting fetch: `standInLine`, claim, and `woken` when the claim was empty, again and again; then `leave`. */
export interface Waiter {
  /** Takes a place at the end of each queue's line, if it has none. The claim that follows answers an earlier wake-up. */
  standInLine(): void;
  /**
   * Goes back to the place in line that its arrival gave it. Resolves true when a job may be there (at once if that was
   * so since `standInLine`), false when stopped.
   */
  woken(): Promise<boolean>;
  /** Waits so long, without a place in a line; false = stopped before. */
  stands(clock: Pick<Clock, "now" | "schedule">, ms: number): Promise<boolean>;
  /** Ends the wait: `woken` answers false from now on. */
  stop(): void;
  /** Goes, with the jobs that it got. A wake-up that it could not use is handed on: there may be a job left for it. */
  leave(jobs: readonly JobRecord[]): void;
}

/** All waiting fetches of an engine, by queue and in the order of arrival. */
export class Waiters {
  readonly #lines = new Map<string, FifoList<LinedUp>>();
  readonly #all = new Set<LinedUp>();
  readonly #elsewhere: (queue: string, count: number) => void;
  #arrivals = 0;
  #closed = false;

  /** @param elsewhere Hears of wake-ups for which nobody was there: other servers may have somebody. */
  constructor(elsewhere: (queue: string, count: number) => void = () => {}) {
    this.#elsewhere = elsewhere;
  }

  /** How many fetches wait or are about to. */
  get size(): number {
    return this.#all.size;
  }

  /** Whether anybody waits for work in this queue. */
  hasLine(queue: string): boolean {
    return this.#lines.has(queue);
  }

  /** Creates a waiter for these queues; it stands nowhere yet. */
  register(queues: readonly string[]): Waiter {
    this.#arrivals += 1;
    const waiter = new LinedUp(new Set(queues), this.#lines, this.#arrivals, () => this.#all.delete(waiter));
    this.#all.add(waiter);
    if (this.#closed) waiter.stop();
    return waiter;
  }

  /** Wakes up to `count` waiters of the queue, the longest waiting first. Costs what it wakes. */
  wake(queue: string, count = 1): void {
    const left = this.wakeHere(queue, count);
    if (left > 0) this.#elsewhere(queue, left);
  }

  /** The same, and nobody elsewhere is told. Answers how many there were too few. */
  wakeHere(queue: string, count: number): number {
    for (let left = count; left > 0; left -= 1) {
      const waiter = this.#lines.get(queue)?.first;
      if (waiter === undefined) return left;
      waiter.wake(new WakeUp(queue, undefined, this.#wakeNext));
    }
    return 0;
  }

  /** Wakes everybody who stands in line: there may be jobs of which nobody has said anything. */
  wakeAll(): void {
    for (const queue of [...this.#lines.keys()]) this.wakeHere(queue, Number.POSITIVE_INFINITY);
  }

  /**
   * Wakes the longest waiting for a job whose insert is being submitted in this turn. The wake-up has to hear when the
   * job has arrived; undefined when nobody waits.
   */
  call(queue: string, jobId: string): WakeUp | undefined {
    const waiter = this.#lines.get(queue)?.first;
    if (waiter === undefined) return undefined;
    const wakeUp = new WakeUp(queue, jobId, this.#wakeNext);
    waiter.wake(wakeUp);
    return wakeUp;
  }

  /** Stops every waiter, now and in the future: the engine is closing. */
  close(): void {
    this.#closed = true;
    for (const waiter of this.#all) waiter.stop();
  }

  readonly #wakeNext = (queue: string): void => this.wake(queue);
}

class LinedUp implements Waiter {
  readonly #queues: ReadonlySet<string>;
  readonly #lines: Map<string, FifoList<LinedUp>>;
  readonly #arrival: number;
  readonly #left: () => void;
  #places: { readonly queue: string; readonly line: FifoList<LinedUp>; readonly node: FifoNode<LinedUp> }[] = [];
  /** What the present claim was made for. */
  #answering: WakeUp | undefined;
  /** What no claim has answered yet. */
  #wokenBy: WakeUp | undefined;
  #stopped = false;
  #resume: ((awake: boolean) => void) | undefined;

  constructor(queues: ReadonlySet<string>, lines: Map<string, FifoList<LinedUp>>, arrival: number, left: () => void) {
    this.#queues = queues;
    this.#lines = lines;
    this.#arrival = arrival;
    this.#left = left;
  }

  standInLine(): void {
    this.#answering = this.#wokenBy;
    this.#wokenBy = undefined;
    if (this.#places.length === 0) this.#takePlaces((line) => line.add(this));
  }

  woken(): Promise<boolean> {
    if (this.#stopped) return Promise.resolve(false);
    const again = this.#answering?.foundNothing() ?? false;
    this.#answering = undefined;
    if (again || this.#wokenBy !== undefined) return Promise.resolve(true);
    this.#goBack();
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  async stands(clock: Pick<Clock, "now" | "schedule">, ms: number): Promise<boolean> {
    if (this.#stopped) return false;
    const cancel = clock.schedule(clock.now() + ms, () => this.#resume?.(true));
    const isOver = await new Promise<boolean>((resolve) => {
      this.#resume = resolve;
    });
    cancel();
    return isOver;
  }

  wake(wakeUp: WakeUp): void {
    this.#stepOut();
    this.#wokenBy = wakeUp;
    this.#resume?.(true);
  }

  stop(): void {
    this.#stopped = true;
    this.#resume?.(false);
  }

  leave(jobs: readonly JobRecord[]): void {
    this.#stepOut();
    this.#left();
    this.#answering?.end(jobs);
    this.#wokenBy?.handOn(jobs);
  }

  /** A claim for nothing costs no place: the other waiters of the line came later. */
  #goBack(): void {
    const cameBefore = ({ previous }: FifoNode<LinedUp>): boolean =>
      previous === undefined || previous.value.#arrival < this.#arrival;
    const isInOrder = this.#places.every(({ node }) => cameBefore(node));
    if (isInOrder) return;
    this.#stepOut();
    this.#takePlaces((line) => line.insert(this, (other) => other.#arrival > this.#arrival));
  }

  #takePlaces(enter: (line: FifoList<LinedUp>) => FifoNode<LinedUp>): void {
    for (const queue of this.#queues) {
      const line = this.#lines.get(queue) ?? new FifoList<LinedUp>();
      this.#lines.set(queue, line);
      this.#places.push({ queue, line, node: enter(line) });
    }
  }

  #stepOut(): void {
    for (const { queue, line, node } of this.#places) {
      line.remove(node);
      if (line.first === undefined) this.#lines.delete(queue);
    }
    this.#places = [];
  }
}
