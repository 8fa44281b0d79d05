/** What operators look at beside queues and jobs: workers, and everything in sum (ojs-admin-api §9, §10). */
import { ojsError } from "../core/errors.ts";
import { DEFAULTS } from "../core/limits.ts";
import type { WorkerRecord } from "../storage/storage.ts";
import type { AdminEngine, SeenWorker } from "./admin-engine.ts";
import type { EngineContext } from "./context.ts";
import { listJobs } from "./job-list.ts";
import { answered } from "./storage-trouble.ts";

const MINUTE_MS = 60_000;

/** The operations of {@link AdminEngine}. */
export function adminOperations(context: EngineContext): AdminEngine {
  const { storage, clock } = context;
  const cutoff = (): number => clock.now() - DEFAULTS.deadWorkerMs;
  const seen = (worker: WorkerRecord): SeenWorker => ({ ...worker, stale: worker.lastBeatAt <= cutoff() });
  return {
    async adminStats() {
      const now = clock.now();
      const [{ activity, ...sums }, workers] = await answered(
        Promise.all([storage.queues.totals(now - MINUTE_MS), storage.workers.census(cutoff())]),
      );
      // Activity is known by whole minutes: the last one, and what has passed of this one.
      const minutes = 1 + (now % MINUTE_MS) / MINUTE_MS;
      return {
        ...{ ...sums, workers },
        processedPerMinute: activity.completed / minutes,
        failedPerMinute: activity.failed / minutes,
      };
    },
    listJobs: (query, page) => listJobs(context, query, page),
    async listWorkers(page) {
      const [workers, census] = await answered(
        Promise.all([storage.workers.list(page), storage.workers.census(cutoff())]),
      );
      return { ...workers, items: workers.items.map(seen), census };
    },
    tenantCounts: (tenant) => answered(storage.jobs.tenantCounts(tenant)),
    async getWorker(id) {
      const [worker, jobs] = await answered(Promise.all([storage.workers.get(id), storage.jobs.leasedBy(id)]));
      if (worker !== undefined) return { worker: seen(worker), jobs };
      throw ojsError("not_found", `There is no worker ${id}.`, {
        details: { resource_type: "worker", worker_id: id },
        hint: "A worker is known from its first heartbeat until it says goodbye or has been silent for long.",
      });
    },
  };
}
