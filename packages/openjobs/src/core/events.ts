/**
 * The small values that a server keeps of what happened (ojs-events §2).
 *
 * A server emits several events a job, and mostly nobody reads them. So an entry holds numbers and references, never the
 * job itself (its args may be a megabyte), and becomes JSON only for a reader.
 */
import type { CronJob } from "./cron.ts";
import { type SkippedRun, skippedFacts, type TriggeredRun, triggeredFacts } from "./cron-event-data.ts";
import {
  type EventData,
  type EventWorker,
  type FinishedJob,
  JSON_MEMBERS,
  jobFacts,
  outcomeFacts,
  TIME_MEMBERS,
  workerFacts,
} from "./event-data.ts";
import type {
  BackpressureEventKind,
  BulkEventKind,
  EventKind,
  JobEventKind,
  QueueEventKind,
  WorkerEventKind,
  WorkflowEventKind,
} from "./event-kinds.ts";
import type { FailureEntry } from "./failure.ts";
import type { JobRecord, JobState, JsonText } from "./job.ts";
import type { QueuePressure } from "./queue-bound.ts";
import { formatTimestamp } from "./time.ts";
import { traceIdOf } from "./trace.ts";

/** One event, not yet JSON. */
export interface EventEntry {
  /** `evt_` and a UUIDv7, made when it is first asked for. */
  readonly id: string;
  readonly type: EventKind;
  /** URI of the server that emitted it. */
  readonly source: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** Id of the job, worker or workflow, or name of the queue or cron job. */
  readonly subject: string;
  /** null when the event belongs to no queue. */
  readonly queue: string | null;
  /** null when the event belongs to no job. */
  readonly jobType: string | null;
  /** The state that the job left; null unless this is the last event of a move from one state to another. */
  readonly from: JobState | null;
  /** The state that it is in since, if `from` is known. */
  readonly to: JobState | null;
  /** Whether another server has emitted it. */
  readonly isForeign: boolean;
  /** Whether this is its id. Does not make one: nobody can know an id that was never asked for. */
  isKnownAs(id: string): boolean;
  /** The members of its `data`, in the form of {@link EventData}. */
  data(): EventData;
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
  /** With `*` at the end for all that begin so (ojs-events §6.1). */
  readonly types?: readonly string[];
  readonly queues?: readonly string[];
  readonly jobTypes?: readonly string[];
}

/** The source URI of a server instance (ojs-events §2.4). */
export function eventSource(instance: string): string {
  return `ojs://openjobs/server/${encodeURIComponent(instance)}`;
}

/** What happened to a job. */
export interface JobNews {
  /** In the order in which readers have to see them. */
  readonly events: readonly JobEventKind[];
  /** The failed attempt's entry (`Transition.error`), which `job.failed` and what follows it tell. */
  readonly error?: FailureEntry;
  /** The state that the job left; absent when it is new, or in the state that it was in. */
  readonly from?: JobState;
}

/** The events of one transition, in its order; `job` is as it is after the change. */
export function jobEvents(
  { events, error, from }: JobNews,
  job: JobRecord,
  at: number,
  origin: EventOrigin,
): EventEntry[] {
  const last = events.length - 1;
  return events.map((kind, index) => {
    const move = index === last && from !== undefined ? { from, to: job.state } : STAYED;
    return new Event(kind, subjectOf(job), jobFacts(kind, job, at, error), at, origin, move);
  });
}

/** `job.completed` for a job that was finished without being read. */
export function completedEvent(job: FinishedJob, result: JsonText | null, at: number, origin: EventOrigin): EventEntry {
  return new Event("job.completed", subjectOf(job), outcomeFacts(job, result, at), at, origin, COMPLETION);
}

/** Somebody changed the priority of a job that waits. */
export function priorityEvent(job: JobRecord, previous: number, at: number, origin: EventOrigin): EventEntry {
  const facts = { previous_priority: previous, new_priority: job.priority };
  return new Event("priority.changed", subjectOf(job), facts, at, origin);
}

/** A worker has said how far its job is. */
export function progressEvent(
  job: JobRecord,
  { progress, message }: { readonly progress: number | null; readonly message: string | null },
  at: number,
  origin: EventOrigin,
): EventEntry {
  const facts = {
    worker_id: job.workerId ?? "",
    attempt: job.attempt,
    progress_percent: (progress ?? 0) * 100,
    ...(message === null ? {} : { progress_message: message }),
  };
  return new Event("job.progress", subjectOf(job), facts, at, origin);
}

/** An operation on many jobs is over. Its subject is the operation: there is nothing else that all of it is about. */
export function bulkEvent(type: BulkEventKind, facts: EventData, at: number, origin: EventOrigin): EventEntry {
  const [family, operation] = type.split(".", 2);
  return new Event(type, { name: `${family}/${operation}`, queue: null }, facts, at, origin);
}

/** A queue was paused or resumed. */
export function queueEvent(type: QueueEventKind, queue: string, at: number, origin: EventOrigin): EventEntry {
  return new Event(type, { name: queue, queue }, { queue }, at, origin);
}

/** The bound of a queue was met. */
export function backpressureEvent(
  type: BackpressureEventKind,
  { queue, ...facts }: QueuePressure & EventData,
  at: number,
  origin: EventOrigin,
): EventEntry {
  return new Event(type, { name: queue, queue }, { queue, ...facts }, at, origin);
}

/** Something happened to a worker. */
export function workerEvent(type: WorkerEventKind, worker: EventWorker, at: number, origin: EventOrigin): EventEntry {
  return new Event(type, { name: worker.id, queue: null }, workerFacts(type, worker, at), at, origin);
}

/** A cron job has made a job. */
export function cronTriggeredEvent(cron: CronJob, run: TriggeredRun, at: number, origin: EventOrigin): EventEntry {
  return new Event("cron.triggered", { name: cron.name, queue: null }, triggeredFacts(cron, run, at), at, origin);
}

/** It was time for a cron job, but it has made no job. */
export function cronSkippedEvent(cron: CronJob, run: SkippedRun, at: number, origin: EventOrigin): EventEntry {
  return new Event("cron.skipped", { name: cron.name, queue: null }, skippedFacts(cron, run), at, origin);
}

/** Something happened to a workflow; `facts` come from `core/workflow/event-facts.ts`. */
export function workflowEvent(
  type: WorkflowEventKind,
  id: string,
  facts: EventData,
  at: number,
  origin: EventOrigin,
): EventEntry {
  return new Event(type, { name: id, queue: null }, facts, at, origin);
}

/** Whether a reader wants this event. Events without a queue or job type match no list of them. */
export function matchesEvent(entry: EventEntry, filter: EventFilter): boolean {
  return wantsType(filter, entry.type) && isAbout(entry, filter);
}

/** Whether a reader wants events of this type. */
export function wantsType({ types }: EventFilter, type: string): boolean {
  if (types === undefined) return true;
  return types.some((one) => one === type || (one.endsWith("*") && type.startsWith(one.slice(0, -1))));
}

/** Whether a reader wants events about this, of whatever type. */
export function isAbout(entry: EventEntry, filter: EventFilter): boolean {
  return wants(filter.queues, entry.queue) && wants(filter.jobTypes, entry.jobType);
}

/** The JSON of one event, in the envelope of ojs-events §2. */
export function encodeEvent(entry: EventEntry): JsonText {
  const { id, type, source, subject } = entry;
  const time = formatTimestamp(entry.at);
  const envelope = JSON.stringify({ specversion: "1.0", id, type, source, time, subject });
  return `${envelope.slice(0, -1)},"data":${encodeEventData(entry.data())}}`;
}

/** The JSON of what an event tells. */
export function encodeEventData(data: EventData): JsonText {
  const members = Object.entries(data).map(([name, value]) => `"${name}":${encodeMember(name, value)}`);
  return `{${members.join(",")}}`;
}

function wants(list: readonly string[] | undefined, value: string | null): boolean {
  return list === undefined || (value !== null && list.includes(value));
}

/** What an event is about. */
interface Subject {
  readonly name: string;
  readonly queue: string | null;
  readonly jobType?: string;
  readonly traceId?: string | undefined;
}

/** Which state a job left, and for which. */
type Move = Pick<EventEntry, "from" | "to">;

const STAYED: Move = { from: null, to: null };
const COMPLETION: Move = { from: "active", to: "completed" };

function subjectOf({ id, queue, type, meta }: FinishedJob): Subject {
  return { name: id, queue, jobType: type, traceId: traceIdOf(meta) };
}

/**
 * As little as possible, because ten thousand of them are kept and each is made anew for every move of every job: the id,
 * and what all events of a job have in common, come into being for a reader. An event that nobody reads costs 0.15 us this
 * way and cost 6.6 us with everything made at once, most of it for the garbage collector.
 */
class Event implements EventEntry {
  readonly type: EventKind;
  readonly at: number;
  readonly subject: string;
  readonly queue: string | null;
  readonly jobType: string | null;
  readonly from: JobState | null;
  readonly to: JobState | null;
  readonly #traceId: string | undefined;
  readonly #facts: EventData;
  readonly #origin: EventOrigin;
  #id: string | undefined;

  constructor(
    type: EventKind,
    subject: Subject,
    facts: EventData,
    at: number,
    origin: EventOrigin,
    move: Move = STAYED,
  ) {
    this.type = type;
    this.at = at;
    this.subject = subject.name;
    this.queue = subject.queue;
    this.jobType = subject.jobType ?? null;
    this.from = move.from;
    this.to = move.to;
    this.#traceId = subject.traceId;
    this.#facts = facts;
    this.#origin = origin;
  }

  get id(): string {
    this.#id ??= `evt_${this.#origin.newId()}`;
    return this.#id;
  }

  get source(): string {
    return this.#origin.source;
  }

  get isForeign(): boolean {
    return false;
  }

  isKnownAs(id: string): boolean {
    return this.#id === id;
  }

  /** `job_id` is not in the schemas of ojs-events §4, but the official cases ask for it. */
  data(): EventData {
    if (this.jobType === null) return this.#facts;
    const { subject, jobType, queue } = this;
    const trace = this.#traceId === undefined ? {} : { trace_id: this.#traceId };
    return { job_id: subject, job_type: jobType, queue, ...trace, ...this.#facts };
  }
}

function encodeMember(name: string, value: unknown): JsonText {
  if (typeof value === "number" && TIME_MEMBERS.has(name)) return `"${formatTimestamp(value)}"`;
  return typeof value === "string" && JSON_MEMBERS.has(name) ? value : JSON.stringify(value);
}
