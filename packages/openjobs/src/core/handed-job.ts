import type { JsonText } from "./job.ts";
import type { JobWithParents } from "./workflow/parent-results.ts";

/** A job as a worker gets it: with what came before it, in its workflow or in an attempt that failed. */
export type HandedJob = JobWithParents & {
  /** An object with the `state` that the job left to go on from (ojs-durable-execution §6.1). */
  readonly checkpoint?: JsonText;
};
