/**
 * The transport without a port. It goes through the same handler and the same JSON text as HTTP does, so that nothing
 * is shared between the two sides and an embedded application behaves like a remote one.
 */
import type { Transport, TransportRequest, TransportResponse } from "../client/transport.ts";
import { ojsError } from "../core/errors.ts";
import { boundedBody } from "./body-limit.ts";
import type { Door, Handler, Incoming } from "./handler.ts";

const IN_PROCESS: Door = { guarded: false, loopback: true };

/** Creates the transport; `closed` tells whether the server is gone, which is then like a refused connection. */
export function createInProcessTransport(handler: Handler, maxBodyBytes: number, closed: () => boolean): Transport {
  return {
    async request(request: TransportRequest): Promise<TransportResponse> {
      request.signal?.throwIfAborted();
      if (closed()) throw ojsError("connection_error", "The server in this process is closed.");
      const answer = await handler(incomingOf(request, maxBodyBytes), IN_PROCESS);
      if (request.signal?.aborted) {
        answer.undelivered?.();
        throw request.signal.reason;
      }
      return { status: answer.status, headers: answer.headers, body: answer.body ?? "" };
    },
  };
}

function incomingOf(request: TransportRequest, maxBodyBytes: number): Incoming {
  const { method, path: target, headers, body, signal } = request;
  const [path = "", ...query] = target.split("?");
  return {
    head: { method, path, query: query.join("?"), headers },
    readBody: () => boundedBody(body, maxBodyBytes),
    get signal() {
      return signal ?? new AbortController().signal;
    },
  };
}
