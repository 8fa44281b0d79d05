/** Puts an engine together (design 1): one file for each operation, one committer under all of them. */
import { randomFillSync, randomUUID } from "node:crypto";
import { eventSource } from "../core/events.ts";
import { KEEP_FOREVER } from "../core/retention.ts";
import { createUuid7 } from "../core/uuid7.ts";
import { ack, ackAll } from "./ack.ts";
import { Announcer } from "./announcer.ts";
import { bulkOperations } from "./bulk.ts";
import { Committer } from "./committer.ts";
import type { EngineContext } from "./context.ts";
import { CronWork } from "./cron/cron-work.ts";
import { cronOperations } from "./cron/crons.ts";
import { deleteDeadLetter, listDeadLetters, retryDeadLetter } from "./dead-letters.ts";
import { DueWork, type DueWorkParts } from "./due-work.ts";
import { enqueue, enqueueBatch } from "./enqueue.ts";
import { EventLog } from "./event-log.ts";
import type { Engine, EngineOptions } from "./facade.ts";
import { fetch, release } from "./fetch.ts";
import { health } from "./health.ts";
import { heartbeat } from "./heartbeat.ts";
import { activateJob, cancelJob, getJob, setPriority } from "./jobs.ts";
import { GROUP_LIMITS } from "./lanes.ts";
import { nack } from "./nack.ts";
import { Openings } from "./openings.ts";
import { QueueConfigs } from "./queue-configs.ts";
import { listQueues, pauseQueue, queueStats, resumeQueue } from "./queues.ts";
import { Retention } from "./retention.ts";
import { selectionOperations } from "./select.ts";
import { systemClock } from "./system-clock.ts";
import { Timer } from "./timer.ts";
import { Waiters } from "./waiters.ts";
import { WorkerWatch } from "./worker-watch.ts";
import { workflowNews } from "./workflow-news.ts";
import { workflowOperations } from "./workflows.ts";

export type * from "./facade.ts";

/** After trouble in the background, such as a store that is down. */
const TRY_AGAIN_MS = 1_000;

/** What an engine has besides what its operations see. */
interface Parts {
  readonly context: EngineContext;
  readonly log: EventLog;
  readonly watch: WorkerWatch;
  readonly timer: Timer;
  /** Aborted by `close`. */
  readonly closing: AbortController;
}

/**
 * Creates an engine; call `start` before anything else.
 *
 * @example
 * ```ts
 * const engine = createEngine({ storage: memory() });
 * await engine.start();
 * const { job } = await engine.enqueue(readJobRequest({ type: "email.send", args: [] }, { now: engine.now() }));
 * ```
 */
export function createEngine(options: EngineOptions): Engine {
  const parts = build(options);
  const { context, log, watch } = parts;
  const startedAt = context.clock.now();
  return {
    ...lifecycle(options, parts),
    ...bulkOperations(context),
    ...selectionOperations(context),
    ...cronOperations(context),
    ...workflowOperations(context),
    now: () => context.clock.now(),
    newJobId: context.newId,
    enqueue: (job) => enqueue(context, job),
    enqueueBatch: (jobs) => enqueueBatch(context, jobs),
    getJob: (id) => getJob(context, id),
    cancel: (id) => cancelJob(context, id),
    activate: (id) => activateJob(context, id),
    setPriority: (id, priority) => setPriority(context, id, priority),
    fetch: (request) => fetch(context, request),
    release: (jobs) => release(context, jobs),
    ack: (request) => ack(context, request),
    ackAll: (requests) => ackAll(context, requests),
    nack: (request) => nack(context, request),
    heartbeat: (beat) => heartbeat(context, watch, options.testHooks ?? false, beat),
    listDeadLetters: (filter, page) => listDeadLetters(context, filter, page),
    retryDeadLetter: (id) => retryDeadLetter(context, id),
    deleteDeadLetter: (id) => deleteDeadLetter(context, id),
    listQueues: (page) => listQueues(context, page),
    queueStats: (name) => queueStats(context, name),
    pauseQueue: (name) => pauseQueue(context, name),
    resumeQueue: (name) => resumeQueue(context, name),
    getQueueConfig: (name) => context.queueConfigs.get(name),
    changeQueueConfig: (name, change) => context.queueConfigs.change(name, change),
    listEvents: (query) => log.list(query),
    health: () => health(context, startedAt),
  };
}

function build(options: EngineOptions): Parts {
  const { storage, clock = systemClock, random = Math.random, onError = () => {} } = options;
  const newId = createUuid7({ now: () => clock.now(), random: (bytes) => randomFillSync(bytes) });
  const log = new EventLog();
  const waiters = new Waiters();
  const origin = { source: eventSource(options.instance ?? randomUUID()), newId };
  const announcer = new Announcer({
    log,
    waiters,
    origin,
    dueAt: (at) => dueWork.expect(at),
    cronEnded: (cron) => crons.ended(cron),
  });
  const limits = { ...GROUP_LIMITS, units: options.maxGroupUnits ?? GROUP_LIMITS.units };
  const committer = new Committer(storage, clock, limits, {
    workflows: workflowNews(announcer),
    openings: (heard, at) => openings.hear(heard, at),
  });
  const closing = new AbortController();
  const shared = {
    storage,
    clock,
    random,
    committer,
    announcer,
    // What is interrupted by the end of the engine is for the next one to do.
    onError: (error: unknown, context: string) => {
      if (!closing.signal.aborted) onError(error, context);
    },
  };
  const timer = new Timer(clock, () => ring({ openings, crons, dueWork, watch, retention }, shared));
  const wakeBy = (at: number): void => timer.wakeBy(at);
  const openings = new Openings({ waiters, isShared: !storage.traits.synchronous, wakeBy });
  const dueWork = new DueWork({ ...shared, wakeBy });
  const watch = new WorkerWatch({ ...shared, wakeBy });
  const retention = new Retention({ ...shared, times: options.retention ?? KEEP_FOREVER });
  const queueConfigs = new QueueConfigs({ ...shared, newId });
  const parts = { ...shared, newId, waiters, dueWork, queueConfigs };
  const crons = new CronWork(parts, wakeBy);
  return { context: { ...parts, crons }, log, watch, timer, closing };
}

/** What the timer rings for. */
interface Rung {
  readonly openings: Openings;
  readonly crons: CronWork;
  readonly dueWork: DueWork;
  readonly watch: WorkerWatch;
  readonly retention: Retention;
}

/** What the timer does; answers when it is needed again. */
async function ring(
  { openings, crons, dueWork, watch, retention }: Rung,
  { clock, onError }: Pick<DueWorkParts, "clock" | "onError">,
): Promise<number> {
  openings.ring(clock.now());
  try {
    // First, because a mountain of due jobs is no reason for a schedule to be late.
    await crons.finish();
    await dueWork.finish();
    await watch.buryDead();
    await retention.sweep();
    return Math.min(openings.next, crons.next, dueWork.next, watch.next, retention.next);
  } catch (error) {
    onError(error, "timer");
    return clock.now() + TRY_AGAIN_MS;
  }
}

function lifecycle({ storage }: EngineOptions, { context, timer, closing }: Parts): Pick<Engine, "start" | "close"> {
  let closed: Promise<void> | undefined;
  async function shutDown(): Promise<void> {
    closing.abort();
    context.waiters.close();
    await Promise.all([timer.stop(), context.committer.close()]);
    await storage.close();
  }
  return {
    async start() {
      await storage.open();
      await context.queueConfigs.load();
      timer.start(context.clock.now());
    },
    close() {
      closed ??= shutDown();
      return closed;
    },
  };
}
