/** Work that waits for its limits (ojs-rate-limiting §5): wakes waiting fetches when some of it may be claimed. */
import type { Opening } from "../storage/storage.ts";
import type { Waiters } from "./waiters.ts";

/** What openings need of an engine. */
export interface OpeningsParts {
  readonly waiters: Waiters;
  /** Whether other servers claim from the same store, and end jobs of which nobody here hears. */
  readonly isShared: boolean;
  /** Asks the timer for a ring at this moment or before. */
  readonly wakeBy: (at: number) => void;
}

/**
 * Whoever was woken may have found work in another queue and not have looked; and when another server's job ends, nobody
 * here is told. After so long somebody else looks, if anybody waits.
 */
const LOOK_AGAIN_MS = 1_000;

/** When to wake somebody. */
interface Alarm {
  readonly at: number;
  /** Whether somebody was woken for what this is about, and has not looked yet. */
  readonly isRepeated: boolean;
}

/** Knows of each queue when limited work in it may be claimed, as the last commit that looked has left it. */
export class Openings {
  readonly #parts: OpeningsParts;
  readonly #alarms = new Map<string, Alarm>();

  constructor(parts: OpeningsParts) {
    this.#parts = parts;
  }

  /** When to ring. */
  get next(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { at } of this.#alarms.values()) next = Math.min(next, at);
    return next;
  }

  /** A claim has looked into these queues, and taken all that it could have. Comes before what its commit has to say. */
  looked(queues: readonly string[]): void {
    if (this.#alarms.size === 0) return;
    for (const queue of queues) if (this.#alarms.get(queue)?.isRepeated === true) this.#alarms.delete(queue);
  }

  /** A commit at `now` has left queues like this. */
  hear(openings: readonly Opening[], now: number): void {
    for (const { queue, at } of openings) {
      this.#alarms.delete(queue);
      if (at === null) this.#waitForOthers(queue, now);
      else if (at <= now) this.#open(queue, now);
      else this.#set(queue, { at, isRepeated: false });
    }
  }

  /** Wakes those for whom it is time. */
  ring(now: number): void {
    for (const [queue, { at }] of [...this.#alarms]) {
      if (at > now) continue;
      this.#alarms.delete(queue);
      this.#open(queue, now);
    }
  }

  /** One waiter is enough: its claim tells whether there is more. Who comes later looks without being woken. */
  #open(queue: string, now: number): void {
    const { waiters } = this.#parts;
    const isWanted = waiters.hasLine(queue);
    // If not here, then perhaps at another server.
    waiters.wake(queue);
    if (isWanted) this.#set(queue, { at: now + LOOK_AGAIN_MS, isRepeated: true });
  }

  #waitForOthers(queue: string, now: number): void {
    const { isShared, waiters } = this.#parts;
    if (isShared && waiters.hasLine(queue)) this.#set(queue, { at: now + LOOK_AGAIN_MS, isRepeated: false });
  }

  #set(queue: string, alarm: Alarm): void {
    this.#alarms.set(queue, alarm);
    this.#parts.wakeBy(alarm.at);
  }
}
