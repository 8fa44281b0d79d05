/** The last move of a job that nobody has told of. */
import type { JobRecord } from "../../core/job.ts";
import { stateBefore } from "../../core/lifecycle/state-before.ts";
import type { StateChange } from "../../core/live/live-event.ts";

/** As far as the record of an ended job tells. */
export function changeToEnd(job: JobRecord, now: number): StateChange {
  const { id, queue, type, state, endedAt } = job;
  return { jobId: id, queue, type, from: stateBefore(job), to: state, at: endedAt ?? now };
}
