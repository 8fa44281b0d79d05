/** AES-256-GCM as it is written into jobs (ojs-encryption §6.2): version, nonce, ciphertext, tag. */
import type { Bytes } from "./base64.ts";
import { CodecError } from "./codec-error.ts";
import type { WebKey } from "./key-material.ts";

const VERSION = 1;
/** As version 1, with additional data: it can be read only where it belongs. Ours alone, see bound-value.ts. */
const BOUND = 2;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key and what it is known by. */
export interface NamedKey {
  readonly id: string;
  readonly key: WebKey;
}

/** A nonce and what was encrypted with it, tag included. */
export interface Sealed {
  readonly nonce: Bytes;
  readonly ciphertext: Bytes;
}

/**
 * Encrypts under a new random nonce.
 *
 * @param place Where it belongs, if it is to be read nowhere else.
 */
export async function seal({ key }: NamedKey, plaintext: Bytes, place?: Bytes): Promise<Sealed> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const ciphertext = await crypto.subtle.encrypt(cipher(nonce, place), key, plaintext);
  return { nonce, ciphertext: new Uint8Array(ciphertext) };
}

function cipher(iv: Bytes, place: Bytes | undefined): { name: string; iv: Bytes; additionalData?: Bytes } {
  return { name: "AES-GCM", iv, ...(place === undefined ? {} : { additionalData: place }) };
}

/** In one piece, as the specification has it. */
export function withVersion(sealed: Sealed): Bytes {
  return concat(Uint8Array.of(VERSION), withNonce(sealed));
}

/** The same of what was encrypted for a place. */
export function withBoundVersion(sealed: Sealed): Bytes {
  return concat(Uint8Array.of(BOUND), withNonce(sealed));
}

/** In one piece, as the Rust SDK has it. */
export function withNonce({ nonce, ciphertext }: Sealed): Bytes {
  return concat(nonce, ciphertext);
}

function concat(first: Bytes, second: Bytes): Bytes {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}

/** @throws CodecError `tampered` when the key is another one, or one bit is. */
export async function open({ id, key }: NamedKey, { nonce, ciphertext }: Sealed, place?: Bytes): Promise<Bytes> {
  if (nonce.length !== NONCE_BYTES || ciphertext.length < TAG_BYTES) {
    throw new CodecError("malformed", "The encrypted data is too short to be any.");
  }
  try {
    return new Uint8Array(await crypto.subtle.decrypt(cipher(nonce, place), key, ciphertext));
  } catch {
    throw new CodecError(
      "tampered",
      `The encrypted data was changed${place === undefined ? "" : " or moved"}, or was not encrypted with what is known here as the key "${id}".`,
      id,
    );
  }
}

/**
 * Takes apart what {@link withVersion} made.
 *
 * @throws CodecError `encoding_unknown` for a version that is not known here.
 */
export function splitVersioned(bytes: Bytes): Sealed {
  if (bytes[0] === VERSION) return splitNonce(bytes.subarray(1));
  if (bytes.length === 0) throw new CodecError("malformed", "The encrypted data is empty.");
  throw new CodecError("encoding_unknown", `Version ${bytes[0]} of encrypted data is not known here; ${VERSION} is.`);
}

/**
 * Takes apart what {@link withBoundVersion} made.
 *
 * @throws CodecError `tampered` for what was not encrypted for any place.
 */
export function splitBound(bytes: Bytes): Sealed {
  if (bytes[0] === BOUND) return splitNonce(bytes.subarray(1));
  throw new CodecError("tampered", "The encrypted data was not encrypted for the place where it is.");
}

/** Takes apart a nonce and what follows it. */
export function splitNonce(bytes: Bytes): Sealed {
  return { nonce: bytes.subarray(0, NONCE_BYTES), ciphertext: bytes.subarray(NONCE_BYTES) };
}
