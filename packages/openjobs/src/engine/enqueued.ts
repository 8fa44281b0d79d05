import type { JobRecord } from "../core/job.ts";
import type { QueuePressure } from "../core/queue-bound.ts";

/** What became of a job that was asked for. */
export interface Enqueued {
  readonly job: JobRecord;
  /** False when the same request had been here before, or another job takes this one's place. */
  readonly created: boolean;
  /** Whether another job takes this one's place, because it counts as the same (ojs-unique-jobs §5.4). */
  readonly deduplicated: boolean;
  /** How full the queue is with it; only when it has a bound and that is near. */
  readonly pressure?: QueuePressure;
}
