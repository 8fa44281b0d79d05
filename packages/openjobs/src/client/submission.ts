/** Jobs from a client's methods to the server, through the client's middleware if there is any. */
import { type EncodedJob, encodeEnqueue, encodeEnqueueBatch } from "../core/codec/enqueue-encode.ts";
import type { JobInput } from "../core/codec/enqueue-options.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { OjsError, type OjsErrorExtra, ojsError, retold } from "../core/errors.ts";
import { formatTimestamp } from "../core/time.ts";
import { isDropped, type Passage, passThrough } from "../middleware/enqueue-chain.ts";
import type { Middleware } from "../middleware/middleware.ts";
import { droppedJob, inputOf, outgoingJob } from "../middleware/outgoing.ts";
import { passTogether } from "../middleware/pass-together.ts";

/** A job with the id that it is going to have. */
export type IdentifiedJob = JobInput & { readonly id: string };

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
  const passage = await passThrough(chain, outgoingJob(job, "enqueue", job.id), async (final) => ({
    job: final,
    accepted: await send(encodeOne({ ...inputOf(final), id: job.id }, now())),
  }));
  return answerOf(passage, now);
}

/** Sends jobs that are stored all or none; those that were dropped are not among them, but among the answers. */
export async function submitBatch(
  chain: readonly Middleware[],
  jobs: readonly IdentifiedJob[],
  now: () => number,
  send: (jobs: readonly EncodedJob[]) => Promise<readonly Job[]>,
): Promise<readonly Job[]> {
  if (!actsOnEnqueue(chain)) return send(encodeBatch(jobs, now()));
  const outgoing = jobs.map((job) => outgoingJob(job, "batch", job.id));
  const passages = await passTogether(chain, outgoing, async (finals) => {
    const sent = finals.flatMap((final, index) => {
      const id = jobs[index]?.id;
      return final === null || id === undefined ? [] : [{ ...inputOf(final), id }];
    });
    const answers = [...(await send(encodeBatch(sent, now())))];
    return finals.map((final) => (final === null ? undefined : answers.shift()));
  });
  return passages.map((passage) => answerOf(passage, now));
}

/** What is refused before it is sent tells of what it was about, as any other failure does. */
function encodeOne(job: IdentifiedJob, now: number): EncodedJob {
  try {
    return encodeEnqueue(job, now);
  } catch (error) {
    throw refusedBy("enqueue", error, { jobId: job.id, queue: job.options?.queue });
  }
}

function encodeBatch(jobs: readonly IdentifiedJob[], now: number): readonly EncodedJob[] {
  try {
    return encodeEnqueueBatch(jobs, now);
  } catch (error) {
    throw refusedBy("enqueueBatch", error, {});
  }
}

function refusedBy(operation: string, error: unknown, extra: OjsErrorExtra): unknown {
  return error instanceof OjsError ? retold(error, error.message, { operation, ...extra }) : error;
}

function answerOf(passage: Passage, now: () => number): Job {
  if (isDropped(passage)) return droppedJob(passage, formatTimestamp(now()));
  const { job, accepted } = passage;
  if (accepted !== undefined) return accepted;
  throw ojsError("invalid_response", `The server's answer says nothing about the job ${job.id}.`);
}
