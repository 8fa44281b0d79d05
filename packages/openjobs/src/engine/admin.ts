/** What operators look at beside queues and jobs: workers, and everything in sum (ojs-admin-api §9, §10). */
import { ojsError } from "../core/errors.ts";
import type { JobRecord } from "../core/job.ts";
import { DEFAULTS } from "../core/limits.ts";
import type { Page, PageRequest, QueueTotals, WorkerCensus, WorkerRecord } from "../storage/storage.ts";
import type { EngineContext } from "./context.ts";
import { answered } from "./storage-trouble.ts";

const MINUTE_MS = 60_000;

/** Everything in sum. */
export interface AdminStats extends Omit<QueueTotals, "activity"> {
  readonly workers: WorkerCensus;
  /** In the minute before this one and what has passed of this one, a minute. */
  readonly processedPerMinute: number;
  /** Failed attempts. */
  readonly failedPerMinute: number;
}

/** A worker, and whether it has been silent for so long that it counts as dead. */
export interface SeenWorker extends WorkerRecord {
  readonly stale: boolean;
}

/** A page of workers and how many there are in all. */
export interface WorkerPage extends Page<SeenWorker> {
  readonly census: WorkerCensus;
}

/** A worker and the jobs that it holds. */
export interface WorkerDetail {
  readonly worker: SeenWorker;
  readonly jobs: readonly JobRecord[];
}

/** The part of an engine for operators. */
export interface AdminEngine {
  /** Sums over all queues and workers. */
  adminStats(): Promise<AdminStats>;
  /** Workers by id. */
  listWorkers(page: PageRequest): Promise<WorkerPage>;
  /** `not_found` for a worker that has not beaten, has said goodbye or was forgotten. */
  getWorker(id: string): Promise<WorkerDetail>;
}

/** The operations of {@link AdminEngine}. */
export function adminOperations({ storage, clock }: EngineContext): AdminEngine {
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
    async listWorkers(page) {
      const [workers, census] = await answered(
        Promise.all([storage.workers.list(page), storage.workers.census(cutoff())]),
      );
      return { ...workers, items: workers.items.map(seen), census };
    },
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
