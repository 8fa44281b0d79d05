/** Events as JSON, in the envelope of ojs-events §2. */
import { type EventData, JSON_MEMBERS, TIME_MEMBERS } from "../event-data.ts";
import type { EventEntry } from "../events.ts";
import type { JsonText } from "../job.ts";
import { formatTimestamp } from "../time.ts";

/** The JSON of one event. */
export function encodeEvent(entry: EventEntry): JsonText {
  const { id, type, source, subject } = entry;
  const time = formatTimestamp(entry.at);
  const envelope = JSON.stringify({ specversion: "1.0", id, type, source, time, subject });
  return `${envelope.slice(0, -1)},"data":${encodeData(entry.data)}}`;
}

function encodeData(data: EventData): JsonText {
  const members = Object.entries(data).map(([name, value]) => `"${name}":${encodeMember(name, value)}`);
  return `{${members.join(",")}}`;
}

function encodeMember(name: string, value: unknown): JsonText {
  if (typeof value === "number" && TIME_MEMBERS.has(name)) return `"${formatTimestamp(value)}"`;
  return typeof value === "string" && JSON_MEMBERS.has(name) ? value : JSON.stringify(value);
}
