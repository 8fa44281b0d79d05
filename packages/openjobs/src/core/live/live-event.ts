/** What readers of live events are sent (ojs-realtime §4): the catalogue's events and changes of state, and system notices. */
import type { EventData } from "../event-data.ts";
import { type EventEntry, encodeEventData } from "../events.ts";
import type { JobState, JsonText } from "../job.ts";
import { formatTimestamp } from "../time.ts";
import { inOneLine } from "./one-line.ts";

/** The type of the event that every move of a job tells (ojs-realtime §4.1). */
export const STATE_CHANGED = "job.state_changed";

/** One event on its way to readers. */
export interface LiveEvent {
  /** See {@link import("./live-id.ts").liveId}. */
  readonly id: string;
  readonly type: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** JSON in one line of ASCII: the parser of the Rust SDK splits text at any byte. */
  readonly data: JsonText;
  /** What the notice that events were dropped is about. */
  readonly dropped?: Dropped;
}

/** A job that has changed its state. */
export interface StateChange {
  readonly jobId: string;
  readonly queue: string;
  readonly type: string;
  readonly from: JobState;
  readonly to: JobState;
  readonly at: number;
}

/** What a log entry tells, made once and for all readers when the first one is sent it. */
export function catalogueEvent(id: string, entry: EventEntry): LiveEvent {
  return new Lazy(id, entry.type, entry.at, () => {
    const members = encodeEventData(dataOf(entry)).slice(1, -1);
    return `{${members}${members === "" ? "" : ","}"timestamp":"${formatTimestamp(entry.at)}"}`;
  });
}

/** ojs-realtime §4.2 has other names for what ojs-events §4.1 tells of progress. */
function dataOf(entry: EventEntry): EventData {
  const data = entry.data();
  if (entry.type !== "job.progress") return data;
  const { progress_percent: percent, progress_message: message } = data;
  return { ...data, progress: Math.round(Number(percent)), ...(message === undefined ? {} : { message }) };
}

/** The change of state that a log entry tells; undefined when it tells none. */
export function stateChangeOf({ subject, queue, jobType, from, to, at }: EventEntry): StateChange | undefined {
  if (from === null || to === null || queue === null || jobType === null) return undefined;
  return { jobId: subject, queue, type: jobType, from, to, at };
}

/** `job.state_changed`. */
export function stateChanged(id: string, { jobId, at, ...rest }: StateChange): LiveEvent {
  return notice(id, STATE_CHANGED, at, () => ({ job_id: jobId, ...rest, timestamp: formatTimestamp(at) }));
}

/** Events that a slow reader will not see (ojs-realtime §4.4). */
export interface Dropped {
  readonly count: number;
  readonly oldest: string;
  readonly newest: string;
}

/** `system.events_dropped`. It has the id of the last event that is missing: whoever comes back with it misses no more. */
export function eventsDropped(channel: string, dropped: Dropped, at: number): LiveEvent {
  const { count, oldest, newest } = dropped;
  const data = {
    channel,
    dropped_count: count,
    oldest_dropped_id: oldest,
    newest_dropped_id: newest,
    timestamp: formatTimestamp(at),
  };
  return { id: newest, type: "system.events_dropped", at, data: inOneLine(JSON.stringify(data)), dropped };
}

/** What happened between two moments is not known any more. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly missed?: number;
}

/** `system.gap` (ojs-realtime §4.5). */
export function gapOf(id: string, channel: string, { from, to, missed }: Gap, at: number): LiveEvent {
  return notice(id, "system.gap", at, () => ({
    channel,
    gap_start: formatTimestamp(from),
    gap_end: formatTimestamp(to),
    ...(missed === undefined ? {} : { estimated_missed_count: missed }),
  }));
}

/** `server.shutdown` (ojs-realtime §4.6). */
export function serverShutdown(id: string, graceMs: number, at: number): LiveEvent {
  return notice(id, "server.shutdown", at, () => ({ reason: "The server is closing.", grace_period_ms: graceMs }));
}

function notice(id: string, type: string, at: number, data: () => object): LiveEvent {
  return new Lazy(id, type, at, () => JSON.stringify(data()));
}

class Lazy implements LiveEvent {
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly #make: () => JsonText;
  #data: JsonText | undefined;

  constructor(id: string, type: string, at: number, make: () => JsonText) {
    this.id = id;
    this.type = type;
    this.at = at;
    this.#make = make;
  }

  get data(): JsonText {
    this.#data ??= inOneLine(this.#make());
    return this.#data;
  }
}
