/**
 * The last events of this server (design 3.10): a ring of small values. JSON is made of them only for a reader, because
 * a busy server emits a hundred thousand a second and mostly nobody looks.
 */
import { type EventEntry, matchesEvent } from "../core/events.ts";
import type { EventQuery, EventSlice } from "./facade.ts";

const DEFAULT_CAPACITY = 10_000;

/** Hears every event and its number, counted from 0. */
export type EventListener = (entry: EventEntry, number: number) => void;

/** A bounded log; the oldest events give way. */
export class EventLog {
  readonly #capacity: number;
  readonly #ring: EventEntry[] = [];
  /** Where the oldest entry is, once the ring is full. */
  #start = 0;
  /** How many events there have ever been, which is the number of the next one. */
  #total = 0;
  #listeners: readonly EventListener[] = [];

  constructor(capacity: number = DEFAULT_CAPACITY) {
    this.#capacity = capacity;
  }

  /** Adds an event of something that has been committed. */
  append(entry: EventEntry): void {
    this.#total += 1;
    if (this.#ring.length < this.#capacity) {
      this.#ring.push(entry);
    } else {
      this.#ring[this.#start] = entry;
      this.#start = (this.#start + 1) % this.#capacity;
    }
    if (this.#listeners.length > 0) this.#tell(entry);
  }

  /** How many events there have been; the last one has the number before. */
  get total(): number {
    return this.#total;
  }

  /** Number of the oldest event that is still there. */
  get oldest(): number {
    return this.#total - this.#ring.length;
  }

  /** The events from this number on, oldest first; those that are gone are left out. */
  *from(number: number): Generator<readonly [entry: EventEntry, number: number]> {
    for (let next = Math.max(number, this.oldest); next < this.#total; next += 1) {
      const entry = this.#at(next - this.oldest);
      if (entry !== undefined) yield [entry, next];
    }
  }

  /** From now on tells this listener of every event; answers how to stop. */
  listen(listener: EventListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** The events after `query.after` that match, oldest first; from the oldest one if it is not known (any more). */
  list(query: EventQuery): EventSlice {
    const known = query.after === undefined ? -1 : this.#positionOf(query.after);
    const events: EventEntry[] = [];
    let cursor = known === -1 ? null : (query.after ?? null);
    let hasMore = false;
    for (let position = known + 1; position < this.#ring.length; position += 1) {
      const entry = this.#at(position);
      if (entry === undefined) break;
      // They are here as long as somebody listens: whoever polls asks each server for its own.
      const matches = !entry.isForeign && matchesEvent(entry, query);
      if (matches && events.length === query.limit) {
        hasMore = true;
        break;
      }
      if (matches) events.push(entry);
      // Also past what does not match, so that the next question starts where this one ended.
      cursor = entry.id;
    }
    return { events, cursor, hasMore, gap: query.after !== undefined && known === -1 };
  }

  #tell(entry: EventEntry): void {
    for (const listener of this.#listeners) listener(entry, this.#total - 1);
  }

  #at(position: number): EventEntry | undefined {
    return this.#ring[(this.#start + position) % this.#ring.length];
  }

  /** From the end, because readers that poll are nearly up to date; -1 when there is no such event. */
  #positionOf(id: string): number {
    for (let position = this.#ring.length - 1; position >= 0; position -= 1) {
      if (this.#at(position)?.isKnownAs(id)) return position;
    }
    return -1;
  }
}
