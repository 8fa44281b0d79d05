/** Middleware that makes large arguments smaller (ojs-encryption §7). */
import type { Middleware, OutgoingJob } from "../middleware/middleware.ts";
import { readableAnswer } from "./answer.ts";
import { DEFAULT_MAX_BYTES } from "./decode.ts";
import { plainArgs, readableOf } from "./decrypt-job.ts";
import { type ArgsAndMeta, beginning, encodedIn, ended, metaWithoutCodec } from "./encoded-args.ts";
import { ENCRYPTED, GZIPPED } from "./envelope.ts";
import { hiddenIdentity, withOpenFingerprint } from "./fingerprint.ts";
import { gzip } from "./gzip.ts";
import { typeTest } from "./type-patterns.ts";

/** What {@link compression} compresses. */
export interface CompressionOptions {
  /** Arguments with fewer bytes of JSON stay as they are. Default 1024. */
  readonly threshold?: number;
  /** A worker refuses arguments that are longer than this, in bytes, when they are decompressed. Default 8 MiB. */
  readonly maxBytes?: number;
  /** Job types that are compressed, `report.*` for all that begin so; default all. */
  readonly types?: readonly string[];
}

const DEFAULT_THRESHOLD = 1_024;

/**
 * Compresses large arguments with gzip before they leave the process, and decompresses them before the handler. What would
 * not get smaller stays as it is. Together with `encryption` it comes first: ciphertext cannot be compressed.
 *
 * @throws While a job is enqueued: OjsValidationError for arguments that cannot travel as JSON.
 * @example
 * client.use(compression({ threshold: 4_096 }), encryption({ keys }));
 * worker.use(compression(), encryption({ keys }));
 */
export function compression(options: CompressionOptions = {}): Middleware {
  const { threshold = DEFAULT_THRESHOLD, maxBytes = DEFAULT_MAX_BYTES, types } = options;
  const covers = typeTest(types);
  return {
    name: "compression",
    enqueue: async (job, next) => {
      const sent = covers(job.type) ? await compressed(job, threshold) : job;
      return readableAnswer(await next(sent), job, sent, { maxBytes });
    },
    read: async (job) => {
      if (!isOnlyPacked(job)) return job;
      return { ...job, args: await plainArgs(job, { maxBytes }), meta: metaWithoutCodec(job.meta) };
    },
    execute: async (job, next) => {
      if (!isOnlyPacked(job)) return next();
      return next(await readableOf(job, { maxBytes }));
    },
  };
}

/** What is encrypted is for `encryption` to read, which decompresses it as well. */
function isOnlyPacked(job: ArgsAndMeta): boolean {
  return encodedIn(job)?.chain.includes(ENCRYPTED) === false;
}

async function compressed(job: OutgoingJob, threshold: number): Promise<OutgoingJob> {
  const { bytes, chain } = beginning(job);
  if (chain.length > 0 || bytes.length < threshold) return job;
  const smaller = ended({ bytes: await gzip(bytes), chain: [GZIPPED] }, job.meta);
  if (JSON.stringify(smaller.args).length >= bytes.length) return job;
  const identity = hiddenIdentity(job, job.args, []);
  return { ...job, ...smaller, ...(identity === undefined ? {} : { unique: await withOpenFingerprint(identity) }) };
}
