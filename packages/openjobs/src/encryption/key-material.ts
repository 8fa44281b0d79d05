/** Keys as WebCrypto wants them. */
import { type Bytes, fromBase64 } from "./base64.ts";
import { CodecError } from "./codec-error.ts";

/** The runtime's `CryptoKey`. By this name, because its own is not everywhere a global one. */
export type WebKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** A key: 32 bytes, those in base64, or an imported key (a `CryptoKey`). */
export type KeyMaterial = Uint8Array | string | WebKey;

const KEY_BYTES = 32;

/**
 * The material to keep: a buffer that its owner wipes is not it.
 *
 * @throws CodecError `key_invalid` for what cannot be a key of 256 bits.
 */
export function keptMaterial(key: KeyMaterial, what: string): KeyMaterial {
  return isWebKey(key) ? key : rawKey(key, what);
}

/** A key for AES-256-GCM. Errors as for {@link keptMaterial}. */
export async function importCipherKey(key: KeyMaterial, what: string): Promise<WebKey> {
  if (!isWebKey(key)) {
    return crypto.subtle.importKey("raw", rawKey(key, what), "AES-GCM", false, ["encrypt", "decrypt"]);
  }
  const { algorithm } = key;
  if (algorithm.name === "AES-GCM" && "length" in algorithm && algorithm.length === KEY_BYTES * 8) return key;
  throw new CodecError(
    "key_invalid",
    `${what} is a CryptoKey for ${algorithm.name}; one for AES-GCM with 256 bits is needed.`,
  );
}

/** A key for HMAC-SHA-256. Errors as for {@link keptMaterial}. */
export async function importDigestKey(key: KeyMaterial, what: string): Promise<WebKey> {
  if (!isWebKey(key)) {
    return crypto.subtle.importKey("raw", rawKey(key, what), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  }
  if (key.algorithm.name === "HMAC" && key.usages.includes("sign")) return key;
  throw new CodecError(
    "key_invalid",
    `${what} is a CryptoKey for ${key.algorithm.name}; one that signs with HMAC is needed.`,
  );
}

function isWebKey(key: KeyMaterial): key is WebKey {
  return typeof key === "object" && "algorithm" in key;
}

function rawKey(key: Uint8Array | string, what: string): Bytes {
  const bytes = typeof key === "string" ? decodedKey(key, what) : new Uint8Array(key);
  if (bytes.length === KEY_BYTES) return bytes;
  throw new CodecError(
    "key_invalid",
    `${what} has ${bytes.length} bytes; AES-256 needs ${KEY_BYTES}. Make one with: openssl rand -base64 32`,
  );
}

function decodedKey(key: string, what: string): Bytes {
  try {
    return fromBase64(key, what);
  } catch {
    throw new CodecError("key_invalid", `${what} is a text that is not base64. Make one with: openssl rand -base64 32`);
  }
}
