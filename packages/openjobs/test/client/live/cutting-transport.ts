/** A transport over which no stream lives long. */
import type { Transport, TransportRequest, TransportStream } from "../../../src/client/transport.ts";

/** Breaks every stream after some bytes, each time at another one. */
export function cutting(transport: Transport): Transport & { readonly breaks: number } {
  let breaks = 0;
  return {
    request: (request) => transport.request(request),
    async stream(request: TransportRequest): Promise<TransportStream> {
      const stream = await transport.stream?.(request);
      if (stream === undefined) throw new Error("no streams");
      return { ...stream, body: upTo(stream.body, 300 + 37 * breaks++) };
    },
    get breaks() {
      return breaks;
    },
  };
}

async function* upTo(body: AsyncIterable<Uint8Array>, bytes: number): AsyncGenerator<Uint8Array, void> {
  let left = bytes;
  for await (const chunk of body) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) throw new Error("cut");
  }
}
