/** Reads request bodies from a socket: bounded while they arrive, and refused when they are not UTF-8. */
import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { type OjsError, ojsError } from "../../core/errors.ts";
import { bodyTooLarge } from "../body-limit.ts";

/**
 * Reads the whole body; undefined when there is none. Rejects with `payload_too_large` as soon as the declared or the
 * received length is over `max`, without waiting for the rest.
 */
export async function readBody(request: IncomingMessage, max: number): Promise<string | undefined> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > max) throw bodyTooLarge(declared, max);
  const bytes = await readBytes(request, max);
  if (bytes.length === 0) return undefined;
  // Decoding would put replacement characters in place of what was meant, and nobody would ever know.
  if (isUtf8(bytes)) return bytes.toString("utf8");
  throw ojsError("invalid_payload", "The request body is not valid UTF-8.", { hint: "Send JSON in UTF-8." });
}

/** The listeners stay, because they end with the request, and taking them off costs as much as putting them on. */
function readBytes(request: IncomingMessage, max: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      if (size > max) return;
      size += chunk.length;
      if (size <= max) return void chunks.push(chunk);
      chunks = [];
      reject(bodyTooLarge(size, max));
    });
    request.on("end", () => {
      if (size <= max) resolve(join(chunks, size));
    });
    request.on("close", () => {
      if (!request.complete) reject(incomplete());
    });
  });
}

/** Nearly every body is one chunk, which is then used as it is. */
function join(chunks: readonly Buffer[], size: number): Buffer {
  const [first] = chunks;
  return chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size);
}

/**
 * Lets the rest of a refused body arrive without keeping it, so that the client gets to read the answer; one that goes
 * on for more than `max` bytes is cut off. Nothing happens when the body was read.
 */
export function discardRest(request: IncomingMessage, max: number): void {
  if (request.complete || request.destroyed) return;
  let left = max;
  request.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
}

function incomplete(): OjsError {
  return ojsError("invalid_request", "The connection ended before the body did.");
}
