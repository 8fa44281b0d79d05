/** Time that stands still until a test moves it. */
import type { Clock } from "../../src/core/clock.ts";

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  schedule(at: number, run: () => void): () => void {
    const timer = { at, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many timers nobody has cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves to the next timer and runs it. */
  next(): void {
    const [timer] = [...this.#timers].sort((a, b) => a.at - b.at);
    if (timer === undefined) throw new Error("nothing is scheduled: the test waits for something that cannot happen");
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.run();
  }

  /** Moves time as far as it takes for the promise to settle. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    promise.then(done, done);
    for (;;) {
      await turn();
      if (settled) return promise;
      this.next();
    }
  }
}

/** Lets everything that is ready happen. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
