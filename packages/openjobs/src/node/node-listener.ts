/** A function of requests behind `node:http`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { consoleOfHandlers } from "../worker/worker-logger.ts";

/** What {@link toNodeListener} goes by. */
export interface NodeListenerOptions {
  /** Hears what the handler has thrown; the caller is told 500 and no more. Default: `console.error`. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Puts a handler of requests behind Node's own HTTP server, and behind frameworks that take its listeners and have not read the body. The body is
 * handed on byte by byte, and only as far as the handler reads it; the request's signal is aborted when the caller hangs up. The origin of the
 * request's URL is always `http://localhost`.
 *
 * @example
 * import { createServer } from "node:http";
 * createServer(toNodeListener(createPushHandler({ secrets, handlers }))).listen(3000);
 */
export function toNodeListener(
  handler: (request: Request) => Response | Promise<Response>,
  options: NodeListenerOptions = {},
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  const { onError = (error) => consoleOfHandlers.error("a request could not be handled", { error }) } = options;
  return (incoming, outgoing) => {
    const call = new AbortController();
    outgoing.on("close", () => {
      if (!outgoing.writableFinished) call.abort();
    });
    respond(handler, incoming, outgoing, call.signal).catch((error: unknown) => {
      onError(error);
      if (!outgoing.headersSent) outgoing.writeHead(500);
      outgoing.end();
    });
  };
}

async function respond(
  handler: (request: Request) => Response | Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const response = await handler(requestOf(incoming, signal));
  const body = new Uint8Array(await response.arrayBuffer());
  // What was not read of the body would be taken for the next request.
  if (!incoming.complete) outgoing.shouldKeepAlive = false;
  outgoing.statusCode = response.status;
  outgoing.setHeaders(response.headers);
  outgoing.end(body);
}

function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = "GET", url = "/", rawHeaders } = incoming;
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  // A proxy's request names a whole URL, `OPTIONS` may name "*".
  const address = `http://localhost${url.startsWith("/") ? url : "/"}`;
  if (method === "GET" || method === "HEAD") return new Request(address, { method, headers, signal });
  return new Request(address, { method, headers, signal, body: bodyOf(incoming), duplex: "half" });
}

/** Giving up leaves the connection open, over which the answer is to go. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
}
