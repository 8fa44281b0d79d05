/** Where keys come from (ojs-encryption §10). */
import { CodecError } from "./codec-error.ts";
import { type KeyMaterial, keptMaterial } from "./key-material.ts";

/** A value, or a promise of it. */
type Soon<T> = T | Promise<T>;

/**
 * Gives keys by their ids: a keyring in memory, or a client of a key management service. What it throws is what the producer,
 * or the worker as a failure that is tried again, gets to see.
 *
 * @example
 * const kms: KeyProvider = {
 *   currentKeyId: () => readParameter("jobs/current-key"),
 *   key: async (id) => (await unwrap(`jobs/keys/${id}`)) ?? undefined,
 *   cacheMs: 10 * 60_000,
 * };
 */
export interface KeyProvider {
  /** The key that new data is encrypted with. */
  currentKeyId(): Soon<string>;
  /** The key of that id; undefined when there is none. */
  key(id: string): Soon<KeyMaterial | undefined>;
  /**
   * The secret that fingerprints of unique jobs are made with; see {@link KeyringOptions.fingerprintKey}. A `CryptoKey` has
   * to be one for HMAC with SHA-256.
   */
  fingerprintKey?(): Soon<KeyMaterial | undefined>;
  /** How long an answer is kept, in milliseconds; default 5 minutes. An answer that there is no such key is not kept. */
  readonly cacheMs?: number;
}

/** Keys that are there from the beginning. */
export interface KeyringOptions {
  /** Id of the key that new data is encrypted with. */
  readonly current: string;
  /** Keys by id. Keep an old one as long as there are jobs that were encrypted with it. */
  readonly keys: Readonly<Record<string, KeyMaterial>>;
  /**
   * A secret of 32 bytes that all producers share, and that is not rotated with the keys: the fingerprints of unique jobs are
   * made with it. Needed for unique jobs whose encrypted arguments are compared; workers do not need it.
   */
  readonly fingerprintKey?: KeyMaterial;
}

/**
 * Keeps keys in memory.
 *
 * @throws CodecError `key_unknown` when `current` is not among the keys, `key_invalid` for a key that is not 256 bits long.
 * @example
 * const keys = createKeyring({ current: "2026-11", keys: { "2026-11": secret, "2025-11": oldSecret } });
 */
export function createKeyring({ current, keys, fingerprintKey }: KeyringOptions): KeyProvider {
  const known = new Map(Object.entries(keys).map(([id, key]) => [id, keptMaterial(key, `The key "${id}"`)]));
  if (!known.has(current)) {
    throw new CodecError("key_unknown", `The current key "${current}" is not among the keys of the keyring.`, current);
  }
  const forFingerprints =
    fingerprintKey === undefined ? undefined : keptMaterial(fingerprintKey, "The fingerprint key");
  return {
    currentKeyId: () => current,
    key: (id) => known.get(id),
    fingerprintKey: () => forFingerprints,
    cacheMs: Number.POSITIVE_INFINITY,
  };
}
