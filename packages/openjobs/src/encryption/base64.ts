/** Bytes as text (RFC 4648 §4), with what every runtime has. */
import { CodecError } from "./codec-error.ts";

/** Bytes that WebCrypto and streams take: not those of shared memory. Said like this, TypeScript before 5.7 knows it too. */
export type Bytes = ReturnType<Uint8Array["slice"]>;

/** So many arguments a function call can have everywhere. */
const CHUNK = 0x1000;

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK) binary += charsOf(bytes.subarray(at, at + CHUNK));
  return btoa(binary);
}

/** Spread arguments would be copied one by one, which takes five times as long. */
function charsOf(bytes: Uint8Array): string {
  return Reflect.apply(String.fromCharCode, undefined, bytes);
}

/**
 * @param what For the error message: `data`.
 * @throws CodecError `malformed` when the text is not base64.
 */
export function fromBase64(text: string, what: string): Bytes {
  const binary = decoded(text);
  if (binary === undefined) throw new CodecError("malformed", `${what} is not base64.`);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

function decoded(text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}
