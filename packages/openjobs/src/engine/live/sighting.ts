/** A log entry as readers are sent it, made when the first of them wants it. */
import type { EventEntry } from "../../core/events.ts";
import { catalogueEvent, type LiveEvent, stateChanged, stateChangeOf } from "../../core/live/live-event.ts";
import { liveId, numberOf } from "../../core/live/live-id.ts";

/** An entry of the log and its place there. */
export class Sighting {
  readonly entry: EventEntry;
  readonly place: number;
  readonly #boot: string;
  #event: LiveEvent | undefined;
  #change: LiveEvent | undefined;

  constructor(entry: EventEntry, place: number, boot: string) {
    this.entry = entry;
    this.place = place;
    this.#boot = boot;
  }

  /** The catalogue's event. */
  get event(): LiveEvent {
    this.#event ??= catalogueEvent(this.#id(0), this.entry);
    return this.#event;
  }

  /** The change of state that it tells as well; undefined when it tells none. */
  get change(): LiveEvent | undefined {
    const change = stateChangeOf(this.entry);
    if (change !== undefined) this.#change ??= stateChanged(this.#id(1), change);
    return this.#change;
  }

  #id(behind: number): string {
    return liveId({ boot: this.#boot, number: numberOf(this.place) + behind });
  }
}
