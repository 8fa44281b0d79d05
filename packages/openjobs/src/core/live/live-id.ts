/**
 * Ids of live events: which run of which server, and the event's number there. Numbers grow, so that a reader who comes back
 * with the last one that it has seen is told what came after (ojs-realtime §2.3, §5.5). The number of an event of the log is
 * twice its place there; the odd one behind it belongs to the change of state that it tells as well.
 */

/** A place in the stream of one run of a server. */
export interface LivePlace {
  /** See {@link bootOf}. */
  readonly boot: string;
  readonly number: number;
}

const FORM = /^([0-9a-f]{20})\.(\d{1,15})$/;

/** What all ids of one run of a server begin with, from a new UUIDv7: with its milliseconds, so that it tells when it began. */
export function bootOf(uuid: string): string {
  return uuid.replaceAll("-", "").slice(0, 20);
}

/** When the run began, as Unix milliseconds. */
export function bootTimeOf(boot: string): number {
  return Number.parseInt(boot.slice(0, 12), 16);
}

/** Number of the event at this place of the log, counted from 0. */
export function numberOf(place: number): number {
  // From 2 on, so that there is a number before the first event.
  return 2 * place + 2;
}

/** Place in the log of what comes with this number, or next. */
export function placeOf(number: number): number {
  return Math.max(0, Math.floor(number / 2) - 1);
}

/** The id of a place in the stream. */
export function liveId({ boot, number }: LivePlace): string {
  return `${boot}.${number}`;
}

/** Reads an id; undefined when this is none. */
export function readLiveId(text: string): LivePlace | undefined {
  const [, boot, number] = FORM.exec(text) ?? [];
  return boot === undefined ? undefined : { boot, number: Number(number) };
}
