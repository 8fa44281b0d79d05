/** Tells whoever enqueues a limited job what its limit is (ojs-rate-limiting §10.4). */
import type { JobRecord } from "../core/job.ts";
import { limitOfLane } from "../core/lane.ts";

/** Starts in a period if the job names a rate, else jobs at a time; nothing for a job without a limit. */
export function rateLimitHeaders({ lane }: Pick<JobRecord, "lane">): Readonly<Record<string, string>> {
  if (lane === null) return {};
  const { rate, throttle, concurrency } = limitOfLane(lane);
  return { "x-ratelimit-limit": `${rate?.limit ?? throttle?.limit ?? concurrency}` };
}
