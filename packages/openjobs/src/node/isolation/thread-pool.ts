/** So many threads at a time, used again, and ended when they have been idle for long. */
import type { Thread } from "./thread.ts";

/** What a pool is made of. */
export interface PoolDeps {
  readonly size: number;
  readonly idleMs: number;
  readonly create: () => Thread;
}

/** See above. */
export class ThreadPool {
  readonly #deps: PoolDeps;
  readonly #idle: { readonly thread: Thread; readonly timer: ReturnType<typeof setTimeout> }[] = [];
  readonly #all = new Set<Thread>();
  readonly #waiting: (() => void)[] = [];
  #used = 0;

  constructor(deps: PoolDeps) {
    this.#deps = deps;
  }

  /**
   * Does something with a thread once there is one.
   *
   * @throws The signal's reason when it is aborted before that.
   */
  async use<T>(signal: AbortSignal, work: (thread: Thread) => Promise<T>): Promise<T> {
    await this.#turn(signal);
    const thread = this.#take();
    try {
      return await work(thread);
    } finally {
      this.#giveBack(thread);
    }
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    const threads = [...this.#all];
    this.#all.clear();
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  /** Resolves when it is this job's turn, which then counts as used. */
  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#used < this.#deps.size) {
      this.#used += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(signal.reason);
      };
      const begin = (): void => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      this.#waiting.push(begin);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  #take(): Thread {
    const idle = this.#idle.pop();
    if (idle !== undefined) {
      clearTimeout(idle.timer);
      if (!idle.thread.isDead) return idle.thread;
      this.#all.delete(idle.thread);
    }
    const thread = this.#deps.create();
    this.#all.add(thread);
    return thread;
  }

  #giveBack(thread: Thread): void {
    if (thread.isDead) this.#all.delete(thread);
    else if (this.#all.has(thread)) this.#rest(thread);
    // The place goes on to the next one in the line.
    const next = this.#waiting.shift();
    if (next === undefined) this.#used -= 1;
    else next();
  }

  #rest(thread: Thread): void {
    const timer = setTimeout(() => {
      const place = this.#idle.findIndex((one) => one.thread === thread);
      if (place !== -1) this.#idle.splice(place, 1);
      this.#all.delete(thread);
      void thread.terminate();
    }, this.#deps.idleMs);
    timer.unref();
    this.#idle.push({ thread, timer });
  }
}
