/** Answers on `node:http` that go on after their head. */
import type { ClientRequest, IncomingMessage } from "node:http";
import { onAbort } from "../core/abort-listeners.ts";
import type { TransportRequest, TransportStream } from "./transport.ts";

/** Sends a request that has been opened; resolves with the head of its answer. */
export function openNodeStream(
  client: ClientRequest,
  { body, signal }: TransportRequest,
  headersOf: (message: IncomingMessage) => TransportStream["headers"],
): Promise<TransportStream> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal?.reason);
      client.destroy();
    };
    const stopListening = onAbort(signal, abort);
    client.on("close", stopListening);
    client.on("error", reject);
    client.on("response", (message) => {
      resolve({ status: message.statusCode ?? 0, headers: headersOf(message), body: message });
    });
    if (signal?.aborted) abort();
    else client.end(body);
  });
}
