/**
 * The transport for Node: `node:http` with kept connections, an eighth of `fetch`'s CPU time per call. Takes the place of
 * `fetch-transport.ts` through `imports` in package.json.
 */
import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps, Agent as SecureAgent } from "node:https";
import { onAbort } from "../core/abort-listeners.ts";
import { type BaseUrl, parseBaseUrl } from "./base-url.ts";
import { Cancellation, type CancellingTransport } from "./cancellation.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";

/** How an {@link HttpTransport} reaches its server. */
export interface HttpTransportOptions {
  /** Address of the server, with a path prefix if it has one: `https://example.com/jobs`. */
  readonly url: string;
  /** Connections at a time; further requests wait for one. Default 64. */
  readonly maxSockets?: number;
  /** Another agent, for example an `https.Agent` with your own certificates; `maxSockets` is then the agent's. */
  readonly agent?: Agent;
}

const DEFAULT_MAX_SOCKETS = 64;

/** Methods that HTTP itself calls idempotent. */
const REPEATABLE_METHODS: ReadonlySet<string> = new Set(["GET", "PUT", "DELETE"]);

/** Methods that nobody expects a body of. */
const BODILESS_METHODS: ReadonlySet<string> = new Set(["GET", "DELETE"]);

/** What a connection that the server closed while it was idle fails with. */
const STALE_SOCKET_CODES: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE"]);

/**
 * Talks to a server over kept `node:http(s)` connections.
 *
 * @example
 * const agent = new https.Agent({ keepAlive: true, ca: readFileSync("ca.pem") });
 * const client = new OjsClient({ transport: new HttpTransport({ url: "https://jobs.internal", agent }) });
 */
export class HttpTransport implements CancellingTransport {
  readonly #base: BaseUrl;
  readonly #agent: Agent;
  readonly #request: typeof requestHttp;

  /** @throws OjsValidationError when `url` is not an http(s) address. */
  constructor(options: HttpTransportOptions) {
    this.#base = parseBaseUrl(options.url);
    const secure = this.#base.protocol === "https:";
    this.#request = secure ? requestHttps : requestHttp;
    const settings = { keepAlive: true, maxSockets: options.maxSockets ?? DEFAULT_MAX_SOCKETS };
    this.#agent = options.agent ?? (secure ? new SecureAgent(settings) : new Agent(settings));
  }

  /** See {@link Transport.request}. */
  async request(request: TransportRequest): Promise<TransportResponse> {
    const { signal } = request;
    if (signal?.aborted) throw signal.reason;
    const cancellation = new Cancellation();
    const stopListening = onAbort(signal, () => cancellation.cancel(signal?.reason));
    try {
      return await this.requestUnless(cancellation, request);
    } finally {
      stopListening();
    }
  }

  /** @internal */
  async requestUnless(cancellation: Cancellation, request: TransportRequest): Promise<TransportResponse> {
    const repeatable = request.repeatable ?? REPEATABLE_METHODS.has(request.method);
    const exchange = new Exchange(request);
    try {
      return await exchange.run(cancellation, () => this.#open(request));
    } catch (error) {
      if (!repeatable || !exchange.hitStaleSocket(error)) throw error;
      return await new Exchange(request).run(cancellation, () => this.#open(request));
    }
  }

  /** Closes idle connections; those in use are closed as soon as their answer is complete. */
  async close(): Promise<void> {
    this.#agent.maxFreeSockets = 0;
    for (const sockets of Object.values(this.#agent.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }

  #open({ method, path, headers, body }: TransportRequest): ClientRequest {
    const { hostname, port, prefix, host } = this.#base;
    return this.#request({
      method,
      hostname,
      port,
      path: prefix + path,
      headers: rawHeaders(method, host, headers, body),
      agent: this.#agent,
    });
  }
}

/**
 * As a flat list, which Node writes as it is; from an object it would make a map first, header by header. Then it adds
 * neither the host nor the length.
 */
function rawHeaders(
  method: TransportRequest["method"],
  host: string,
  headers: TransportRequest["headers"],
  body: string | undefined,
): readonly string[] {
  const list = "host" in headers ? [] : ["host", host];
  for (const name in headers) list.push(name, headers[name] ?? "");
  if (body !== undefined) list.push("content-length", String(Buffer.byteLength(body)));
  else if (!BODILESS_METHODS.has(method)) list.push("content-length", "0");
  return list;
}

/** One request and its answer on one connection. */
class Exchange {
  readonly #request: TransportRequest;
  #client: ClientRequest | undefined;
  #answered = false;

  constructor(request: TransportRequest) {
    this.#request = request;
  }

  run(cancellation: Cancellation, open: () => ClientRequest): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      const client = open();
      this.#client = client;
      cancellation.onCancel((reason) => {
        reject(reason);
        client.destroy();
      });
      client.on("error", reject);
      client.on("response", (message) => {
        this.#answered = true;
        collect(message, resolve, reject);
      });
      // As text it leaves with the headers in one write; as a Buffer it would need a second one.
      client.end(this.#request.body);
    });
  }

  /** Whether the server had closed the kept connection before it could have seen this request. */
  hitStaleSocket(error: unknown): boolean {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return !this.#answered && this.#client?.reusedSocket === true && STALE_SOCKET_CODES.has(code);
  }
}

function collect(
  message: IncomingMessage,
  resolve: (response: TransportResponse) => void,
  reject: (error: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  message.on("data", (chunk: Buffer) => chunks.push(chunk));
  // A body that ends early is an error here ("aborted"), never a short answer.
  message.on("error", reject);
  message.on("end", () => {
    resolve({ status: message.statusCode ?? 0, headers: headersOf(message), body: textOf(chunks) });
  });
}

function textOf(chunks: readonly Buffer[]): string {
  const [only] = chunks;
  if (only === undefined) return "";
  return (chunks.length === 1 ? only : Buffer.concat(chunks)).toString("utf8");
}

function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const cookies = headers["set-cookie"];
  // Node types every header as a possible list, but only Set-Cookie ever is one.
  return cookies === undefined
    ? (headers as Record<string, string>)
    : { ...(headers as Record<string, string>), "set-cookie": cookies.join(", ") };
}

/** What a client uses when it is given an address and no transport. */
export function defaultTransport(options: { readonly url: string }): Transport {
  return new HttpTransport(options);
}
