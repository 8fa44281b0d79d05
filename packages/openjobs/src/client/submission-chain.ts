/** Jobs through a client's middleware. Loaded by the first one that has some to go through. */
import type { EncodedJob } from "../core/codec/enqueue-encode.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { ojsError } from "../core/errors.ts";
import { formatTimestamp } from "../core/time.ts";
import { isDropped, type Passage, passThrough } from "../middleware/enqueue-chain.ts";
import type { Middleware } from "../middleware/middleware.ts";
import { droppedJob, inputOf, outgoingJob } from "../middleware/outgoing.ts";
import { passTogether } from "../middleware/pass-together.ts";
import { encodeBatch, encodeOne, type IdentifiedJob } from "./encoded-submission.ts";

/** Sends one job; the answer for one that was dropped says so. */
export async function submitOneThrough(
  chain: readonly Middleware[],
  job: IdentifiedJob,
  now: () => number,
  send: (job: EncodedJob) => Promise<Job>,
): Promise<Job> {
  const passage = await passThrough(chain, outgoingJob(job, "enqueue", job.id), async (final) => ({
    job: final,
    accepted: await send(encodeOne({ ...inputOf(final), id: job.id }, now())),
  }));
  return answerOf(passage, now);
}

/** Sends jobs that are stored all or none; those that were dropped are not among them, but among the answers. */
export async function submitBatchThrough(
  chain: readonly Middleware[],
  jobs: readonly IdentifiedJob[],
  now: () => number,
  send: (jobs: readonly EncodedJob[]) => Promise<readonly Job[]>,
): Promise<readonly Job[]> {
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

function answerOf(passage: Passage, now: () => number): Job {
  if (isDropped(passage)) return droppedJob(passage, formatTimestamp(now()));
  const { job, accepted } = passage;
  if (accepted !== undefined) return accepted;
  throw ojsError("invalid_response", `The server's answer says nothing about the job ${job.id}.`);
}
