/** Arguments and what travels instead of them. */
import { encodeArgs } from "../core/codec/enqueue-encode.ts";
import type { JsonObject } from "../core/json-object.ts";
import { type Bytes, fromBase64, toBase64 } from "./base64.ts";
import { chainInMeta, type Encoded, META_ENCODINGS, META_KEY_ID, unwrap, wrap } from "./envelope.ts";
import { CODEC_META, legacyArgs } from "./legacy-args.ts";

/** The parts of a job that encodings change. */
export interface ArgsAndMeta {
  readonly args: readonly unknown[];
  readonly meta: JsonObject;
}

/** Bytes on their way through a chain of encodings. */
export interface Chained {
  readonly bytes: Bytes;
  /** Names of what was done to them. */
  readonly chain: readonly string[];
}

/**
 * What was put in place of the arguments; undefined when these are the arguments. The chain in `meta` goes before the one that
 * the wrapper tells.
 */
export function encodedIn({ args, meta }: ArgsAndMeta): Encoded | undefined {
  const [first, ...others] = args;
  const wrapped = others.length > 0 ? undefined : unwrap(first);
  if (wrapped === undefined) return legacyArgs(args, meta);
  const keyId = meta[META_KEY_ID];
  return {
    ...wrapped,
    chain: chainInMeta(meta) ?? wrapped.chain,
    ...(typeof keyId === "string" ? { keyId } : {}),
  };
}

/**
 * What an encoding of arguments begins with. Somebody's plain argument may look like a wrapper: only one that `meta` speaks of
 * is one.
 *
 * @throws OjsValidationError for arguments that cannot travel as JSON.
 */
export function beginning(job: ArgsAndMeta): Chained {
  const earlier = META_ENCODINGS in job.meta ? encodedIn(job) : undefined;
  if (earlier === undefined) return { bytes: utf8(encodeArgs(job.args)), chain: [] };
  return { bytes: fromBase64(earlier.data, "args[0].data"), chain: earlier.chain };
}

/** The arguments and meta that travel. */
export function ended({ bytes, chain }: Chained, meta: JsonObject, keyId?: string): ArgsAndMeta {
  return {
    args: [wrap(toBase64(bytes), chain)],
    meta: { ...meta, [META_ENCODINGS]: chain, ...(keyId === undefined ? {} : { [META_KEY_ID]: keyId }) },
  };
}

/** What of `meta` is the producer's. */
export function metaWithoutCodec(meta: JsonObject): JsonObject {
  if (!Object.keys(meta).some((name) => CODEC_META.has(name))) return meta;
  return Object.fromEntries(Object.entries(meta).filter(([name]) => !CODEC_META.has(name)));
}

/** What of `meta` is about encodings. */
export function codecMeta(meta: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(meta).filter(([name]) => CODEC_META.has(name)));
}

export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}
