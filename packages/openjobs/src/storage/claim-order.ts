/** The order in which the jobs of a queue are claimed. */
import type { JobRecord } from "../core/job.ts";

/** What a job's place in its queue is made of. */
export type Place = Pick<JobRecord, "priority" | "availableAt" | "seq">;

/** Negative when `a` is claimed before `b`. */
export function byClaimOrder(a: Place, b: Place): number {
  return b.priority - a.priority || a.availableAt - b.availableAt || a.seq - b.seq;
}
