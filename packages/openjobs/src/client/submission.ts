/** Jobs from a client's methods to the server, through the client's middleware if there is any. */
import type { EncodedJob } from "../core/codec/enqueue-encode.ts";
import type { Job } from "../core/codec/job-decode.ts";
import type { Middleware } from "../middleware/middleware.ts";
import { encodeBatch, encodeOne, type IdentifiedJob } from "./encoded-submission.ts";

/** Whether any of it acts upon jobs on their way to the server. */
export function actsOnEnqueue(chain: readonly Middleware[]): boolean {
  return chain.some(({ enqueue }) => enqueue !== undefined);
}

/** Sends one job; the answer for one that was dropped says so. */
export async function submitOne(
  chain: readonly Middleware[],
  job: IdentifiedJob,
  now: () => number,
  send: (job: EncodedJob) => Promise<Job>,
): Promise<Job> {
  if (!actsOnEnqueue(chain)) return send(encodeOne(job, now()));
  const { submitOneThrough } = await import("./submission-chain.ts");
  return submitOneThrough(chain, job, now, send);
}

/** Sends jobs that are stored all or none; those that were dropped are not among them, but among the answers. */
export async function submitBatch(
  chain: readonly Middleware[],
  jobs: readonly IdentifiedJob[],
  now: () => number,
  send: (jobs: readonly EncodedJob[]) => Promise<readonly Job[]>,
): Promise<readonly Job[]> {
  if (!actsOnEnqueue(chain)) return send(encodeBatch(jobs, now()));
  const { submitBatchThrough } = await import("./submission-chain.ts");
  return submitBatchThrough(chain, jobs, now, send);
}
