/** Jobs in the words of the wire, and what is refused before it is sent. */
import { type EncodedJob, encodeEnqueue, encodeEnqueueBatch } from "../core/codec/enqueue-encode.ts";
import type { JobInput } from "../core/codec/enqueue-options.ts";
import { OjsError, type OjsErrorExtra, retold } from "../core/errors.ts";

/** A job with the id that it is going to have. */
export type IdentifiedJob = JobInput & { readonly id: string };

/** What is refused before it is sent tells of what it was about, as any other failure does. */
export function encodeOne(job: IdentifiedJob, now: number): EncodedJob {
  try {
    return encodeEnqueue(job, now);
  } catch (error) {
    throw refusedBy("enqueue", error, { jobId: job.id, queue: job.options?.queue });
  }
}

/** The same for a batch. */
export function encodeBatch(jobs: readonly IdentifiedJob[], now: number): readonly EncodedJob[] {
  try {
    return encodeEnqueueBatch(jobs, now);
  } catch (error) {
    throw refusedBy("enqueueBatch", error, {});
  }
}

function refusedBy(operation: string, error: unknown, extra: OjsErrorExtra): unknown {
  return error instanceof OjsError ? retold(error, error.message, { operation, ...extra }) : error;
}
