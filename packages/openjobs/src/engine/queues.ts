/** Queues: list, statistics, pause, resume (http-binding §11). */
import { ojsError } from "../core/errors.ts";
import type { Page, PageRequest, QueueRecord } from "../storage/storage.ts";
import type { EngineContext } from "./context.ts";
import type { QueueStats } from "./facade.ts";
import { answered } from "./storage-trouble.ts";

const HOUR_MS = 3_600_000;

/** A page of queues. */
export function listQueues({ storage }: EngineContext, page: PageRequest): Promise<Page<QueueRecord>> {
  return answered(storage.queues.list(page));
}

/** Counters and the last hour of a queue. */
export async function queueStats(context: EngineContext, name: string): Promise<QueueStats> {
  const { storage, clock } = context;
  const computedAt = clock.now();
  const [queue, activity] = await Promise.all([
    findQueue(context, name),
    answered(storage.queues.activity(name, computedAt - HOUR_MS)),
  ]);
  return {
    queue,
    completedLastHour: activity.completed,
    failedLastHour: activity.failed,
    avgDurationMs: average(activity.runMs, activity.completed),
    avgWaitMs: average(activity.waitMs, activity.started),
    throughputPerSecond: activity.completed / (HOUR_MS / 1_000),
    computedAt,
  };
}

/** Stops handing out the queue's jobs. */
export function pauseQueue(context: EngineContext, name: string): Promise<QueueRecord> {
  return setPaused(context, name, true);
}

/** Hands out the queue's jobs again, and wakes whoever waited for them. */
export async function resumeQueue(context: EngineContext, name: string): Promise<QueueRecord> {
  const queue = await setPaused(context, name, false);
  context.waiters.wake(name, queue.counts.available);
  return queue;
}

async function setPaused(context: EngineContext, name: string, paused: boolean): Promise<QueueRecord> {
  const { committer, announcer } = context;
  await committer.decide({
    ids: [],
    decide: (_jobs, { now }) => ({
      effects: [{ kind: "pause", queue: name, paused }],
      committed: () => announcer.queue(paused ? "queue.paused" : "queue.resumed", name, now),
    }),
  });
  return findQueue(context, name);
}

async function findQueue({ storage }: EngineContext, name: string): Promise<QueueRecord> {
  const queue = await answered(storage.queues.get(name));
  if (queue !== undefined) return queue;
  throw ojsError("not_found", `There is no queue ${name}.`, {
    details: { queue: name },
    hint: "A queue comes into being with its first job.",
  });
}

function average(sum: number, count: number): number | null {
  return count === 0 ? null : Math.round(sum / count);
}
