/** What a reader wants to hear of. */
import { type EventEntry, type EventFilter, isAbout, wantsType } from "../../core/events.ts";
import type { Channel } from "../../core/live/channel.ts";
import { type LiveEvent, STATE_CHANGED } from "../../core/live/live-event.ts";
import type { Sighting } from "./sighting.ts";

/** Some channels, and which of their events. */
export interface Wanted {
  readonly channels: readonly Channel[];
  readonly filter: EventFilter;
}

/** The jobs that are listened to one by one. */
export function jobsOf({ channels }: Pick<Wanted, "channels">): readonly string[] {
  return channels.flatMap((channel) => (channel.kind === "job" ? [channel.name] : []));
}

/** Whether an event is on one of the channels. */
export function isOn(channels: readonly Channel[], { subject, queue, jobType }: EventEntry): boolean {
  return channels.some((channel) => {
    if (channel.kind === "all") return true;
    return channel.kind === "queue" ? channel.name === queue : jobType !== null && channel.name === subject;
  });
}

/** What of something on the channels is wanted. */
export function pick(sighting: Sighting, { filter }: Pick<Wanted, "filter">): readonly LiveEvent[] {
  const { entry } = sighting;
  if (!isAbout(entry, filter)) return [];
  const wanted = wantsType(filter, entry.type) ? [sighting.event] : [];
  const change = wantsType(filter, STATE_CHANGED) ? sighting.change : undefined;
  return change === undefined ? wanted : [...wanted, change];
}
