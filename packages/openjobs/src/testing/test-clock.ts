/** Time that a test holds in its hand (ojs-testing §7.2). */
import type { Clock } from "../core/clock.ts";

interface Alarm {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that stands still until it is told to go on. */
export class TestClock implements Clock {
  #now: number;
  readonly #alarms = new Set<Alarm>();

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  schedule(at: number, run: () => void): () => void {
    const alarm = { at, run };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** Goes on by `ms`; alarms on the way fire one by one, each at its time, and `rest` is waited for after each. */
  async advance(ms: number, rest: () => Promise<void>): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await rest();
      const alarm = this.#soonest(end);
      if (alarm === undefined) break;
      this.#alarms.delete(alarm);
      this.#now = Math.max(this.#now, alarm.at);
      alarm.run();
    }
    this.#now = end;
    await rest();
  }

  #soonest(end: number): Alarm | undefined {
    let soonest: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (alarm.at <= end && (soonest === undefined || alarm.at < soonest.at)) soonest = alarm;
    }
    return soonest;
  }
}

/** A few turns of the event loop: enough for what waits for nothing outside of this process. */
export async function turns(count = 4): Promise<void> {
  for (let left = count; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve));
}
