/**
 * A request and its answer as plain values. The router and every route work on these, so `node:http`, a `fetch` handler
 * and the in-process transport are thin adapters over the same code.
 */

/** A request on its way through the router. */
export interface ServerRequest {
  readonly method: string;
  /** Still percent-encoded, without the query string. */
  readonly path: string;
  /** Without the leading `?`; empty when there is none. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Decoded as UTF-8; undefined when the request had none. */
  readonly body: string | undefined;
  /** Aborted when nobody waits for the answer any more. May be created on first use. */
  readonly signal: AbortSignal;
}

/** Everything about a request that comes before its body. */
export type RequestHead = Pick<ServerRequest, "method" | "path" | "query" | "headers">;

/** The head of a request for this target: a path with its query string, if it has one. */
export function headOf(method: string, target: string, headers: RequestHead["headers"]): RequestHead {
  const mark = target.indexOf("?");
  if (mark === -1) return { method, path: target, query: "", headers };
  return { method, path: target.slice(0, mark), query: target.slice(mark + 1), headers };
}

/** An answer. */
export interface ServerResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text; undefined for 204. */
  readonly body: string | undefined;
  /**
   * Instead of a body: an answer that goes on, such as a stream of live events. Read it with `for await` and write each part to
   * your client; it begins with the first look and waits for you. Leave the loop when your client has gone.
   */
  readonly stream?: AsyncIterable<Uint8Array | string>;
  /** Called when the answer could not be handed to the client, so that nothing it promised stays reserved. */
  readonly undelivered?: () => void;
}
