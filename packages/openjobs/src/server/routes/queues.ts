/** Queues: list, statistics, pause, resume (ojs-http-binding §11). */
import { stringifyJson } from "../../core/json.ts";
import { depthOf } from "../../core/queue-bound.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { Engine, QueueStats } from "../../engine/facade.ts";
import type { QueueRecord } from "../../storage/storage.ts";
import { isSdk } from "../negotiation.ts";
import { PAGING } from "../openapi/description.ts";
import { paginationOf, readPage } from "../paging.ts";
import { ok, type Route } from "../route.ts";
import { queueNameOf } from "./queue-name.ts";

/** The routes under `/ojs/v1/queues`. */
export function queueRoutes(engine: Engine): readonly Route[] {
  return [list(engine), stats(engine), pause(engine), resume(engine)];
}

function list(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/queues",
    describe: { tag: "Queues", summary: "List queues", query: PAGING, answers: { 200: "QueuePage" } },
    async run({ query }) {
      const request = readPage(new URLSearchParams(query));
      const page = await engine.listQueues(request);
      const queues = page.items.map((queue) => ({
        ...named(queue),
        status: statusOf(queue),
        created_at: formatTimestamp(queue.createdAt),
        counts: queue.counts,
      }));
      return ok(stringifyJson({ queues, pagination: paginationOf(request, page) }));
    },
  };
}

function stats(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/queues/:name/stats",
    describe: { tag: "Queues", summary: "Count the jobs of a queue", answers: { 200: "QueueStats" } },
    async run(request) {
      const computed = await engine.queueStats(queueNameOf(request));
      return ok(stringifyJson(encodeStats(computed, isSdk(request.headers))));
    },
  };
}

function pause(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/queues/:name/pause",
    describe: { tag: "Queues", summary: "Pause a queue", answers: { 200: "PausedQueue" } },
    async run(request) {
      const queue = await engine.pauseQueue(queueNameOf(request));
      const pausedAt = formatTimestamp(queue.pausedAt ?? engine.now());
      return ok(stringifyJson({ queue: named(queue), status: statusOf(queue), paused_at: pausedAt }));
    },
  };
}

function resume(engine: Engine): Route {
  return {
    method: "POST",
    path: "/ojs/v1/queues/:name/resume",
    describe: { tag: "Queues", summary: "Resume a queue", answers: { 200: "ResumedQueue" } },
    async run(request) {
      const queue = await engine.resumeQueue(queueNameOf(request));
      const resumedAt = formatTimestamp(engine.now());
      return ok(stringifyJson({ queue: named(queue), status: statusOf(queue), resumed_at: resumedAt }));
    },
  };
}

/**
 * The one body that cannot please everybody: the suites want `queue` to be an object, the Rust, Go and Python SDKs want
 * the name.
 */
function encodeStats(computed: QueueStats, forSdk: boolean): object {
  const { queue } = computed;
  const counts = { ...queue.counts, dead_letter: queue.deadLetters };
  const common = {
    status: statusOf(queue),
    stats: { queue: queue.name, depth: depthOf(queue), ...counts, ...ratesOf(computed) },
    computed_at: formatTimestamp(computed.computedAt),
  };
  if (!forSdk) return { queue: { ...named(queue), ...counts }, ...common };
  // Flat copies are what the JS SDK reads.
  return { queue: queue.name, ...common, ...named(queue), ...counts, ...ratesOf(computed) };
}

/** Numbers throughout: a null would break readers that expect one, so "nothing happened" is 0. */
function ratesOf(computed: QueueStats): object {
  return {
    completed_last_hour: computed.completedLastHour,
    failed_last_hour: computed.failedLastHour,
    avg_duration_ms: computed.avgDurationMs ?? 0,
    avg_wait_ms: computed.avgWaitMs ?? 0,
    throughput_per_second: computed.throughputPerSecond,
  };
}

function named(queue: QueueRecord): { readonly name: string; readonly paused: boolean } {
  return { name: queue.name, paused: queue.pausedAt !== null };
}

function statusOf(queue: QueueRecord): "paused" | "active" {
  return queue.pausedAt === null ? "active" : "paused";
}
