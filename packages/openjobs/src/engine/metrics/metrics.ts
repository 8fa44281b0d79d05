/** Puts together what was counted and what is stored. */
import { DEFAULTS } from "../../core/limits.ts";
import type { QueueRecord } from "../../storage/storage.ts";
import type { EngineContext } from "../context.ts";
import type { CommitMetrics } from "./commit-metrics.ts";
import type { JobMetrics } from "./job-metrics.ts";
import { MAX_QUEUES, type MetricsEngine, type QueueReading, type StoredReading } from "./metrics-engine.ts";

/** What an engine counts with. */
export interface Meters {
  readonly jobs: JobMetrics;
  readonly commits: CommitMetrics;
}

/** The operation of {@link MetricsEngine}. */
export function metricsOperations(context: EngineContext, { jobs, commits }: Meters): MetricsEngine {
  return {
    async metrics() {
      // What was counted is worth telling most of all when the storage is away; its trouble is told by `stored` being absent.
      const stored = await readStored(context).catch(() => undefined);
      return { jobs: [...jobs.read()], commits: commits.read(), stored };
    },
  };
}

async function readStored({ storage, clock }: EngineContext): Promise<StoredReading> {
  const now = clock.now();
  const [{ items, total }, workers] = await Promise.all([
    storage.queues.list({ limit: MAX_QUEUES }),
    storage.workers.census(now - DEFAULTS.deadWorkerMs),
  ]);
  const waiting = items.filter(({ counts }) => counts.available > 0).map(({ name }) => name);
  const heads = await storage.queues.heads(waiting);
  const headOf = new Map(waiting.map((name, index) => [name, heads[index] ?? null]));
  const reading = (queue: QueueRecord): QueueReading => {
    const since = headOf.get(queue.name) ?? null;
    return { queue, headAge: since === null ? 0 : Math.max(0, now - since) / 1_000 };
  };
  return { queues: items.map(reading), queueCount: total, workers };
}
