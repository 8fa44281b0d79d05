/** Gzip (RFC 1952) with the streams that every runtime has. */
import type { Bytes } from "./base64.ts";
import { CodecError } from "./codec-error.ts";

export async function gzip(bytes: Bytes): Promise<Bytes> {
  return collect(piped(bytes, new CompressionStream("gzip")), Number.POSITIVE_INFINITY);
}

/**
 * @param maxBytes What comes out may be so long; no more than that is ever held.
 * @throws CodecError `too_large`; `malformed` for what is not gzip.
 */
export async function gunzip(bytes: Bytes, maxBytes: number): Promise<Bytes> {
  try {
    return await collect(piped(bytes, new DecompressionStream("gzip")), maxBytes);
  } catch (error) {
    if (error instanceof CodecError) throw error;
    throw new CodecError("malformed", "The compressed data is not gzip, or is cut off.");
  }
}

/** Written by hand, because a pipe from a Blob costs more than the compression of a small job. */
function piped(
  bytes: Bytes,
  { writable, readable }: CompressionStream | DecompressionStream,
): ReadableStream<Uint8Array> {
  const writer = writable.getWriter();
  // What is wrong with the bytes is told to the reader as well.
  writer.write(bytes).catch(() => undefined);
  writer.close().catch(() => undefined);
  return readable;
}

async function collect(stream: ReadableStream<Uint8Array>, maxBytes: number): Promise<Bytes> {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(chunks, size);
    size += value.length;
    if (size > maxBytes) {
      // Nobody waits for the end of a bomb.
      reader.cancel().catch(() => undefined);
      throw new CodecError("too_large", `The data has more than ${maxBytes} bytes when it is decompressed.`);
    }
    chunks.push(value);
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Bytes {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
