/**
 * A server on memory storage and short ways to talk to it, for tests of the HTTP edge. Whatever it answers must be readable
 * for the strictest of the official SDKs and be as the OpenAPI document says, also where a test looks at something else.
 */
import type { ServerResponse } from "../../src/server/exchange.ts";
import { createServer, type OjsServer, type ServerOptions } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";
import { expectStrict, strictly } from "../support/strict-transport.ts";
import { expectDescribed } from "./openapi/described.ts";

/** Options of a test server; the storage is memory unless given. */
export type TestServerOptions = Partial<ServerOptions>;

/** A request in the words of a test. */
export interface TestRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** An answer whose body is parsed. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into bodies of any shape
  readonly body: any;
  readonly raw: ServerResponse;
}

/** A server under test; disposes of itself with `await using`. */
export interface TestServer extends AsyncDisposable {
  readonly server: OjsServer;
  call(method: string, target: string, request?: TestRequest): Promise<TestAnswer>;
  post(target: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<TestAnswer>;
  get(target: string, headers?: Readonly<Record<string, string>>): Promise<TestAnswer>;
  del(target: string): Promise<TestAnswer>;
  /** Enqueues a job and returns it. */
  // biome-ignore lint/suspicious/noExplicitAny: see TestAnswer.body
  enqueue(job?: object): Promise<any>;
  /** Fetches one job from the queue `default`. */
  // biome-ignore lint/suspicious/noExplicitAny: see TestAnswer.body
  fetchOne(request?: object): Promise<any>;
}

/** Text for a scraper, which no SDK reads. */
function isPlain({ headers }: ServerResponse): boolean {
  return headers["content-type"] === "text/plain";
}

export async function testServer(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await createServer({ storage: memory(), ...options });

  async function call(method: string, target: string, request: TestRequest = {}): Promise<TestAnswer> {
    const [path = "", query = ""] = target.split("?");
    const { body, headers = {}, signal = new AbortController().signal } = request;
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const raw = await server.handle({ method, path, query, headers, body: text, signal });
    if (!isPlain(raw)) expectStrict({ method, path, headers }, raw);
    const contentType = raw.headers["content-type"] ?? "";
    await expectDescribed({ method, path, status: raw.status, contentType, text: raw.body });
    return {
      status: raw.status,
      headers: raw.headers,
      text: raw.body,
      body: raw.body === undefined || isPlain(raw) ? undefined : JSON.parse(raw.body),
      raw,
    };
  }

  const post: TestServer["post"] = (target, body, headers = {}) => call("POST", target, { body, headers });
  return {
    server: { ...server, transport: strictly(server.transport) },
    call,
    post,
    get: (target, headers = {}) => call("GET", target, { headers }),
    del: (target) => call("DELETE", target),
    enqueue: async (job = {}) => (await post("/ojs/v1/jobs", { type: "test.job", args: [], ...job })).body.job,
    fetchOne: async (request = {}) =>
      (await post("/ojs/v1/workers/fetch", { queues: ["default"], ...request })).body.jobs[0],
    [Symbol.asyncDispose]: () => server.close({ graceMs: 0 }),
  };
}
