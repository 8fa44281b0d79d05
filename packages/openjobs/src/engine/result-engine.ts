import type { JobRecord } from "../core/job.ts";

/** How long to wait for a job. */
export interface WaitRequest {
  readonly id: string;
  readonly waitMs: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** The part of an engine that waits for results. */
export interface ResultEngine {
  /** The job as it is when it has ended, or when the wait is over; at once when it has ended before. */
  awaitEnd(request: WaitRequest): Promise<JobRecord>;
}
