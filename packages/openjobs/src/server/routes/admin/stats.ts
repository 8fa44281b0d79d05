/** Everything in sum (ojs-admin-api §10.1). */
import { stringifyJson } from "../../../core/json.ts";
import type { Engine } from "../../../engine/facade.ts";
import { ok, type Route } from "../../route.ts";

/** `GET /ojs/v1/admin/stats`. */
export function adminStatsRoute(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/admin/stats",
    describe: { tag: "Operators", summary: "Count everything", answers: { 200: "Totals" } },
    async run() {
      const [stats, { uptimeMs }] = await Promise.all([engine.adminStats(), engine.health()]);
      return ok(
        stringifyJson({
          queues: stats.queues,
          workers: stats.workers.total,
          jobs: { ...stats.counts, dead_letter: stats.deadLetters },
          throughput: { processed_per_minute: stats.processedPerMinute, failed_per_minute: stats.failedPerMinute },
          uptime_seconds: Math.floor(uptimeMs / 1_000),
        }),
      );
    },
  };
}
