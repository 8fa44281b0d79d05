/** The exact bytes of a request, which are what is signed, within bounds. */
import { ojsError } from "../core/errors.ts";

/**
 * Reads the body; nothing beyond `max` bytes is kept.
 *
 * @throws OjsValidationError `payload_too_large`, or `invalid_request` when somebody has read the body before.
 */
export async function readBytes(request: Request, max: number): Promise<Uint8Array<ArrayBuffer>> {
  if (request.bodyUsed) throw alreadyRead();
  if (Number(request.headers.get("content-length") ?? 0) > max) throw tooLarge(max);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > max) {
      void reader.cancel().catch(() => undefined); // whoever sends it need not be waited for
      throw tooLarge(max);
    }
    chunks.push(value);
  }
  return joinedTo(size, chunks);
}

function joinedTo(size: number, chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

function tooLarge(max: number): Error {
  return ojsError("payload_too_large", `The body has more than ${max} bytes.`, {
    details: { max },
    hint: "Raise `maxBytes`, or store large data elsewhere and send a reference to it.",
  });
}

function alreadyRead(): Error {
  return ojsError("invalid_request", "The body of the request was read before it came here.", {
    hint: "Hand on the request untouched: its exact bytes are signed, and parsed JSON written again need not be the same.",
    details: { field: "body" },
  });
}
