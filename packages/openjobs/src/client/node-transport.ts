/**
 * The transport for Node: `node:http` with kept connections, an eighth of `fetch`'s CPU time per call. Takes the place of
 * `fetch-transport.ts` through `imports` in package.json.
 */
import { type Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps, Agent as SecureAgent } from "node:https";
import { onAbort } from "../core/abort-listeners.ts";
import { type BaseUrl, parseBaseUrl } from "./base-url.ts";
import { Cancellation, type CancellingTransport } from "./cancellation.ts";
import { KeptConnections } from "./node-connections.ts";
import { explained } from "./node-mismatch.ts";
import { openNodeStream } from "./node-stream.ts";
import { tlsFromEnvironment } from "./node-tls.ts";
import type { Transport, TransportRequest, TransportResponse, TransportStream } from "./transport.ts";

/** How an {@link HttpTransport} reaches its server. */
export interface HttpTransportOptions {
  /** Address of the server, with a path prefix if it has one: `https://example.com/jobs`. */
  readonly url: string;
  /** Connections at a time; further requests wait for one. Default 64. */
  readonly maxSockets?: number;
  /**
   * Another agent, for example an `https.Agent` with your own certificates; `maxSockets` is then the agent's. It stays yours:
   * closing the transport leaves it alone, because others may be using it.
   */
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
 * Talks to a server over kept `node:http(s)` connections: what clients and workers on Node use when they are given an address.
 *
 * Redirects are not followed, and certificates are checked as Node checks them, unless `agent` says otherwise or the environment
 * names files: `OJS_TLS_CA_FILE`, and for a client certificate `OJS_TLS_CERT_FILE` and `OJS_TLS_KEY_FILE`.
 *
 * @example
 * import { readFileSync } from "node:fs";
 * import { Agent } from "node:https";
 * import { OjsClient } from "openjobs";
 * import { HttpTransport } from "openjobs/node";
 *
 * const agent = new Agent({ keepAlive: true, ca: readFileSync("ca.pem") });
 * const client = new OjsClient({ transport: new HttpTransport({ url: "https://jobs.internal", agent }) });
 */
export class HttpTransport implements CancellingTransport {
  readonly #base: BaseUrl;
  readonly #agent: Agent;
  readonly #agentIsOurs: boolean;
  readonly #request: typeof requestHttp;

  /** @throws OjsValidationError when `url` is not an http(s) address, or a file of the environment cannot be read. */
  constructor(options: HttpTransportOptions) {
    this.#base = parseBaseUrl(options.url);
    const secure = this.#base.protocol === "https:";
    this.#request = secure ? requestHttps : requestHttp;
    const maxSockets = options.maxSockets ?? DEFAULT_MAX_SOCKETS;
    this.#agentIsOurs = options.agent === undefined;
    this.#agent =
      options.agent ??
      (secure
        ? new SecureAgent({ keepAlive: true, maxSockets, ...tlsFromEnvironment() })
        : new KeptConnections(this.#base, maxSockets));
  }

  /** See {@link Transport.request}. */
  async request(request: TransportRequest): Promise<TransportResponse> {
    const { signal } = request;
    if (signal?.aborted) throw signal.reason;
    const cancellation = new Cancellation();
    const stopListening = onAbort(signal, () => cancellation.cancel(signal?.reason));
    try {
      const { status, headers, body } = await this.requestUnless(cancellation, request);
      return { status, headers, body };
    } finally {
      stopListening();
    }
  }

  /** @internal The answer's headers are no plain property: see {@link ReceivedAnswer}. */
  requestUnless(cancellation: Cancellation, request: TransportRequest): Promise<TransportResponse> {
    return new Exchange(request, (again) => this.#open(again, this.#agent)).run(cancellation);
  }

  /**
   * See {@link Transport.stream}. It takes a connection of its own, because it keeps it: none of those that calls share, unless
   * the agent is the caller's.
   */
  stream(request: TransportRequest): Promise<TransportStream> {
    const agent = this.#agentIsOurs ? false : this.#agent;
    return openNodeStream(this.#open(request, agent), request, headersOf);
  }

  /** Closes idle connections; those in use are closed as soon as their answer is complete. Not those of an agent of the caller's. */
  async close(): Promise<void> {
    if (this.#agentIsOurs) this.#closeAgent();
  }

  #closeAgent(): void {
    if (this.#agent instanceof KeptConnections) {
      this.#agent.close();
      return;
    }
    this.#agent.maxFreeSockets = 0;
    for (const sockets of Object.values(this.#agent.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }

  #open({ method, path, headers, body }: TransportRequest, agent: Agent | false): ClientRequest {
    const { hostname, port, prefix, host } = this.#base;
    return this.#request({
      method,
      hostname,
      port,
      path: prefix + path,
      headers: rawHeaders(method, host, headers, body),
      agent,
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

/** One request and its answer, on a second connection if need be. There is one promise for all of it. */
class Exchange {
  readonly #request: TransportRequest;
  readonly #open: (request: TransportRequest) => ClientRequest;
  #client: ClientRequest | undefined;
  /** Whether the same may be sent again on another connection, when this one turns out to be dead. */
  #hasSecondTry: boolean;
  #resolve: (response: TransportResponse) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(request: TransportRequest, open: (request: TransportRequest) => ClientRequest) {
    this.#request = request;
    this.#open = open;
    this.#hasSecondTry = request.repeatable ?? REPEATABLE_METHODS.has(request.method);
  }

  run(cancellation: Cancellation): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      cancellation.onCancel((reason) => {
        this.#hasSecondTry = false;
        reject(reason);
        this.#client?.destroy();
      });
      this.#send();
    });
  }

  #send(): void {
    const client = this.#open(this.#request);
    this.#client = client;
    client.on("error", (error) => this.#failed(client, error));
    client.on("response", (message) => {
      this.#hasSecondTry = false;
      collect(message, this.#resolve, this.#reject);
    });
    // As text it leaves with the headers in one write; as a Buffer it would need a second one.
    client.end(this.#request.body);
  }

  /** The server may have closed a kept connection before it could have seen this request. */
  #failed({ reusedSocket }: ClientRequest, error: unknown): void {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (this.#hasSecondTry && reusedSocket && STALE_SOCKET_CODES.has(code)) {
      this.#hasSecondTry = false;
      this.#send();
    } else {
      this.#reject(explained(error));
    }
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
    resolve(new ReceivedAnswer(message, textOf(chunks)));
  });
}

class ReceivedAnswer implements TransportResponse {
  readonly status: number;
  readonly body: string;
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage, body: string) {
    this.status = message.statusCode ?? 0;
    this.body = body;
    this.#message = message;
  }

  /** Node makes them of the raw ones at the first look, which takes it 3 us; nobody looks at those of a success. */
  get headers(): TransportResponse["headers"] {
    return headersOf(this.#message);
  }
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
