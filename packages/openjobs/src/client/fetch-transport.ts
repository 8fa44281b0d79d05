/**
 * The transport for every runtime that has `fetch`: browsers, Deno, Bun, edge workers. On Node, `node-transport.ts` does
 * the same for an eighth of the CPU time and takes its place (`imports` in package.json).
 */
import { type BaseUrl, parseBaseUrl } from "./base-url.ts";
import type { Transport, TransportRequest, TransportResponse, TransportStream } from "./transport.ts";

/** How a {@link FetchTransport} reaches its server. */
export interface FetchTransportOptions {
  /** Address of the server, with a path prefix if it has one: `https://example.com/jobs`. */
  readonly url: string;
  /** Another implementation of `fetch`; the global one when absent. */
  readonly fetch?: typeof fetch;
}

/**
 * Talks to a server with `fetch`.
 *
 * Redirects are not followed: a redirected POST would silently become a GET.
 *
 * @example
 * const transport = new FetchTransport({ url: "https://jobs.example.com" });
 * const client = new OjsClient({ transport });
 */
export class FetchTransport implements Transport {
  readonly #base: BaseUrl;
  readonly #fetch: typeof fetch;

  /** @throws OjsValidationError when `url` is not an http(s) address. */
  constructor(options: FetchTransportOptions) {
    this.#base = parseBaseUrl(options.url);
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  /** See {@link Transport.request}. */
  async request(request: TransportRequest): Promise<TransportResponse> {
    const { signal } = request;
    try {
      const response = await this.#send(request);
      return { status: response.status, headers: headersOf(response), body: await response.text() };
    } catch (error) {
      // Runtimes differ in what an aborted body read rejects with; the contract does not.
      throw signal?.aborted ? signal.reason : error;
    }
  }

  /** See {@link Transport.stream}. */
  async stream(request: TransportRequest): Promise<TransportStream> {
    const response = await this.#send(request);
    return { status: response.status, headers: headersOf(response), body: chunksOf(response.body) };
  }

  #send({ method, path, headers, body, signal }: TransportRequest): Promise<Response> {
    const call = this.#fetch; // a method call would hand over `this`, which browsers refuse
    return call(this.#base.origin + this.#base.prefix + path, {
      method,
      headers,
      redirect: "manual",
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

/** Not every browser can loop over a body. */
async function* chunksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array, void> {
  if (body === null) return;
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // What is wrong with the body has been thrown already.
    await reader.cancel().catch(() => undefined);
  }
}

function headersOf(response: Response): Record<string, string> {
  const headers: Record<string, string> = {};
  response.headers.forEach((value, name) => {
    headers[name] = value;
  });
  return headers;
}

/** What a client uses when it is given an address and no transport. */
export function defaultTransport(options: { readonly url: string }): Transport {
  return new FetchTransport(options);
}
