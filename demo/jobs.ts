/** The demo's jobs, as producer and worker know them. */

/** Everything of one run is in one queue. */
export const QUEUE = "demo";

/** Inspects one file. */
export const INSPECT = "file.inspect";

/** What an inspection job is asked to do. */
export interface InspectRequest {
  readonly path: string;
  /** How many attempts fail on purpose before one succeeds. */
  readonly failures?: number;
}

/** From the demo to a worker process: run into the next job and stay there. */
export type WorkerOrder = "get-stuck";

/** From a worker process to the demo. */
export type WorkerNews = "ready" | "stuck";
