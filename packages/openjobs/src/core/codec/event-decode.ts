/** Events as the log hands them out (ojs-events §2, §6.4). */
import { isMembers, type Members } from "../request-fields.ts";
import { nonEmpty, objectAt, readArray, readObject } from "./answer-shape.ts";
import { present, text } from "./wire-values.ts";

/** One event. */
export interface OjsEvent {
  readonly id: string;
  /** `job.completed`, `queue.paused`, …: the catalogue is ojs-events §4. */
  readonly type: string;
  /** Who emitted it. */
  readonly source: string;
  /** RFC 3339. */
  readonly time: string;
  /** Id of the job or worker, or name of the queue. */
  readonly subject?: string;
  /** The members that ojs-events §4 defines for the type, under their own names: `job_id`, `duration_ms`, … */
  readonly data: Readonly<Record<string, unknown>>;
}

/** One look into the event log. */
export interface EventPage {
  /** Oldest first. */
  readonly events: readonly OjsEvent[];
  /** Give it as `after` to go on behind the last event; absent when nothing has happened yet. */
  readonly cursor?: string;
  /** Whether more events are there already. */
  readonly hasMore: boolean;
}

/** Which events to look for; an absent list means all. */
export interface EventQuery {
  /** Only events behind this one: the `cursor` of the page before, or the id of an event. */
  readonly after?: string;
  readonly types?: readonly string[];
  readonly queues?: readonly string[];
  readonly jobTypes?: readonly string[];
  /** At most 1,000; the server's default is 100. */
  readonly limit?: number;
}

/** Reads a page of the event log. Throws a plain Error when it is none. */
export function decodeEventPage(answer: unknown): EventPage {
  const page = readObject(answer, "the answer");
  return present<EventPage>({
    events: readArray(page, "events").filter(isMembers).map(decodeEvent),
    cursor: nonEmpty(page.cursor),
    hasMore: page.has_more === true,
  });
}

/** Reads one event. */
export function decodeEvent(wire: Members): OjsEvent {
  return present<OjsEvent>({
    id: text(wire.id) ?? "",
    type: text(wire.type) ?? "",
    source: text(wire.source) ?? "",
    time: text(wire.time) ?? "",
    subject: text(wire.subject),
    data: objectAt(wire, "data"),
  });
}
