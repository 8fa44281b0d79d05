/**
 * Fingerprints of unique jobs that the server cannot make, because what they are made of is encoded
 * (ojs-extension-interactions §4).
 */
import { encodeArgs } from "../core/codec/enqueue-encode.ts";
import type { UniqueOptions } from "../core/codec/enqueue-options.ts";
import { encodeUnique } from "../core/codec/enqueue-options-encode.ts";
import { stringifyJson } from "../core/json.ts";
import { readUniquePolicy } from "../core/unique-policy.ts";
import { type UniqueSubject, uniqueRequest } from "../core/unique-request.ts";
import type { OutgoingJob } from "../middleware/middleware.ts";
import type { Bytes } from "./base64.ts";
import { utf8 } from "./encoded-args.ts";
import type { KeyCache } from "./key-cache.ts";

/** Keeps these digests apart from any other use of the key. */
const PURPOSE = "openjobs unique fingerprint 1\n";
const SAME_JOB = "openjobs same job 1\n";

/** What a unique job has in common with those that it counts as the same as. */
export interface Identity {
  readonly unique: UniqueOptions;
  /** The text that the server would hash. */
  readonly text: string;
}

/**
 * The identity of a unique job; undefined when the server can see all that is compared.
 *
 * @param args The plain arguments.
 * @param hiddenMeta Members of meta that the server cannot see.
 * @throws OjsError `invalid_request` for a policy that cannot be.
 */
export function hiddenIdentity(
  job: OutgoingJob,
  args: readonly unknown[],
  hiddenMeta: readonly string[],
): Identity | undefined {
  const { unique, meta, type, queue } = job;
  if (unique === undefined) return undefined;
  const policy = readUniquePolicy({ name: "unique", field: "unique", value: encodeUnique(unique) });
  const comparesMeta = policy.meta_keys?.some((name) => hiddenMeta.includes(name)) ?? false;
  if (!policy.keys.includes("args") && !comparesMeta) return undefined;
  // A Date is compared as the text that it becomes.
  const subject: UniqueSubject = {
    type,
    queue,
    args: JSON.parse(encodeArgs(args)),
    meta: () => JSON.parse(stringifyJson(meta)),
  };
  const { fingerprint: _made, ...unmade } = policy;
  return { unique, text: uniqueRequest(unmade, subject, "unique").identity };
}

/** With the fingerprint that the server would make: what is only compressed is no secret, and equals a plain job. */
export async function withOpenFingerprint({ unique, text }: Identity): Promise<UniqueOptions> {
  return { ...unique, fingerprint: unique.fingerprint ?? (await sha256(text)) };
}

/**
 * With a keyed fingerprint. A plain hash would tell everybody who reads the store whether a guess is right, and card numbers
 * or dates of birth are quickly guessed. One that somebody else made stays, unless it is that plain hash.
 *
 * @throws CodecError `fingerprint_key_missing`.
 */
export async function withKeyedFingerprint({ unique, text }: Identity, keys: KeyCache): Promise<UniqueOptions> {
  if (unique.fingerprint !== undefined && unique.fingerprint !== (await sha256(text))) return unique;
  const digest = await crypto.subtle.sign("HMAC", await keys.forFingerprints(), utf8(PURPOSE + text));
  return { ...unique, fingerprint: hexOf(digest) };
}

/**
 * Tells whether a job that comes again with its id is the same job: a digest of what is encrypted of it. With the id in it, so that it
 * does not tell of two jobs that they have equal arguments. Undefined without a fingerprint key, and for what has no id yet.
 *
 * @param args The plain arguments, as JSON.
 */
export async function contentDigest(
  { id, meta }: OutgoingJob,
  args: Bytes,
  hiddenMeta: readonly string[],
  keys: KeyCache,
): Promise<string | undefined> {
  const key = id === undefined ? undefined : await keys.forFingerprintsIfAny();
  if (key === undefined) return undefined;
  const hidden = stringifyJson(hiddenMeta.map((name) => [name, meta[name]]));
  const head = utf8(`${SAME_JOB}${id}\n${hidden}\n`);
  const text = new Uint8Array(head.length + args.length);
  text.set(head);
  text.set(args, head.length);
  return hexOf(await crypto.subtle.sign("HMAC", key, text));
}

async function sha256(text: string): Promise<string> {
  return hexOf(await crypto.subtle.digest("SHA-256", utf8(text)));
}

function hexOf(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
