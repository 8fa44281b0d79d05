/**
 * How a client reaches a server. One method, plain values: HTTP over `node:http`, `fetch`, the in-process server and
 * test doubles all look the same from above.
 */

/** One request. `path` starts with `/ojs/` and includes the query string. */
export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
  /**
   * Whether it does no harm if the server gets the request twice. A transport may then send it again when a kept
   * connection turns out to be dead before any answer. Absent = only for GET, PUT and DELETE.
   */
  readonly repeatable?: boolean;
  /** Aborting rejects the request with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** One complete response, whatever its status. */
export interface TransportResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A response that goes on after its head. */
export interface TransportStream {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The body as it comes, read once. Leaving the loop over it ends the connection; it rejects when the connection breaks, and
   * ends or rejects when the request's signal is aborted.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Carries requests to one server. Rejects only when no complete response was received (connection refused, reset,
 * aborted); an error answer of the server is a response like any other.
 */
export interface Transport {
  request(request: TransportRequest): Promise<TransportResponse>;
  /**
   * Like `request`, but resolves with the head of the answer. Live events need it; a transport that cannot do it leaves it out.
   */
  stream?(request: TransportRequest): Promise<TransportStream>;
  /** Lets go of idle connections. */
  close?(): Promise<void>;
}
