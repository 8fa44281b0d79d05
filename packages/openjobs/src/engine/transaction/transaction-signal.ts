/** What the engines on a store hear when a transaction of the application is committed (docs/adr/016-several-servers.md). */
import type { JobRecord } from "../../core/job.ts";
import type { Effect, Unit } from "../../storage/storage.ts";
import { writeSignal } from "../fleet/signal.ts";

/** The signal of a unit that brings jobs. */
export function signalOf({ effects }: Unit): string {
  const jobs = effects.flatMap(jobsOf);
  const queues = new Map<string, number>();
  for (const { state, queue } of jobs) {
    if (state === "available") queues.set(queue, (queues.get(queue) ?? 0) + 1);
  }
  // Which steps of a workflow follow a job that was replaced is known to the store alone.
  const isCertain = !effects.some(({ kind }) => kind === "arrive");
  const jobsDueAt = Math.min(...jobs.map(({ dueAt }) => dueAt ?? Number.POSITIVE_INFINITY));
  return writeSignal({
    queues: isCertain ? queues : undefined,
    jobsDueAt,
    cronsDueAt: Number.POSITIVE_INFINITY,
    settings: false,
    asks: [],
    knows: [],
  });
}

function jobsOf(effect: Effect): readonly JobRecord[] {
  if (effect.kind === "insert") return [effect.job];
  if (effect.kind === "insert-workflow") return effect.jobs;
  return effect.kind === "update" ? [{ ...effect.before, ...effect.change }] : [];
}
