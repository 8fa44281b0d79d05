/** Keys that are asked for once, not for every job. */
import type { NamedKey } from "./aes-gcm.ts";
import { CodecError } from "./codec-error.ts";
import { importCipherKey, importDigestKey, type WebKey } from "./key-material.ts";
import type { KeyProvider } from "./keyring.ts";

const DEFAULT_CACHE_MS = 5 * 60_000;
/** An attacker who can enqueue chooses the ids that workers ask for. */
const MAX_ENTRIES = 1_000;

interface Entry {
  readonly value: Promise<unknown>;
  readonly until: number;
}

const FINGERPRINT_KEY = "The fingerprint key";

const caches = new WeakMap<KeyProvider, KeyCache>();

/**
 * The cache of a provider: one, however many middlewares share the provider.
 *
 * @throws CodecError `key_invalid` for what gives no keys, such as the keys themselves: the first job would be too late to hear of it.
 */
export function keysOf(provider: KeyProvider): KeyCache {
  if (typeof provider?.currentKeyId !== "function" || typeof provider.key !== "function") {
    throw new CodecError("key_invalid", "`keys` has to be made by createKeyring, or have `currentKeyId` and `key`.");
  }
  const cache = caches.get(provider) ?? new KeyCache(provider);
  caches.set(provider, cache);
  return cache;
}

/** Imported keys of a provider. Those who ask at the same time share one question; what failed is asked again. */
export class KeyCache {
  readonly #provider: KeyProvider;
  readonly #entries = new Map<string, Entry>();

  constructor(provider: KeyProvider) {
    this.#provider = provider;
  }

  /** The key for new data. */
  async current(): Promise<NamedKey> {
    return this.byId(await this.#kept("current", async () => this.#provider.currentKeyId()));
  }

  /** @throws CodecError `key_unknown` when the provider has no such key. */
  async byId(id: string): Promise<NamedKey> {
    return this.#kept(`key ${id}`, async () => {
      const material = await this.#provider.key(id);
      if (material === undefined) {
        throw new CodecError("key_unknown", `There is no key "${id}" here. Add it to the keys of this process.`, id);
      }
      return { id, key: await importCipherKey(material, `The key "${id}"`) };
    });
  }

  /** @throws CodecError `fingerprint_key_missing` when the provider has none. */
  async forFingerprints(): Promise<WebKey> {
    return this.#kept("fingerprint", async () => {
      const material = await this.#provider.fingerprintKey?.();
      if (material === undefined) {
        throw new CodecError(
          "fingerprint_key_missing",
          "A unique job that compares what is encrypted needs a fingerprint key. Give createKeyring() a fingerprintKey, the same for all producers.",
        );
      }
      return importDigestKey(material, FINGERPRINT_KEY);
    });
  }

  /** The same, and undefined when the provider has none, which is kept as well: it is asked for with each job. */
  async forFingerprintsIfAny(): Promise<WebKey | undefined> {
    if (this.#provider.fingerprintKey === undefined) return undefined;
    return this.#kept("fingerprint if any", async () => {
      const material = await this.#provider.fingerprintKey?.();
      return material === undefined ? undefined : importDigestKey(material, FINGERPRINT_KEY);
    });
  }

  async #kept<T>(name: string, ask: () => Promise<T>): Promise<T> {
    const now = Date.now();
    const found = this.#entries.get(name);
    if (found !== undefined && now < found.until) return (await found.value) as T; // what is under a name was made by its own `ask`
    const entry = { value: ask(), until: now + (this.#provider.cacheMs ?? DEFAULT_CACHE_MS) };
    if (this.#entries.size >= MAX_ENTRIES) this.#entries.clear();
    this.#entries.set(name, entry);
    try {
      return await entry.value;
    } catch (error) {
      if (this.#entries.get(name) === entry) this.#entries.delete(name);
      throw error;
    }
  }
}
