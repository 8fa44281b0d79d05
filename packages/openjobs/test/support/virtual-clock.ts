/** Time that a test holds in its hand. */
import type { Clock } from "../../src/core/clock.ts";

interface Alarm {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that stands still until it is told to go on. */
export class VirtualClock implements Clock {
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

  /** When the next timer fires; undefined when there is none. */
  get nextAlarm(): number | undefined {
    return this.#soonest()?.at;
  }

  /**
   * Goes on by `ms`. Timers on the way fire one by one, each at its time, and whatever they start may come to rest
   * before time goes on: `rest` waits for that.
   */
  async advance(ms: number, rest: () => Promise<void> = turns): Promise<void> {
    const end = this.#now + ms;
    await rest();
    for (;;) {
      const alarm = this.#soonest();
      if (alarm === undefined || alarm.at > end) break;
      this.#alarms.delete(alarm);
      this.#now = Math.max(this.#now, alarm.at);
      alarm.run();
      await rest();
    }
    this.#now = Math.max(this.#now, end); // something on the way may have jumped ahead
    await rest();
  }

  /** The wall clock is set, forwards or backwards; no timer fires for it. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #soonest(): Alarm | undefined {
    return [...this.#alarms].sort((a, b) => a.at - b.at)[0];
  }
}

/** A few turns of the event loop: enough for promises and groups that wait for nothing outside. */
export async function turns(count = 4): Promise<void> {
  for (let left = count; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve));
}
