/** Events on their way to other servers: some milliseconds of them together, as many as a signal can carry. */
import type { Clock } from "../../core/clock.ts";
import type { EventEntry } from "../../core/events.ts";
import type { Signals } from "../../storage/signals.ts";
import { MAX_EVENT_CHARACTERS, writeEvent } from "./event-text.ts";
import { writeEventSignal, writeLiveSignal } from "./live-signal.ts";

/** The first event goes at once; on a busy server those of so many milliseconds go together. */
const SPACING_MS = 10;

/** Events that wait while the store is slow; beyond it the others are told only how many there were. */
const BOUND = 5_000;

/** What is to be sent. */
export class EventOutbox {
  readonly #signals: Signals | undefined;
  readonly #clock: Clock;
  #waiting: EventEntry[] = [];
  #lost = 0;
  #isBusy = false;
  #sentAt = Number.NEGATIVE_INFINITY;
  #lastSent: Promise<void> = Promise.resolve();

  constructor(signals: Signals | undefined, clock: Clock) {
    this.#signals = signals;
    this.#clock = clock;
  }

  /** Sends it soon. */
  add(entry: EventEntry): void {
    if (this.#waiting.length < BOUND) this.#waiting.push(entry);
    else this.#lost += 1;
    this.#schedule();
  }

  /** Sends what is left. */
  async close(): Promise<void> {
    await this.#lastSent;
    await this.#sendAll();
  }

  #schedule(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const at = this.#sentAt + SPACING_MS;
    const send = (): void => {
      this.#lastSent = this.#send();
    };
    if (at <= this.#clock.now()) setImmediate(send);
    else this.#clock.schedule(at, send);
  }

  async #send(): Promise<void> {
    this.#sentAt = this.#clock.now();
    await this.#sendAll();
    this.#isBusy = false;
    if (this.#waiting.length > 0) this.#schedule();
  }

  async #sendAll(): Promise<void> {
    const entries = this.#waiting;
    this.#waiting = [];
    for (const events of packed(entries.map(writeEvent))) {
      if (!(await this.#publish(writeEventSignal(events)))) this.#lost += events.length;
    }
    const lost = this.#lost;
    if (lost > 0 && (await this.#publish(writeLiveSignal({ lost })))) this.#lost -= lost;
  }

  async #publish(text: string): Promise<boolean> {
    try {
      await this.#signals?.publish(text);
      return true;
    } catch {
      return false;
    }
  }
}

/** In order, as many together as fit. */
function packed(texts: readonly string[]): readonly (readonly string[])[] {
  const packs: string[][] = [];
  let room = 0;
  for (const text of texts) {
    room -= text.length + 1;
    if (room < 0) {
      packs.push([]);
      room = MAX_EVENT_CHARACTERS - text.length;
    }
    packs.at(-1)?.push(text);
  }
  return packs;
}
