/**
 * One reader of live events. What it cannot take yet waits here, up to a bound; then the oldest give way, and it is told so
 * (ojs-realtime §5.4).
 */
import { type Dropped, eventsDropped, type LiveEvent } from "../../core/live/live-event.ts";
import { Batch } from "./batch.ts";

/** Whoever events are sent to, by whatever way. */
export interface Receiver {
  /** Takes these events; false = no more until {@link Reader.ready} is called. */
  take(batch: Batch): boolean;
  /** A sign of life, while there is nothing else to send. */
  beat(): void;
  /** Nothing more will come, by itself (a job that has ended) or because the server is closing. */
  end(): void;
  /** Ends at once what nobody reads. */
  cut(): void;
}

/** A reader's way to say something. */
export interface Listening {
  /** It can take more. */
  ready(): void;
  /** It has gone. */
  leave(): void;
}

/** A reader that has taken nothing for so many beats has gone without saying so. */
const PATIENCE = 4;

/** A receiver, and what is on its way to it. */
export class Reader {
  readonly #receiver: Receiver;
  /** What it listens to, in words. */
  readonly #channel: string;
  readonly #bound: number;
  readonly #now: () => number;
  #waiting: LiveEvent[] = [];
  #dropped: Dropped | undefined;
  #isReady = true;
  #isLast = false;
  #silence = 0;

  constructor(receiver: Receiver, { channel, bound, now }: { channel: string; bound: number; now: () => number }) {
    this.#receiver = receiver;
    this.#channel = channel;
    this.#bound = bound;
    this.#now = now;
  }

  /** Sends these events, now or when the reader is ready. */
  take(batch: Batch): void {
    if (this.#isReady) this.#isReady = this.#receiver.take(batch);
    else this.#keep(batch.events);
  }

  /** The receiver can take more. */
  ready(): void {
    this.#isReady = true;
    this.#silence = 0;
    const missed = this.#dropped === undefined ? [] : [eventsDropped(this.#channel, this.#dropped, this.#now())];
    const events = [...missed, ...this.#waiting];
    this.#waiting = [];
    this.#dropped = undefined;
    if (events.length > 0) this.take(new Batch(events));
    if (this.#isLast) this.#receiver.end();
  }

  /** A sign of life, or the end of somebody who gives none. */
  beat(): void {
    if (this.#isReady) this.#receiver.beat();
    else {
      this.#silence += 1;
      if (this.#silence >= PATIENCE) this.#receiver.cut();
    }
  }

  /** What was sent before still arrives. */
  end(): void {
    if (this.#isReady || this.#waiting.length === 0) this.#receiver.end();
    else this.#isLast = true;
  }

  #keep(events: readonly LiveEvent[]): void {
    for (const event of events) this.#waiting.push(event);
    const excess = this.#waiting.length - this.#bound;
    if (excess <= 0) return;
    const gone = this.#waiting.splice(0, excess);
    const oldest = this.#dropped?.oldest ?? gone[0]?.id ?? "";
    const newest = gone.at(-1)?.id ?? "";
    this.#dropped = { count: (this.#dropped?.count ?? 0) + excess, oldest, newest };
  }
}
