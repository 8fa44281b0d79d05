/** What became of a job on its way: its history (ojs-execution-history §3) and its progress (ojs-progress §7). */
import { isMembers, type Members } from "../request-fields.ts";
import { nonEmpty, readArray, readObject } from "./answer-shape.ts";
import type { JobStateWord } from "./job-decode.ts";
import type { Page } from "./page-decode.ts";
import { integer, present, text } from "./wire-values.ts";

/** One thing that happened to a job. */
export interface JobHistoryEvent {
  readonly id: string;
  /** `job.created`, `job.attempt_failed`, …: ojs-execution-history §4. */
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  /** What it was that did it, and which one. */
  readonly actor?: { readonly type: string; readonly id?: string };
  /** The members that the specification has for the type, under their own names. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** How far a job has come. What nobody has reported is absent. */
export interface JobProgress {
  readonly jobId: string;
  readonly state: JobStateWord;
  /** From 0 to 1. */
  readonly progress?: number;
  readonly message?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** RFC 3339. */
  readonly updatedAt?: string;
}

/** What a job goes on from when it runs again (ojs-durable-execution §4). */
export interface JobCheckpoint {
  readonly jobId: string;
  /** What its handler kept; of a job in steps, what they returned. */
  readonly state: unknown;
  /** 1 for the first one of the job; each replaces the one before. */
  readonly sequence: number;
  /** RFC 3339. */
  readonly savedAt: string;
}

/** Reads a page of a history. Throws a plain Error when it is none. */
export function decodeJobHistory(answer: unknown): Page<JobHistoryEvent> {
  const page = readObject(answer, "the answer");
  const nextCursor = nonEmpty(page.next_cursor);
  return present<Page<JobHistoryEvent>>({
    items: readArray(page, "events").filter(isMembers).map(decodeHistoryEvent),
    total: integer(page.total),
    hasMore: nextCursor !== undefined,
    nextCursor,
  });
}

function decodeHistoryEvent(event: Members): JobHistoryEvent {
  const { actor } = event;
  return present<JobHistoryEvent>({
    id: text(event.id) ?? "",
    type: text(event.event_type) ?? "",
    time: text(event.timestamp) ?? "",
    actor: isMembers(actor) ? present({ type: text(actor.type) ?? "", id: text(actor.id) }) : undefined,
    data: isMembers(event.data) ? event.data : {},
  });
}

/** Reads a report of progress. Throws a plain Error when it is none. */
export function decodeJobProgress(answer: unknown, jobId: string): JobProgress {
  const report = readObject(answer, "the answer");
  return present<JobProgress>({
    jobId: text(report.job_id) ?? jobId,
    state: text(report.state) ?? "active",
    progress: typeof report.progress === "number" ? report.progress : undefined,
    message: text(report.message),
    data: isMembers(report.data) ? report.data : undefined,
    updatedAt: text(report.updated_at),
  });
}

/** Reads a checkpoint. Throws a plain Error when it is none. */
export function decodeJobCheckpoint(answer: unknown, jobId: string): JobCheckpoint {
  const kept = readObject(answer, "the answer");
  return {
    jobId: text(kept.job_id) ?? jobId,
    state: kept.state,
    sequence: integer(kept.sequence) ?? 1,
    savedAt: text(kept.created_at) ?? "",
  };
}
