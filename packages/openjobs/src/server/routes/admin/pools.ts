/** Worker pools and how work is shared (ojs-fair-scheduling §10). */
import { stringifyJson } from "../../../core/json.ts";
import { POOL_STRATEGIES, readPool, type WorkerPool } from "../../../core/pool.ts";
import type { Engine } from "../../../engine/facade.ts";
import { PAGING } from "../../openapi/description.ts";
import { paginationOf, readNumberedPage } from "../../paging.ts";
import { ok, type Route } from "../../route.ts";

const PATH = "/ojs/v1/admin/pools";

/** As many queues are in the statistics. */
const MOST_QUEUES = 200;

/** The routes under `/ojs/v1/admin/pools` and `/ojs/v1/admin/scheduling`. */
export function adminPoolRoutes(engine: Engine): readonly Route[] {
  return [
    {
      method: "PUT",
      path: `${PATH}/:name`,
      describe: {
        ...{ tag: "Operators", summary: "Describe a worker pool", body: "WorkerPoolRequest" },
        answers: { 200: "WorkerPoolAnswer", 201: "WorkerPoolAnswer" },
      },
      readsBody: true,
      async run({ params, body }) {
        const pool = readPool(params.name ?? "", body);
        const isNew = await engine.putPool(pool);
        return { status: isNew ? 201 : 200, body: stringifyJson({ pool: encodePool(pool) }) };
      },
    },
    {
      method: "GET",
      path: PATH,
      describe: { tag: "Operators", summary: "List worker pools", query: PAGING, answers: { 200: "WorkerPoolPage" } },
      async run({ query }) {
        const request = readNumberedPage(new URLSearchParams(query));
        const page = await engine.listPools(request);
        return ok(stringifyJson({ items: page.items.map(encodePool), pagination: paginationOf(request, page) }));
      },
    },
    schedulingStats(engine),
  ];
}

/** What waits and runs in each queue: all that there is to say about a sharing that workers decide by the queues they name. */
function schedulingStats(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/admin/scheduling/stats",
    describe: { tag: "Operators", summary: "See how work is shared", answers: { 200: "SchedulingStats" } },
    async run() {
      const [{ items }, { total }, sums] = await Promise.all([
        engine.listQueues({ limit: MOST_QUEUES }),
        engine.listPools({ limit: 1 }),
        engine.adminStats(),
      ]);
      const queues = items.map(({ name, counts: { available, active } }) => ({ name, available, active }));
      const { available, active } = sums.counts;
      const stats = {
        pools: total,
        workers: sums.workers.total,
        available,
        active,
        queues,
        strategies: POOL_STRATEGIES,
      };
      return ok(stringifyJson({ stats }));
    },
  };
}

function encodePool({ concurrency, weights, ...pool }: WorkerPool): object {
  return {
    ...pool,
    ...(concurrency === null ? {} : { concurrency }),
    ...(Object.keys(weights).length === 0 ? {} : { weights }),
    enforced: false,
  };
}
