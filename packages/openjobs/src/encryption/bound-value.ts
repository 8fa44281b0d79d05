/**
 * Encrypted values that belong to one place of one job: what it leaves for its next attempt, and its progress. Whoever can write into the
 * store cannot move them, to another job or within theirs: they are not readable anywhere else.
 */
import { open, seal, splitBound, withBoundVersion } from "./aes-gcm.ts";
import { type Bytes, fromBase64, toBase64 } from "./base64.ts";
import { CodecError } from "./codec-error.ts";
import { valueIn } from "./decode.ts";
import { utf8 } from "./encoded-args.ts";
import { ENCRYPTED, unwrap, type Wrapper, wrap } from "./envelope.ts";
import type { KeyCache } from "./key-cache.ts";

/** Where a value belongs. */
export interface Place {
  readonly jobId: string;
  readonly part: "checkpoint" | "progress" | `step ${string}`;
}

/** Makes wrappers of JSON texts, and of nothing at all; the key was asked for before, so that this cannot fail for want of it. */
export type Sealer = (json: string | undefined, part: Place["part"]) => Promise<Wrapper>;

/** A sealer with the key of now. */
export async function sealerFor(jobId: string, keys: KeyCache): Promise<Sealer> {
  const key = await keys.current();
  return async (json, part) => {
    const sealed = await seal(key, utf8(json ?? ""), placeBytes({ jobId, part }));
    return wrap(toBase64(withBoundVersion(sealed)), [ENCRYPTED], key.id);
  };
}

/** Whether a value stands encrypted where it belongs. */
export function isSealed(value: unknown): boolean {
  return unwrap(value)?.keyId !== undefined;
}

/**
 * The value in a wrapper that names its key; any other value as it is.
 *
 * @throws CodecError `tampered` for what was encrypted for another place, or for none.
 */
export async function openAt(value: unknown, place: Place, keys: KeyCache): Promise<unknown> {
  const encoded = unwrap(value);
  if (encoded?.keyId === undefined) return value;
  const [name, ...others] = encoded.chain;
  if (name !== ENCRYPTED || others.length > 0)
    throw new CodecError("encoding_unknown", `Only ${ENCRYPTED} is known here, alone.`);
  const sealed = splitBound(fromBase64(encoded.data, "The encoded data"));
  const bytes = await open(await keys.byId(encoded.keyId), sealed, placeBytes(place));
  return bytes.length === 0 ? undefined : valueIn(bytes);
}

/** An id has no line breaks, so two places never have the same bytes. */
function placeBytes({ jobId, part }: Place): Bytes {
  return utf8(`openjobs bound value\n${jobId}\n${part}`);
}
