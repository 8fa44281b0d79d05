/** Live events as a program sees them, and how they are read from the stream (ojs-realtime §4, ojs-events §3). */
import type { JobStateWord } from "../../core/codec/job-decode.ts";
import { present, text } from "../../core/codec/wire-values.ts";
import type { JobDescription, JobEventFacts } from "../../core/definition/define-job.ts";
import type {
  CronEventKind,
  JobEventKind,
  ProgressEventKind,
  QueueEventKind,
  WorkerEventKind,
  WorkflowEventKind,
} from "../../core/event-kinds.ts";
import { isMembers, type Members } from "../../core/request-fields.ts";
import type { SseMessage } from "./sse-parser.ts";

/** What all live events have. */
export interface LiveEventFacts {
  /** Place in the stream; give it as `after` to go on behind it. Empty from servers without ids. */
  readonly id: string;
  /** When it happened, RFC 3339; empty when the server does not say. */
  readonly at: string;
  /** The members that the specification defines for the type, under their own names: `duration_ms`, `attempt`, … */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A job went from one state to another. */
export interface JobStateEvent extends LiveEventFacts {
  readonly kind: "state";
  readonly type: "job.state_changed";
  readonly jobId: string;
  readonly queue: string;
  readonly jobType: string;
  readonly from: JobStateWord;
  readonly to: JobStateWord;
}

/** Something happened to a job; `job.completed` may have the result in its `data`. */
export interface JobLiveEvent extends LiveEventFacts {
  readonly kind: "job";
  readonly type: JobEventKind | ProgressEventKind | `job.${string}`;
  readonly jobId: string;
  readonly queue?: string;
  readonly jobType?: string;
}

/** Something happened to a workflow. */
export interface WorkflowLiveEvent extends LiveEventFacts {
  readonly kind: "workflow";
  readonly type: WorkflowEventKind | `workflow.${string}`;
  readonly workflowId: string;
}

/** Something was done to a queue. */
export interface QueueLiveEvent extends LiveEventFacts {
  readonly kind: "queue";
  readonly type: QueueEventKind | `queue.${string}`;
  readonly queue: string;
}

/** A worker came, went or gave a sign of life. */
export interface WorkerLiveEvent extends LiveEventFacts {
  readonly kind: "worker";
  readonly type: WorkerEventKind | `worker.${string}`;
  readonly workerId: string;
}

/** A cron job was due. */
export interface CronLiveEvent extends LiveEventFacts {
  readonly kind: "cron";
  readonly type: CronEventKind | `cron.${string}`;
  readonly cronName: string;
}

/** Events are missing here: look at what you care about, for it may have changed. No filter holds this back. */
export interface GapEvent extends LiveEventFacts {
  readonly kind: "gap";
  /** `system.gap`, `system.events_dropped`, or `client.gap` when only this client knows. */
  readonly type: string;
  /**
   * `forgotten`: the connection broke, and the server does not remember all that came since. `slow`: the server had too many
   * events waiting for this reader. `reconnected`: the connection broke before it was known where to go on. `unreadable`: an
   * event was too long or no JSON.
   */
  readonly reason: "forgotten" | "slow" | "reconnected" | "unreadable";
  /** How many, if that is known. */
  readonly missed?: number;
}

/** Anything else that a server tells. */
export interface OtherLiveEvent extends LiveEventFacts {
  readonly kind: "other";
  readonly type: string;
}

/**
 * What `client.subscribe` hands out: tell them apart by `kind`, then by `type`.
 *
 * @example
 * if (event.kind === "state") console.log(event.jobId, event.from, event.to);
 * else if (event.kind === "gap") await lookAgain(event.reason);
 */
export type LiveEvent =
  | JobStateEvent
  | JobLiveEvent
  | WorkflowLiveEvent
  | QueueLiveEvent
  | WorkerLiveEvent
  | CronLiveEvent
  | GapEvent
  | OtherLiveEvent;

/** An event of a job of one type. */
export type EventOfJob<Type extends string, Result> = (JobStateEvent | JobLiveEvent) & JobEventFacts<Type, Result>;

/** What a subscription to one job tells. */
export type EventOfOneJob<Type extends string, Result> = EventOfJob<Type, Result> | GapEvent | OtherLiveEvent;

/** What a definition says about the events of its jobs. */
export type DefinedJobEvent<Definition extends JobDescription> = Definition extends {
  readonly type: infer Type extends string;
  readonly "~types"?: { readonly result: infer Result };
}
  ? EventOfJob<Type, Result>
  : never;

/** Says on this client's own account that something is missing. */
export function clientGap(reason: GapEvent["reason"], id = "", data: Members = {}): GapEvent {
  return { kind: "gap", type: "client.gap", id, at: "", reason, data };
}

/** Reads a message of the stream; undefined for those that are about the connection only. */
export function readLiveEvent({ id, type, data }: SseMessage): LiveEvent | undefined {
  // The stream is opened again, and until then nothing is lost.
  if (type === "server.shutdown") return undefined;
  const members = membersOf(data);
  if (members === undefined) return clientGap("unreadable", id, { type });
  const facts = { id, at: text(members.timestamp) ?? text(members.time) ?? "", data: members };
  return readNotice(type, facts) ?? readCatalogue(type, facts) ?? { ...facts, kind: "other", type };
}

function membersOf(data: string | undefined): Members | undefined {
  if (data === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return isMembers(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function readNotice(type: string, facts: LiveEventFacts): GapEvent | undefined {
  const { data } = facts;
  if (type === "system.gap") return gap(facts, type, "forgotten", data.estimated_missed_count);
  if (type === "system.events_dropped") return gap(facts, type, "slow", data.dropped_count);
  return undefined;
}

function gap(facts: LiveEventFacts, type: string, reason: GapEvent["reason"], missed: unknown): GapEvent {
  return { ...facts, kind: "gap", type, reason, ...(typeof missed === "number" ? { missed } : {}) };
}

function readCatalogue(type: string, facts: LiveEventFacts): LiveEvent | undefined {
  const { data } = facts;
  const { job_id: jobId, workflow_id: workflowId, worker_id: workerId, cron_name: cronName } = data;
  const queue = text(data.queue);
  if (begins(type, "job") && typeof jobId === "string") return readJobEvent(type, facts, jobId, queue);
  if (begins(type, "workflow") && typeof workflowId === "string")
    return { ...facts, kind: "workflow", type, workflowId };
  if (begins(type, "worker") && typeof workerId === "string") return { ...facts, kind: "worker", type, workerId };
  if (begins(type, "queue") && queue !== undefined) return { ...facts, kind: "queue", type, queue };
  if (begins(type, "cron") && typeof cronName === "string") return { ...facts, kind: "cron", type, cronName };
  return undefined;
}

function begins<Word extends string>(type: string, word: Word): type is `${Word}.${string}` {
  return type.startsWith(`${word}.`);
}

function readJobEvent(
  type: `job.${string}`,
  facts: LiveEventFacts,
  jobId: string,
  queue: string | undefined,
): JobStateEvent | JobLiveEvent {
  const { from, to, type: ofChange, job_type: ofEvent } = facts.data;
  const jobType = text(ofEvent) ?? text(ofChange);
  if (type === "job.state_changed" && typeof to === "string") {
    return {
      ...facts,
      kind: "state",
      type,
      jobId,
      queue: queue ?? "",
      jobType: jobType ?? "",
      from: text(from) ?? "",
      to,
    };
  }
  return { ...facts, kind: "job", type, jobId, ...present<{ queue?: string; jobType?: string }>({ queue, jobType }) };
}
