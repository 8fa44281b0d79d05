/** A job on its way out: what a server must not read goes into ciphertext. */
import type { EnqueueOptions, JobInput } from "../core/codec/enqueue-options.ts";
import { META_CONTENT } from "../core/encoded-content.ts";
import type { OutgoingJob } from "../middleware/middleware.ts";
import { inputOf, outgoingJob } from "../middleware/outgoing.ts";
import { type NamedKey, type Sealed, seal, withVersion } from "./aes-gcm.ts";
import { DEFAULT_MAX_BYTES } from "./decode.ts";
import { plainArgs } from "./decrypt-job.ts";
import { beginning, ended } from "./encoded-args.ts";
import { ENCRYPTED, META_ENCODINGS, META_KEY_ID, unwrap } from "./envelope.ts";
import { contentDigest, hiddenIdentity, withKeyedFingerprint } from "./fingerprint.ts";
import { type KeyCache, keysOf } from "./key-cache.ts";
import type { KeyProvider } from "./keyring.ts";
import { type SdkLayout, sealedForSdk } from "./legacy-args.ts";
import { sealValue } from "./sealed-value.ts";

/** What of a job is encrypted, and for whom. */
export interface EncryptPlan {
  readonly keys: KeyCache;
  /** Members of meta; a job need not have them. */
  readonly meta: readonly string[];
  /** Absent = as the specification says. */
  readonly layout?: SdkLayout;
}

/** How {@link encryptJob} encrypts; as for `encryption`. */
export interface EncryptJobOptions {
  readonly keys: KeyProvider;
  readonly meta?: readonly string[];
  readonly layout?: SdkLayout;
}

/**
 * Encrypts a job without enqueueing it: for an outbox, and for a transaction of the application, where no middleware acts.
 * Do it before the transaction begins. Middleware that meets the job later leaves it as it is.
 *
 * @throws OjsValidationError for arguments that cannot travel as JSON; {@link CodecError}; what the provider of the keys throws.
 * @example
 * const { type, args, options } = await encryptJob({ type: "payment.charge", args: { card } }, { keys });
 * await ojs.in(tx).enqueue(type, args, options);
 */
export async function encryptJob(job: JobInput, { keys, meta = [], layout }: EncryptJobOptions): Promise<EncryptedJob> {
  const outgoing = outgoingJob(job, "enqueue", job.options?.id);
  const encrypted = await encryptOutgoing(outgoing, {
    keys: keysOf(keys),
    meta,
    ...(layout === undefined ? {} : { layout }),
  });
  const { options = {} } = inputOf(encrypted);
  return { type: encrypted.type, args: encrypted.args, options };
}

/** A job that is ready to be enqueued. */
export interface EncryptedJob {
  readonly type: string;
  readonly args: readonly unknown[];
  readonly options: EnqueueOptions;
}

/**
 * The job with encrypted arguments and members of meta. A job whose arguments are encrypted already stays as it is: a relay
 * must not encrypt twice (ojs-extension-interactions §15).
 *
 * @throws OjsValidationError for what cannot travel; CodecError; what the provider of the keys throws.
 */
export async function encryptOutgoing(job: OutgoingJob, plan: EncryptPlan): Promise<OutgoingJob> {
  const { keys } = plan;
  const { bytes, chain } = beginning(job);
  if (chain.includes(ENCRYPTED)) return job;
  const hiddenMeta = plan.meta.filter((name) => isPlain(job.meta, name));
  const unique = await uniqueOf(job, hiddenMeta, keys);
  const key = await keys.current();
  const content = await contentDigest(job, bytes, hiddenMeta, keys);
  const sealedMeta = await withSealed(job.meta, hiddenMeta, keys);
  const meta = content === undefined ? sealedMeta : { ...sealedMeta, [META_CONTENT]: content };
  const encrypted = laidOut(await seal(key, bytes), [...chain, ENCRYPTED], meta, key, plan.layout);
  return { ...job, ...encrypted, ...(unique === undefined ? {} : { unique }) };
}

function laidOut(
  sealed: Sealed,
  chain: readonly string[],
  meta: OutgoingJob["meta"],
  { id }: NamedKey,
  layout: SdkLayout | undefined,
): Pick<OutgoingJob, "args" | "meta"> {
  if (layout === undefined) return ended({ bytes: withVersion(sealed), chain }, meta, id);
  const parts = sealedForSdk(sealed, layout);
  return { args: parts.args, meta: { ...meta, ...parts.meta, [META_ENCODINGS]: chain, [META_KEY_ID]: id } };
}

async function uniqueOf(
  job: OutgoingJob,
  hiddenMeta: readonly string[],
  keys: KeyCache,
): Promise<OutgoingJob["unique"]> {
  if (job.unique === undefined) return undefined;
  const identity = hiddenIdentity(job, await plainArgs(job, { maxBytes: DEFAULT_MAX_BYTES }), hiddenMeta);
  return identity === undefined ? job.unique : withKeyedFingerprint(identity, keys);
}

function isPlain(meta: OutgoingJob["meta"], name: string): boolean {
  return Object.hasOwn(meta, name) && meta[name] !== undefined && unwrap(meta[name])?.keyId === undefined;
}

async function withSealed(
  meta: OutgoingJob["meta"],
  names: readonly string[],
  keys: KeyCache,
): Promise<OutgoingJob["meta"]> {
  if (names.length === 0) return meta;
  const sealed = await Promise.all(names.map(async (name) => [name, await sealValue(meta[name], keys)] as const));
  return { ...meta, ...Object.fromEntries(sealed) };
}
