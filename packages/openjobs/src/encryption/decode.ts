/** From encoded data back to values. */
import { open, type Sealed, splitNonce, splitVersioned } from "./aes-gcm.ts";
import { type Bytes, fromBase64 } from "./base64.ts";
import { CodecError } from "./codec-error.ts";
import { ENCRYPTED, type Encoded, GZIPPED } from "./envelope.ts";
import { gunzip } from "./gzip.ts";
import type { KeyCache } from "./key-cache.ts";

/** What a decoder may use. */
export interface DecodeMeans {
  /** Absent = nothing that is encrypted can be read. */
  readonly keys?: KeyCache;
  /** What is decompressed may be so long, in bytes. */
  readonly maxBytes: number;
}

/** A server takes jobs of 1 MiB: what was more than eight of them before it was compressed is no job. */
export const DEFAULT_MAX_BYTES: number = 8 * 1_048_576;
/** Nobody encodes more often, and each step costs a copy. */
const MAX_CHAIN = 8;

/** Undoes the whole chain and reads the JSON in it. */
export async function decode(encoded: Encoded, means: DecodeMeans): Promise<unknown> {
  if (encoded.chain.length > MAX_CHAIN)
    throw new CodecError("malformed", `More than ${MAX_CHAIN} encodings are named.`);
  let bytes = fromBase64(encoded.data, "The encoded data");
  for (const name of [...encoded.chain].reverse()) bytes = await undo(name, bytes, encoded, means);
  return valueIn(bytes);
}

async function undo(name: string, bytes: Bytes, encoded: Encoded, { keys, maxBytes }: DecodeMeans): Promise<Bytes> {
  if (name === GZIPPED) return gunzip(bytes, maxBytes);
  if (name !== ENCRYPTED || keys === undefined) {
    throw new CodecError(
      "encoding_unknown",
      `The encoding "${name}" is not known here. Known are ${ENCRYPTED} and ${GZIPPED}.`,
    );
  }
  if (encoded.keyId === undefined)
    throw new CodecError("malformed", "The encrypted data does not say what key it needs.");
  return open(await keys.byId(encoded.keyId), sealedIn(bytes, encoded.nonce));
}

function sealedIn(bytes: Bytes, nonce: Encoded["nonce"]): Sealed {
  if (nonce === undefined) return splitVersioned(bytes);
  if (nonce === "in front") return splitNonce(bytes);
  return { nonce: fromBase64(nonce.base64, "The nonce"), ciphertext: bytes };
}

/** JSON. The parser's own message would quote the plaintext. */
export function valueIn(bytes: Bytes): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new CodecError("malformed", "The decoded data is not JSON.");
  }
}
