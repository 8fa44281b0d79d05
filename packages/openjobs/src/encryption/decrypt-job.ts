/** Reading what was encrypted, outside of a worker. */
import type { JobProgress } from "../core/codec/job-course.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { isSealed, openAt } from "./bound-value.ts";
import { DEFAULT_MAX_BYTES, type DecodeMeans, decode } from "./decode.ts";
import { type ArgsAndMeta, encodedIn, metaWithoutCodec } from "./encoded-args.ts";
import { readableCheckpoint } from "./kept-work.ts";
import { keysOf } from "./key-cache.ts";
import type { KeyProvider } from "./keyring.ts";
import { openMembers, openValues } from "./sealed-value.ts";

/** The readable parts of a job. */
export interface Readable {
  readonly args: readonly unknown[];
  readonly meta: Readonly<Record<string, unknown>>;
  readonly parentResults?: readonly unknown[];
}

/**
 * Decrypts what a server tells about a job: arguments, members of `meta`, result and results of earlier steps, whatever of
 * them is encrypted or compressed. A plain job comes back as it is.
 *
 * @throws CodecError when that is impossible; see its codes.
 * @throws What the provider of the keys throws.
 * @example
 * const { args } = await decryptJob(await client.getJob(id), keys);
 */
export async function decryptJob<T extends Job>(job: T, keys: KeyProvider): Promise<T> {
  return readableJob(job, meansOf(keys));
}

/**
 * Decrypts the result of a job, or the results of a workflow: a list or an object of them.
 *
 * @throws As {@link decryptJob}.
 * @example const receipt = await decryptResult(job.result, keys);
 */
export async function decryptResult(result: unknown, keys: KeyProvider): Promise<unknown> {
  return openValues(result, meansOf(keys));
}

/**
 * Decrypts what a job has left for its next attempt: the state that `GET /jobs/{id}/checkpoint` tells. Of steps, their results.
 *
 * @throws As {@link decryptJob}; `tampered` also for what belongs to another job.
 * @example const state = await decryptCheckpoint(jobId, checkpoint.state, keys);
 */
export async function decryptCheckpoint(jobId: string, state: unknown, keys: KeyProvider): Promise<unknown> {
  return readableCheckpoint(jobId, state, keysOf(keys));
}

/**
 * Decrypts message and data of a report of progress. A plain one comes back as it is.
 *
 * @throws As {@link decryptCheckpoint}.
 * @example const { message, data } = await decryptProgress(await client.getJobProgress(id), keys);
 */
export async function decryptProgress(report: JobProgress, keys: KeyProvider): Promise<JobProgress> {
  const { data, ...others } = report;
  if (data === undefined || !isSealed(data)) return report;
  const told = await openAt(data, { jobId: report.jobId, part: "progress" }, keysOf(keys));
  return { ...others, ...(told as Pick<JobProgress, "message" | "data">) }; // what is sealed there was written by ProgressSealer
}

/** The job with all its parts readable. */
export async function readableJob<T extends Job>(job: T, means: DecodeMeans): Promise<T> {
  const { result, checkpoint } = job;
  return {
    ...job,
    ...(await readableOf(job, means)),
    ...(result === undefined ? {} : { result: await openValues(result, means) }),
    ...(checkpoint === undefined || means.keys === undefined
      ? {}
      : { checkpoint: { ...checkpoint, state: await readableCheckpoint(job.id, checkpoint.state, means.keys) } }),
  };
}

/** Arguments, meta and earlier results as their producer gave them. */
export async function readableOf(job: Readable, means: DecodeMeans): Promise<Readable> {
  return {
    args: await plainArgs(job, means),
    meta: await openMembers(encodedIn(job) === undefined ? job.meta : metaWithoutCodec(job.meta), means),
    ...(job.parentResults === undefined
      ? {}
      : { parentResults: await Promise.all(job.parentResults.map((result) => openValues(result, means))) }),
  };
}

/** Arguments as their producer gave them. */
export async function plainArgs(job: ArgsAndMeta, means: DecodeMeans): Promise<readonly unknown[]> {
  const encoded = encodedIn(job);
  if (encoded === undefined) return job.args;
  const decoded = await decode(encoded, means);
  // The Rust SDK encrypts whatever its arguments are, an array or not.
  return Array.isArray(decoded) ? decoded : [decoded];
}

function meansOf(keys: KeyProvider): DecodeMeans {
  return { keys: keysOf(keys), maxBytes: DEFAULT_MAX_BYTES };
}
