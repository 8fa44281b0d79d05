/** Time that a test holds in its hand (ojs-testing §7.2). */
import type { Clock } from "../core/clock.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";
import { loadedSdk } from "./loaded-sdk.ts";

interface Alarm {
  readonly at: number;
  readonly run: () => void;
}

/**
 * A clock that stands still until it is told to go on. `createTestOjs` has one; for code that takes a clock without a kit around it.
 *
 * @example
 * const clock = new TestClock(Date.UTC(2026, 0, 1));
 * const client = new OjsClient({ transport }, { clock });
 * const sending = client.enqueue("email.send"); // is refused, and waits before it tries again
 * await clock.advance("1s");
 * await sending;
 */
export class TestClock implements Clock {
  #now: number;
  readonly #alarms = new Set<Alarm>();

  /** @param now Unix milliseconds. */
  constructor(now: number) {
    this.#now = now;
  }

  /** What time it is, in Unix milliseconds. */
  now(): number {
    return this.#now;
  }

  /** Runs `run` when the time has come, within {@link advance}; answers how to call it off. */
  schedule(at: number, run: () => void): () => void {
    const alarm = { at, run };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  /** When the next timer fires, in Unix milliseconds; undefined when there is none. */
  get nextAlarm(): number | undefined {
    return this.#soonest()?.at;
  }

  /**
   * Goes on. Timers on the way fire one by one, each at its time, and whatever they start may come to rest
   * before time goes on.
   *
   * @param by Milliseconds, or a text such as `"30s"`.
   * @param rest Waits until it has. Default: a few turns of the event loop.
   * @throws OjsValidationError when `by` is no duration.
   * @example await clock.advance("30s");
   */
  async advance(by: Duration, rest: () => Promise<void> = turns): Promise<void> {
    const end = this.#now + toMilliseconds(by);
    await loadedSdk(); // the first call of a client may have begun already
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

  /**
   * The wall clock is set, forwards or backwards; no timer fires for it.
   *
   * @example clock.jump(-3_600_000);
   */
  jump(ms: number): void {
    this.#now += ms;
  }

  #soonest(): Alarm | undefined {
    let soonest: Alarm | undefined;
    for (const alarm of this.#alarms) if (soonest === undefined || alarm.at < soonest.at) soonest = alarm;
    return soonest;
  }
}

/** A few turns of the event loop: enough for what waits for nothing outside of this process. */
export async function turns(count = 4): Promise<void> {
  for (let left = count; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve));
}
