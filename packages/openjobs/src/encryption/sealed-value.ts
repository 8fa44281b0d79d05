/** Encrypted values that stand for themselves: results, and members of meta. */
import { stringifyJson } from "../core/json.ts";
import { isJsonObject } from "../core/json-object.ts";
import { seal, withVersion } from "./aes-gcm.ts";
import { toBase64 } from "./base64.ts";
import { type DecodeMeans, decode } from "./decode.ts";
import { utf8 } from "./encoded-args.ts";
import { ENCRYPTED, unwrap, type Wrapper, wrap } from "./envelope.ts";
import type { KeyCache } from "./key-cache.ts";

/** @throws OjsError `invalid_request` for what cannot travel as JSON. */
export async function sealValue(value: unknown, keys: KeyCache): Promise<Wrapper> {
  const key = await keys.current();
  const sealed = await seal(key, utf8(stringifyJson(value)));
  return wrap(toBase64(withVersion(sealed)), [ENCRYPTED], key.id);
}

/** The value in a wrapper that names its key; any other value as it is. */
export async function openValue(value: unknown, means: DecodeMeans): Promise<unknown> {
  const encoded = unwrap(value);
  return encoded?.keyId === undefined ? value : decode(encoded, means);
}

/** The same, and of an array or an object all elements: the results of a group are a list, or an object by index. */
export async function openValues(value: unknown, means: DecodeMeans): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((element) => openValue(element, means)));
  if (!isJsonObject(value) || unwrap(value) !== undefined) return openValue(value, means);
  return openMembers(value, means);
}

/** An object with the values of its members opened. */
export async function openMembers(
  members: Readonly<Record<string, unknown>>,
  means: DecodeMeans,
): Promise<Readonly<Record<string, unknown>>> {
  const opened = await Promise.all(
    Object.entries(members).map(async ([name, value]) => [name, await openValue(value, means)] as const),
  );
  return Object.fromEntries(opened);
}
