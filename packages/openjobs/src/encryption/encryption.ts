/** Middleware that keeps arguments from the server (ojs-encryption §6). */
import type { JobContext } from "../middleware/job-context.ts";
import type { ExecuteNext, ExecutionChanges, Middleware, OutgoingJob } from "../middleware/middleware.ts";
import { readableAnswer } from "./answer.ts";
import { CodecError } from "./codec-error.ts";
import { DEFAULT_MAX_BYTES, type DecodeMeans } from "./decode.ts";
import { readableJob, readableOf } from "./decrypt-job.ts";
import { encodedIn } from "./encoded-args.ts";
import { type EncryptPlan, encryptOutgoing } from "./encrypt-job.ts";
import { ENCRYPTED } from "./envelope.ts";
import { readableWork } from "./kept-work.ts";
import { type KeyCache, keysOf } from "./key-cache.ts";
import type { KeyProvider } from "./keyring.ts";
import type { SdkLayout } from "./legacy-args.ts";
import { ProgressSealer } from "./progress-sealer.ts";
import { sealValue } from "./sealed-value.ts";
import { typeTest } from "./type-patterns.ts";

/** What {@link encryption} encrypts, and with what. */
export interface EncryptionOptions {
  readonly keys: KeyProvider;
  /** Job types that are encrypted, `payment.*` for all that begin so; default all. What comes encrypted is always decrypted. */
  readonly types?: readonly string[];
  /**
   * In whose layout arguments are encrypted, for workers with an official SDK, which do not read what the specification
   * describes. Default: as it describes it. What is encrypted is the same, and all layouts are read.
   */
  readonly layout?: SdkLayout;
  /** Names of members of `meta` that are encrypted too. Others stay readable: servers route and trace by them. */
  readonly meta?: readonly string[];
  /** Whether what handlers return is encrypted too. Default false; {@link decryptResult} reads it. */
  readonly results?: boolean;
  /**
   * Whether what a job keeps for its next attempt is encrypted: results of steps, and checkpoints. Default true, because nobody else reads
   * them. Names of steps stay readable. {@link decryptCheckpoint} reads it.
   */
  readonly checkpoints?: boolean;
  /**
   * Whether message, count and data of progress are encrypted. Default false, because they are for people who look at a dashboard. The
   * fraction stays readable in any case. {@link decryptProgress} reads it.
   */
  readonly progress?: boolean;
  /**
   * Whether a worker refuses jobs of these types that are not encrypted, and steps and checkpoints that an earlier attempt has left in
   * plain form. Default false, so that it can be introduced step by step.
   */
  readonly required?: boolean;
}

/**
 * Encrypts the arguments of jobs with AES-256-GCM before they leave the process, on every way a job can take, and decrypts
 * them before the handler: server and storage hold nothing but ciphertext. Use it on the client and on the worker, as the
 * last one that changes arguments.
 *
 * `getJob` and `result` of a client that has it tell plaintext; they throw a {@link CodecError} when they cannot.
 *
 * A job that cannot be decrypted fails: at once for good if its data was changed, with retries if only a key is missing here.
 * Encrypted jobs of the official Rust, JavaScript and Python SDKs are read as well.
 *
 * Type, queue, tags, the names of steps, the messages of errors and the rest of `meta` are not encrypted.
 *
 * @throws CodecError when `keys` gives no keys. While a job is enqueued: {@link CodecError}, or what the provider of the keys throws.
 * @example
 * const keys = createKeyring({ current: "2026-11", keys: { "2026-11": secret } });
 * client.use(encryption({ keys }));
 * worker.use(encryption({ keys, required: true }));
 */
export function encryption(options: EncryptionOptions): Middleware {
  const { types, meta = [], layout, results = false, checkpoints = true, progress = false, required = false } = options;
  const keys = keysOf(options.keys);
  const means: DecodeMeans = { keys, maxBytes: DEFAULT_MAX_BYTES };
  const plan: EncryptPlan = { keys, meta, ...(layout === undefined ? {} : { layout }) };
  const covers = typeTest(types);
  return {
    name: "encryption",
    enqueue: async (job, next) => {
      const sent = covers(job.type) ? await encryptOutgoing(job, plan) : job;
      return readableAnswer(await next(sent), job, sent, means);
    },
    read: (job) => readableJob(job, means),
    execute: async (job, next) => {
      const isCovered = covers(job.type);
      const isRequired = required && isCovered;
      if (isRequired) requireEncrypted(job);
      const seals = checkpoints && isCovered;
      const work = await readableWork(job, { keys, seals, required: isRequired && seals });
      const changes = { ...(await readableOf(job, means)), ...work };
      const result = progress && isCovered ? await reportingSealed(job, changes, next, keys) : await next(changes);
      return results && isCovered ? sealResult(result, keys) : result;
    },
  };
}

/** The end of a handler waits for its last report. */
async function reportingSealed(
  job: JobContext,
  changes: ExecutionChanges,
  next: ExecuteNext,
  keys: KeyCache,
): Promise<unknown> {
  const sealer = new ProgressSealer(job, keys);
  try {
    return await next({ ...changes, progress: sealer.report });
  } finally {
    await sealer.finish();
  }
}

function requireEncrypted(job: Pick<OutgoingJob, "type" | "args" | "meta">): void {
  if (encodedIn(job)?.chain.includes(ENCRYPTED)) return;
  throw new CodecError(
    "not_encrypted",
    `A job of the type ${job.type} came with plain arguments, and this worker wants them encrypted.`,
  );
}

async function sealResult(result: unknown, keys: KeyCache): Promise<unknown> {
  return result === undefined ? undefined : sealValue(result, keys);
}
