/** An event of one server as the others are told it: a row of values, and its data as readers are sent it. */
import { type EventData, JSON_MEMBERS } from "../../core/event-data.ts";
import { EVENT_KINDS, type EventKind } from "../../core/event-kinds.ts";
import { type EventEntry, encodeEventData } from "../../core/events.ts";
import { JOB_STATES, type JobState, type JsonText } from "../../core/job.ts";
import { isJsonObject, type JsonObject } from "../../core/json-object.ts";
import { inOneLine } from "../../core/live/one-line.ts";

/** Leaves room for what is around it in a signal (`Signals.publish`). */
export const MAX_EVENT_CHARACTERS = 6_500;

/** Members that are left out of an event that is too long with them. */
const LONG: ReadonlySet<string> = new Set(["result", "error", "last_error"]);

/** Writes it as JSON in ASCII, with as much of its data as fits. */
export function writeEvent(entry: EventEntry): JsonText {
  const data = entry.data();
  const whole = textOf(entry, data);
  if (whole.length <= MAX_EVENT_CHARACTERS) return whole;
  const brief = textOf(entry, Object.fromEntries(Object.entries(data).filter(([name]) => !LONG.has(name))));
  return brief.length <= MAX_EVENT_CHARACTERS ? brief : textOf(entry, {});
}

function textOf({ id, type, source, at, subject, queue, jobType, from, to }: EventEntry, data: EventData): JsonText {
  const facts = JSON.stringify([id, type, source, at, subject, queue, jobType, from, to]);
  return inOneLine(`${facts.slice(0, -1)},${encodeEventData(data)}]`);
}

/** Reads it; undefined when it makes no sense, or is of a later version. */
export function readEvent(said: unknown): EventEntry | undefined {
  if (!Array.isArray(said)) return undefined;
  const [id, kind, source, at, subject, queue, jobType, from, to, data]: readonly unknown[] = said;
  const type = EVENT_KINDS.find((known) => known === kind);
  if (type === undefined || typeof at !== "number" || !isJsonObject(data)) return undefined;
  if (typeof id !== "string" || typeof source !== "string" || typeof subject !== "string") return undefined;
  const about = { subject, queue: textOrNull(queue), jobType: textOrNull(jobType) };
  return new ForeignEvent({ id, type, source, at, ...about, from: stateOrNull(from), to: stateOrNull(to) }, data);
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function stateOrNull(value: unknown): JobState | null {
  return JOB_STATES.find((state) => state === value) ?? null;
}

type Facts = Omit<EventEntry, "isForeign" | "isKnownAs" | "data">;

/** What another server has emitted. */
class ForeignEvent implements EventEntry {
  readonly isForeign = true;
  readonly id: string;
  readonly type: EventKind;
  readonly source: string;
  readonly at: number;
  readonly subject: string;
  readonly queue: string | null;
  readonly jobType: string | null;
  readonly from: JobState | null;
  readonly to: JobState | null;
  readonly #data: JsonObject;

  constructor(facts: Facts, data: JsonObject) {
    this.id = facts.id;
    this.type = facts.type;
    this.source = facts.source;
    this.at = facts.at;
    this.subject = facts.subject;
    this.queue = facts.queue;
    this.jobType = facts.jobType;
    this.from = facts.from;
    this.to = facts.to;
    this.#data = data;
  }

  isKnownAs(id: string): boolean {
    return this.id === id;
  }

  data(): EventData {
    // Members that are kept as text elsewhere.
    const texts = Object.entries(this.#data).filter(([name]) => JSON_MEMBERS.has(name));
    return { ...this.#data, ...Object.fromEntries(texts.map(([name, value]) => [name, JSON.stringify(value)])) };
  }
}
