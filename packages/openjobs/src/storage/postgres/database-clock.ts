import { performance } from "node:perf_hooks";
import type { Database } from "./database.ts";

const CLOCK = "SELECT extract(epoch FROM clock_timestamp())::double precision * 1000";

/** How often the difference is measured, and how many times each: of these the quickest answer is the truest one. */
const MEASURED_EVERY_MS = 20_000;
const SAMPLES = 3;

/** A small difference is made up for slowly, this much in a millisecond; a large one ahead, as after a sleep, at once. */
const SLEW = 0.05;
const LEAP_MS = 1_000;

interface Sample {
  /** The database's time less this process's. */
  readonly ahead: number;
  readonly roundTrip: number;
}

/**
 * The time of the database, which all servers share. Between measurements this process's own steady clock goes on, which no
 * change of the machine's time disturbs.
 */
export class DatabaseClock {
  readonly #monotonic: () => number;
  #ahead: number;
  #target: number;
  #seenAt: number;
  #last = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  /** @param monotonic Milliseconds from any moment on; never goes back. */
  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
    this.#seenAt = monotonic();
    this.#ahead = Date.now() - this.#seenAt;
    this.#target = this.#ahead;
  }

  /** Whole milliseconds; never less than before. */
  now(): number {
    const at = this.#monotonic();
    this.#approach(at - this.#seenAt);
    this.#seenAt = at;
    this.#last = Math.max(this.#last, Math.floor(at + this.#ahead));
    return this.#last;
  }

  /** Takes the database's time over at once; for the first measurement, before anybody has asked. */
  async start(database: Database): Promise<void> {
    this.#stopped = false;
    this.#target = (await this.#sample(database)).ahead;
    this.#ahead = this.#target;
    this.#schedule(database);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async measure(database: Database): Promise<void> {
    const samples: Sample[] = [];
    for (let count = 0; count < SAMPLES; count += 1) samples.push(await this.#sample(database));
    const [best] = samples.sort((a, b) => a.roundTrip - b.roundTrip);
    if (best !== undefined) this.#target = best.ahead;
  }

  #schedule(database: Database): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      // While the database does not answer, the last measurement stands.
      void this.measure(database)
        .catch(() => undefined)
        .then(() => this.#schedule(database));
    }, MEASURED_EVERY_MS);
    this.#timer.unref();
  }

  async #sample(database: Database): Promise<Sample> {
    const sent = this.#monotonic();
    const time = Number(await database.value(CLOCK));
    const roundTrip = this.#monotonic() - sent;
    return { ahead: time - (sent + roundTrip / 2), roundTrip };
  }

  #approach(elapsed: number): void {
    const missing = this.#target - this.#ahead;
    const most = elapsed * SLEW;
    this.#ahead += missing > LEAP_MS ? missing : Math.max(-most, Math.min(most, missing));
  }
}
