/**
 * The history of a job (ojs-execution-history §3, §4), told from what the job itself remembers: its creation, the attempts that
 * failed, the last one that began, its end. Nothing is written for it, so it costs nothing, and it goes with the job.
 */
import { countedAttempts } from "./attempts.ts";
import { byteLength } from "./byte-length.ts";
import type { FailureEntry } from "./failure.ts";
import type { JobRecord } from "./job.ts";
import { formatTimestamp, parseTimestamp } from "./time.ts";

/** One thing that happened, under wire names. */
export interface HistoryEvent {
  readonly id: string;
  readonly job_id: string;
  readonly event_type: string;
  readonly timestamp: string;
  readonly actor?: { readonly type: "worker" | "system"; readonly id?: string };
  readonly data: Readonly<Record<string, unknown>>;
  readonly metadata: { readonly reconstructed: true };
}

type Happening = Pick<HistoryEvent, "event_type" | "data" | "actor"> & {
  readonly at: number;
  /** Its place among those of the same millisecond. */
  readonly order: number;
};

/** What happened to the job, oldest first. */
export function historyOf(job: JobRecord): readonly HistoryEvent[] {
  const happenings = [created(job), ...failures(job), ...lastStart(job), ...ended(job)];
  return happenings
    .sort((a, b) => a.at - b.at || a.order - b.order)
    .map(({ at, order, ...happening }) => ({
      // Not by its position: the oldest failures are forgotten one day.
      ...{ id: `${job.id}/${at}-${order}`, job_id: job.id },
      ...happening,
      timestamp: formatTimestamp(at),
      metadata: { reconstructed: true },
    }));
}

function created({ createdAt, queue, type, args }: JobRecord): Happening {
  return {
    event_type: "job.created",
    at: createdAt,
    order: 0,
    data: { queue, type, args_size_bytes: byteLength(args) },
  };
}

function failures(job: JobRecord): readonly Happening[] {
  const entries = entriesOf(job);
  return entries.map((entry, index) => {
    const { attempt, occurred_at: occurredAt, message } = entry;
    const isLast = index === entries.length - 1;
    return {
      event_type: "job.attempt_failed",
      at: parseTimestamp(occurredAt) ?? job.createdAt,
      order: 2 * attempt + 1,
      data: { attempt, error: message, will_retry: !(isLast && job.state === "discarded") },
    };
  });
}

/** Earlier attempts are known by their failures only. */
function lastStart({ startedAt, workerId, attempt }: JobRecord): readonly Happening[] {
  if (startedAt === null) return [];
  const worker = workerId ?? "";
  const actor = { type: "worker", ...(workerId === null ? {} : { id: workerId }) } as const;
  const data = { worker_id: worker, attempt };
  return [{ event_type: "job.attempt_started", at: startedAt, order: 2 * attempt, actor, data }];
}

function ended(job: JobRecord): readonly Happening[] {
  const { state, endedAt, startedAt, attempt } = job;
  if (endedAt === null) return [];
  const end = { at: endedAt, order: Number.MAX_SAFE_INTEGER };
  if (state === "completed") {
    const duration = endedAt - (startedAt ?? endedAt);
    return [{ event_type: "job.attempt_completed", ...end, data: { attempt, duration_ms: duration } }];
  }
  if (state === "cancelled") return [{ event_type: "job.cancelled", ...end, data: {} }];
  const last = entriesOf(job).at(-1)?.message ?? "";
  const data = { total_attempts: countedAttempts(job), last_error: last };
  return [{ event_type: "job.discarded", ...end, actor: { type: "system" }, data }];
}

function entriesOf({ errors }: JobRecord): readonly FailureEntry[] {
  return errors === null ? [] : (JSON.parse(errors) as readonly FailureEntry[]); // the lifecycle wrote them
}
