/** What travels instead of data: the wrapper and the names of what was done to it (ojs-encryption §5.2, §5.3). */
import { isJsonObject, type JsonObject } from "../core/json-object.ts";

/** Names of the encodings that are known here. */
export const ENCRYPTED = "binary/encrypted";
export const GZIPPED = "gzip/plain";

/** Members of `meta` that say what was done to the arguments. */
export const META_ENCODINGS = "ojs.codec.encodings";
export const META_KEY_ID = "ojs.codec.key_id";

/** Encoded data, as it is in JSON. */
export interface Wrapper {
  readonly ojs_encoded: true;
  /** The last encoding, and behind plus signs those before it: `binary/encrypted+gzip`. */
  readonly encoding: string;
  /** Base64. */
  readonly data: string;
  /** Results and members of meta have no meta that could name the key. */
  readonly encryption_key_id?: string;
}

/** Data and what was done to it. */
export interface Encoded {
  /** Base64. */
  readonly data: string;
  /** Names of encodings in the order in which they were applied. */
  readonly chain: readonly string[];
  readonly keyId?: string;
  /** Where the nonce is, of data that was not encrypted as the specification says; see legacy-args.ts. */
  readonly nonce?: "in front" | { readonly base64: string };
}

/** Puts data into a wrapper. */
export function wrap(data: string, chain: readonly string[], keyId?: string): Wrapper {
  const [last = "", ...earlier] = [...chain].reverse();
  const encoding = [last, ...earlier.map((name) => name.replace(/\/plain$/, ""))].join("+");
  return { ojs_encoded: true, encoding, data, ...(keyId === undefined ? {} : { encryption_key_id: keyId }) };
}

/** The content of a wrapper; undefined for all other values. */
export function unwrap(value: unknown): Encoded | undefined {
  if (!isJsonObject(value) || value.ojs_encoded !== true) return undefined;
  const { encoding, data, encryption_key_id: keyId } = value;
  if (typeof encoding !== "string" || typeof data !== "string") return undefined;
  return { data, chain: chainOf(encoding), ...(typeof keyId === "string" ? { keyId } : {}) };
}

/** The chain that the wrapper's own name tells. */
function chainOf(encoding: string): readonly string[] {
  return encoding
    .split("+")
    .map((name) => (name.includes("/") ? name : `${name}/plain`))
    .reverse();
}

/** The chain that `meta` tells; undefined when it tells none. */
export function chainInMeta(meta: JsonObject): readonly string[] | undefined {
  const found = meta[META_ENCODINGS];
  if (!Array.isArray(found) || found.length === 0) return undefined;
  const names = found.filter((name) => typeof name === "string");
  return names.length === found.length ? names : undefined;
}
