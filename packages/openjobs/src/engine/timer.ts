/** The engine's one timer (design 3.7): it sleeps until something is due, and costs nothing while nothing is. */
import type { Clock } from "../core/clock.ts";

/** Wall clocks jump and other servers write to the same store: never sleep longer than this. */
const MAX_SLEEP_MS = 30_000;

/** Rings when asked to, and every 30 seconds. */
export class Timer {
  readonly #clock: Clock;
  readonly #ring: () => Promise<number>;
  #cancel: (() => void) | undefined;
  /** When it will ring. */
  #at = Number.POSITIVE_INFINITY;
  #lastRing: Promise<void> | undefined;
  /** The earliest wish that came in while it rings; undefined while it does not. */
  #wish: number | undefined;
  #running = false;

  /** `ring` does what is due and answers when it wants to be called next; it must not reject. */
  constructor(clock: Clock, ring: () => Promise<number>) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings for the first time `at` this moment. */
  start(at: number): void {
    this.#running = true;
    this.#set(at);
  }

  /** Makes sure that it rings no later than `at`. */
  wakeBy(at: number): void {
    if (this.#wish !== undefined) this.#wish = Math.min(this.#wish, at);
    else if (this.#running && at < this.#at) this.#set(at);
  }

  /** Stops, and resolves when a ring that has begun is over. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancel?.();
    await this.#lastRing;
  }

  #set(at: number): void {
    this.#cancel?.();
    this.#at = Math.min(at, this.#clock.now() + MAX_SLEEP_MS);
    this.#cancel = this.#clock.schedule(this.#at, () => {
      this.#lastRing = this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#wish = Number.POSITIVE_INFINITY;
    const next = await this.#ring();
    const at = Math.min(next, this.#wish);
    this.#wish = undefined;
    if (this.#running) this.#set(at);
  }
}
