/** What a producer gets to see of a job that was encoded on its way to the server. */
import { encodeArgs } from "../core/codec/enqueue-encode.ts";
import type { Job } from "../core/codec/job-decode.ts";
import type { OutgoingJob, SubmittedJob } from "../middleware/middleware.ts";
import type { DecodeMeans } from "./decode.ts";
import { readableJob } from "./decrypt-job.ts";
import { codecMeta, metaWithoutCodec } from "./encoded-args.ts";
import { openMembers } from "./sealed-value.ts";

/**
 * The server's answer with the arguments that a middleware was given. Nothing is decoded for it, unless the answer is about
 * another job, which this one gave way to. What cannot be read stays as it is: the job is enqueued, whatever else.
 *
 * @param given What the middleware got.
 * @param sent What it made of that.
 */
export async function readableAnswer(
  submitted: SubmittedJob | null,
  given: OutgoingJob,
  sent: OutgoingJob,
  means: DecodeMeans,
): Promise<SubmittedJob | null> {
  const accepted = submitted?.accepted;
  if (submitted === null || accepted === undefined) return submitted;
  try {
    const isOwn = sent !== given && accepted.id === sent.id;
    return { ...submitted, accepted: await (isOwn ? restored(accepted, given, means) : readableJob(accepted, means)) };
  } catch {
    return submitted;
  }
}

async function restored(accepted: Job, given: OutgoingJob, means: DecodeMeans): Promise<Job> {
  const meta = await openMembers(metaWithoutCodec(accepted.meta), means);
  return { ...accepted, args: JSON.parse(encodeArgs(given.args)), meta: { ...meta, ...codecMeta(given.meta) } };
}
