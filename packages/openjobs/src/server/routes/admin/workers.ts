/** Workers for operators (ojs-admin-api §9). */
import { encodeJob } from "../../../core/codec/job-encode.ts";
import { stringifyJson } from "../../../core/json.ts";
import { formatTimestamp } from "../../../core/time.ts";
import type { SeenWorker } from "../../../engine/admin-engine.ts";
import type { Engine } from "../../../engine/facade.ts";
import { fieldError, isName } from "../../fields.ts";
import { PAGING } from "../../openapi/description.ts";
import { paginationOf, readNumberedPage } from "../../paging.ts";
import { ok, type Route, type RouteRequest } from "../../route.ts";

/** The routes under `/ojs/v1/admin/workers`. */
export function adminWorkerRoutes(engine: Engine): readonly Route[] {
  return [list(engine), detail(engine)];
}

function list(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/admin/workers",
    describe: { tag: "Operators", summary: "List workers", query: PAGING, answers: { 200: "SeenWorkerPage" } },
    async run({ query }) {
      const request = readNumberedPage(new URLSearchParams(query));
      const { census, ...page } = await engine.listWorkers(request);
      const pagination = paginationOf(request, page);
      return ok(stringifyJson({ items: page.items.map(encodeWorker), summary: census, pagination }));
    },
  };
}

function detail(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/admin/workers/:id",
    describe: { tag: "Operators", summary: "Look at a worker and its jobs", answers: { 200: "SeenWorkerDetail" } },
    async run(request) {
      const { worker, jobs } = await engine.getWorker(workerIdOf(request));
      const text = stringifyJson(encodeWorker(worker)).slice(0, -1);
      return ok(`${text},"jobs":[${jobs.map(encodeJob).join(",")}]}`);
    },
  };
}

/** The `:id` of a worker's path. */
export function workerIdOf({ params }: RouteRequest): string {
  if (isName(params.id)) return params.id;
  throw fieldError("worker_id", "the id of a worker");
}

/** What is not known is absent, never null. */
function encodeWorker(worker: SeenWorker): object {
  return {
    id: worker.id,
    hostname: worker.hostname ?? undefined,
    pid: worker.pid ?? undefined,
    state: worker.stale ? "stale" : worker.state,
    queues: worker.queues,
    labels: worker.labels,
    concurrency: worker.concurrency ?? undefined,
    active_jobs: worker.activeJobs,
    started_at: formatTimestamp(worker.startedAt),
    last_heartbeat_at: formatTimestamp(worker.lastBeatAt),
  };
}
