/** Events that go to readers together. */
import type { LiveEvent } from "../../core/live/live-event.ts";

/** How one way of sending writes an event; always the same function, so that its text is made once for all readers. */
export type WriteEvent = (event: LiveEvent) => string;

/** Some events, oldest first. */
export class Batch {
  readonly events: readonly LiveEvent[];
  readonly #written = new Map<WriteEvent, Buffer>();

  constructor(events: readonly LiveEvent[]) {
    this.events = events;
  }

  /** All of it as bytes, which all readers share. */
  as(write: WriteEvent): Buffer {
    let bytes = this.#written.get(write);
    if (bytes === undefined) {
      bytes = Buffer.from(this.events.map(write).join(""), "latin1");
      this.#written.set(write, bytes);
    }
    return bytes;
  }
}
