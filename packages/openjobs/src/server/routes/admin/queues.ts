/** Queues for operators: look, pause, resume, purge (ojs-admin-api §6). */
import { readJobFilter } from "../../../core/job-filter.ts";
import { stringifyJson } from "../../../core/json.ts";
import type { JsonObject } from "../../../core/json-object.ts";
import { formatTimestamp } from "../../../core/time.ts";
import type { Engine, QueueStats } from "../../../engine/facade.ts";
import { SELECTABLE } from "../../../engine/selection.ts";
import type { QueueRecord } from "../../../storage/storage.ts";
import { PAGING } from "../../openapi/description.ts";
import { paginationOf, readNumberedPage } from "../../paging.ts";
import { ok, type Route } from "../../route.ts";
import { queueNameOf } from "../queue-name.ts";
import { optionalTime, requireConfirmed } from "./confirmed.ts";

const HOUR_IN_MINUTES = 60;

/** The routes under `/ojs/v1/admin/queues`; settings have the same route under both paths (`queue-config.ts`). */
export function adminQueueRoutes(engine: Engine): readonly Route[] {
  return [list(engine), detail(engine), ...switches(engine), purge(engine)];
}

function list(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/admin/queues",
    describe: { tag: "Operators", summary: "List queues", query: PAGING, answers: { 200: "SeenQueuePage" } },
    async run({ query }) {
      const request = readNumberedPage(new URLSearchParams(query));
      const page = await engine.listQueues(request);
      return ok(stringifyJson({ items: page.items.map(encodeQueue), pagination: paginationOf(request, page) }));
    },
  };
}

function detail(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/admin/queues/:name",
    describe: { tag: "Operators", summary: "Look at a queue", answers: { 200: "SeenQueueDetail" } },
    async run(request) {
      const name = queueNameOf(request);
      const [stats, { config }] = await Promise.all([engine.queueStats(name), engine.getQueueConfig(name)]);
      return ok(stringifyJson({ ...encodeQueue(stats.queue), throughput: throughputOf(stats), configuration: config }));
    },
  };
}

function switches(engine: Engine): readonly Route[] {
  const answer = (queue: QueueRecord) => ok(stringifyJson({ name: queue.name, ...pauseOf(queue) }));
  const at = "/ojs/v1/admin/queues/:name";
  return [
    {
      method: "POST",
      path: `${at}/pause`,
      describe: { tag: "Operators", summary: "Pause a queue", answers: { 200: "QueuePause" } },
      run: async (request) => answer(await engine.pauseQueue(queueNameOf(request))),
    },
    {
      method: "POST",
      path: `${at}/resume`,
      describe: { tag: "Operators", summary: "Resume a queue", answers: { 200: "QueuePause" } },
      run: async (request) => answer(await engine.resumeQueue(queueNameOf(request))),
    },
  ];
}

/** Only jobs that have ended are removed; those that wait or run are cancelled first (`/admin/jobs/bulk/cancel`). */
function purge(engine: Engine): Route {
  return {
    method: "DELETE",
    path: "/ojs/v1/admin/queues/:name/jobs",
    readsBody: true,
    describe: {
      tag: "Operators",
      summary: "Delete the jobs of a queue that have ended",
      body: "PurgeRequest",
      answers: { 200: "PurgedJobs" },
    },
    async run(request) {
      const { body } = request;
      const filter = readPurge(queueNameOf(request), body);
      const abandoned = (): boolean => request.signal.aborted;
      const outcome = await engine.select({ verb: "delete", jobs: { filter }, atomic: false, once: null, abandoned });
      return ok(stringifyJson({ purged_count: outcome.done, states: filter.states }));
    },
  };
}

function readPurge(queue: string, body: JsonObject) {
  requireConfirmed(body);
  const filter = readJobFilter({ queue, state: body.states }, SELECTABLE.delete);
  return { ...filter, ...optionalTime(body, "older_than", "endedBefore") };
}

function encodeQueue(queue: QueueRecord): object {
  return {
    name: queue.name,
    state: queue.pausedAt === null ? "active" : "paused",
    counts: { ...queue.counts, dead_letter: queue.deadLetters },
    ...pauseOf(queue),
    created_at: formatTimestamp(queue.createdAt),
  };
}

function pauseOf({ pausedAt }: QueueRecord): object {
  return pausedAt === null ? { paused: false } : { paused: true, paused_at: formatTimestamp(pausedAt) };
}

function throughputOf({ completedLastHour, failedLastHour }: QueueStats): object {
  return {
    processed_per_minute: completedLastHour / HOUR_IN_MINUTES,
    failed_per_minute: failedLastHour / HOUR_IN_MINUTES,
  };
}
