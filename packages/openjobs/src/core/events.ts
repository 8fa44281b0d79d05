/**
 * The small values that a server keeps of what happened (ojs-events §2).
 *
 * A server emits several events a job, and mostly nobody reads them. So an entry holds numbers and references, never the
 * job itself (its args may be a megabyte), and becomes JSON only for a reader.
 */
import {
  completedData,
  type EventData,
  type EventWorker,
  type FinishedJob,
  JSON_MEMBERS,
  jobData,
  TIME_MEMBERS,
  workerData,
} from "./event-data.ts";
import type { EventKind, JobEventKind, QueueEventKind, WorkerEventKind } from "./event-kinds.ts";
import type { FailureEntry } from "./failure.ts";
import type { JobRecord, JsonText } from "./job.ts";
import { formatTimestamp } from "./time.ts";

/** One event, not yet JSON. */
export interface EventEntry {
  /** `evt_` and a UUIDv7. */
  readonly id: string;
  readonly type: EventKind;
  /** URI of the server that emitted it. */
  readonly source: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** Id of the job or worker, or name of the queue. */
  readonly subject: string;
  /** null when the event belongs to no queue. */
  readonly queue: string | null;
  /** null when the event belongs to no job. */
  readonly jobType: string | null;
  readonly data: EventData;
}

/** Who emits events. */
export interface EventOrigin {
  /** See {@link eventSource}. */
  readonly source: string;
  /** A new UUIDv7. */
  readonly newId: () => string;
}

/** Which events a reader wants; an absent list means all of them. */
export interface EventFilter {
  readonly types?: readonly string[];
  readonly queues?: readonly string[];
  readonly jobTypes?: readonly string[];
}

/** The source URI of a server instance (ojs-events §2.4). */
export function eventSource(instance: string): string {
  return `ojs://openjobs/server/${encodeURIComponent(instance)}`;
}

/**
 * The events of one transition, in its order.
 *
 * @param job The job as it is after the change.
 * @param error The failed attempt's entry (`Transition.error`), which `job.failed` and what follows it tell.
 */
export function jobEvents(
  kinds: readonly JobEventKind[],
  job: JobRecord,
  at: number,
  origin: EventOrigin,
  error?: FailureEntry,
): EventEntry[] {
  return kinds.map((kind) => jobEntry(kind, job, jobData(kind, job, at, error), at, origin));
}

/** `job.completed` for a job that was finished without being read. */
export function completedEvent(job: FinishedJob, result: JsonText | null, at: number, origin: EventOrigin): EventEntry {
  return jobEntry("job.completed", job, completedData(job, result, at), at, origin);
}

/** A queue was paused or resumed. */
export function queueEvent(type: QueueEventKind, queue: string, at: number, origin: EventOrigin): EventEntry {
  return { ...head(type, at, origin), subject: queue, queue, jobType: null, data: { queue } };
}

/** Something happened to a worker. */
export function workerEvent(type: WorkerEventKind, worker: EventWorker, at: number, origin: EventOrigin): EventEntry {
  const data = workerData(type, worker, at);
  return { ...head(type, at, origin), subject: worker.id, queue: null, jobType: null, data };
}

/** Whether a reader wants this event. Events without a queue or job type match no list of them. */
export function matchesEvent(entry: EventEntry, filter: EventFilter): boolean {
  return wants(filter.types, entry.type) && wants(filter.queues, entry.queue) && wants(filter.jobTypes, entry.jobType);
}

/** The JSON of one event, in the envelope of ojs-events §2. */
export function encodeEvent(entry: EventEntry): JsonText {
  const { id, type, source, subject } = entry;
  const time = formatTimestamp(entry.at);
  const envelope = JSON.stringify({ specversion: "1.0", id, type, source, time, subject });
  return `${envelope.slice(0, -1)},"data":${encodeData(entry.data)}}`;
}

function wants(list: readonly string[] | undefined, value: string | null): boolean {
  return list === undefined || (value !== null && list.includes(value));
}

function jobEntry(type: JobEventKind, job: FinishedJob, data: EventData, at: number, origin: EventOrigin): EventEntry {
  return { ...head(type, at, origin), subject: job.id, queue: job.queue, jobType: job.type, data };
}

function head(type: EventKind, at: number, origin: EventOrigin): Pick<EventEntry, "id" | "type" | "source" | "at"> {
  return { id: `evt_${origin.newId()}`, type, source: origin.source, at };
}

function encodeData(data: EventData): JsonText {
  const members = Object.entries(data).map(([name, value]) => `"${name}":${encodeMember(name, value)}`);
  return `{${members.join(",")}}`;
}

function encodeMember(name: string, value: unknown): JsonText {
  if (typeof value === "number" && TIME_MEMBERS.has(name)) return `"${formatTimestamp(value)}"`;
  return typeof value === "string" && JSON_MEMBERS.has(name) ? value : JSON.stringify(value);
}
