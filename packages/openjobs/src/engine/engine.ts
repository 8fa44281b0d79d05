/** Puts an engine together (design 1): one file for each operation, one committer under all of them. */
import { ack, ackAll } from "./ack.ts";
import { adminOperations } from "./admin.ts";
import { agentOperations } from "./agents/agents.ts";
import { attestOperations } from "./attest/receipts.ts";
import { resultOperations } from "./await-end.ts";
import { bulkOperations } from "./bulk.ts";
import { companionOperations } from "./companions/companions.ts";
import type { EngineContext } from "./context.ts";
import { cronOperations } from "./cron/crons.ts";
import { deleteDeadLetter, getDeadLetter, listDeadLetters, retryDeadLetter } from "./dead-letters.ts";
import { enqueue, enqueueBatch } from "./enqueue.ts";
import type { Engine, EngineOptions } from "./facade.ts";
import { fetch, release } from "./fetch.ts";
import { health } from "./health.ts";
import { heartbeat } from "./heartbeat.ts";
import { activateJob, cancelJob, getJob, setPriority } from "./jobs.ts";
import { Lifecycle } from "./lifecycle.ts";
import { LIVE_LIMITS, liveOperations } from "./live/live.ts";
import { metricsOperations } from "./metrics/metrics.ts";
import { nack } from "./nack.ts";
import { buildParts } from "./parts.ts";
import { poolOperations } from "./pools.ts";
import { listQueues, pauseQueue, queueStats, resumeQueue } from "./queues.ts";
import { rateLimitOperations } from "./rate-limits.ts";
import { selectionOperations } from "./select.ts";
import { validateByHook } from "./validate-hook.ts";
import { workflowOperations } from "./workflows.ts";

export type * from "./facade.ts";

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
  const parts = buildParts(options);
  const { context, log, meters, relay, watch, webhooks, push } = parts;
  const lifecycle = new Lifecycle(options.storage, parts);
  const live = liveOperations({ context, log, relay, limits: options.live ?? LIVE_LIMITS });
  return {
    start: () => lifecycle.start(),
    close: () => lifecycle.close(),
    ...adminOperations(context),
    ...agentOperations(context),
    ...attestOperations(context),
    ...bulkOperations(context),
    ...poolOperations(context),
    ...selectionOperations(context),
    ...companionOperations(context),
    ...cronOperations(context),
    ...metricsOperations(context, meters),
    ...context.schemas.operations(),
    ...live,
    ...resultOperations(context, live),
    ...rateLimitOperations(context),
    ...webhooks.operations(),
    ...push.operations(),
    ...workflowOperations(context),
    now: () => context.clock.now(),
    newJobId: context.newId,
    enqueue: options.testHooks === true ? validatedEnqueue(context) : (job) => enqueue(context, job),
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
    getDeadLetter: (id) => getDeadLetter(context, id),
    retryDeadLetter: (id) => retryDeadLetter(context, id),
    deleteDeadLetter: (id) => deleteDeadLetter(context, id),
    listQueues: (page) => listQueues(context, page),
    queueStats: (name) => queueStats(context, name),
    pauseQueue: (name) => pauseQueue(context, name),
    resumeQueue: (name) => resumeQueue(context, name),
    getQueueConfig: (name) => context.queueConfigs.get(name),
    changeQueueConfig: (name, change) => context.queueConfigs.change(name, change),
    listEvents: (query) => log.list(query),
    health: () => health(context, lifecycle.startedAt),
  };
}

function validatedEnqueue(context: EngineContext): Engine["enqueue"] {
  return async (job) => {
    validateByHook(job);
    return enqueue(context, job);
  };
}
