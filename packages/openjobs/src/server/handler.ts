/**
 * The way of one request: who asks, which route, is it allowed, in which format, run, answer. Everything that the head
 * of a request can be refused for is decided before its body is read.
 */
import { ojsError } from "../core/errors.ts";
import { parseJson } from "../core/json.ts";
import { isJsonObject, type JsonObject } from "../core/json-object.ts";
import type { KeyCheck } from "./api-key.ts";
import type { BrowserGuard } from "./browser-guard.ts";
import { errorAnswer, publicError } from "./error-answer.ts";
import type { RequestHead, ServerResponse } from "./exchange.ts";
import { checkBodyFormat, checkVersion, mediaTypeFor, OJS_VERSION } from "./negotiation.ts";
import type { RequestIds } from "./request-id.ts";
import type { RequestEntry, RequestLog } from "./request-log.ts";
import type { Answer, RouteRequest } from "./route.ts";
import type { Router } from "./router.ts";
import type { OpenStream } from "./stream.ts";

/** A request whose body is fetched only when its head was accepted. */
export interface Incoming {
  readonly head: RequestHead;
  /** Reads the whole body; rejects with an OjsError when it is too large or not UTF-8. */
  readBody(): Promise<string | undefined>;
  readonly signal: AbortSignal;
}

/** Through which door a request came in. */
export interface Door {
  /** False for the in-process transport: whoever holds the server object needs no key, and no browser is involved. */
  readonly guarded: boolean;
  /** True when the door can only be reached from the same machine. */
  readonly loopback: boolean;
  /** Whether an answer may go on after its head. */
  readonly streams: boolean;
}

/** An answer on its way out; with `stream` there is no body. */
export interface HandlerResponse extends Omit<ServerResponse, "stream"> {
  readonly stream?: OpenStream;
}

/** What the handler needs; created once per server. */
export interface HandlerParts {
  readonly router: Router;
  readonly checkKey: KeyCheck;
  readonly guard: BrowserGuard;
  readonly requestIds: RequestIds;
  readonly log: RequestLog;
}

/** Answers every request; never rejects. */
export type Handler = (incoming: Incoming, door: Door) => Promise<HandlerResponse>;

const NO_BODY: JsonObject = {};

/** What SDKs send, subscriptions and our own client included; a browser sends nothing of which the server has not said so. */
const REQUEST_HEADERS =
  "Content-Type, Accept, Authorization, X-Request-Id, OJS-Version, Prefer, Idempotency-Key, Cache-Control, Last-Event-ID, X-OJS-Tenant";

/** Puts the parts together. */
export function createHandler(parts: HandlerParts): Handler {
  return async (incoming, door) => {
    const { head } = incoming;
    const requestId = parts.requestIds(head.headers["x-request-id"]);
    const entry = parts.log.begin(head, requestId);
    try {
      if (door.guarded) parts.guard.check(head.headers, door.loopback);
      const answer = await respond(parts, incoming, door, entry);
      entry.end(answer);
      return finish(parts, head, requestId, answer);
    } catch (error) {
      const shown = publicError(error);
      const answer = errorAnswer(shown, requestId);
      entry.fail(answer, shown, error);
      return finish(parts, head, requestId, answer);
    }
  };
}

async function respond(parts: HandlerParts, incoming: Incoming, door: Door, entry: RequestEntry): Promise<Answer> {
  const { head } = incoming;
  if (head.method === "OPTIONS") return options(parts.router, head.path);
  const match = parts.router.find(head.method, head.path);
  if (match !== undefined) entry.routed(match.route.path);
  // Before anything is said about paths: a stranger learns nothing from 404 and 405.
  if (door.guarded && match?.route.open !== true) parts.checkKey(head.headers.authorization);
  if (match === undefined) throw unknownRoute(parts.router, head);
  checkVersion(head.headers["ojs-version"]);
  const { route, params } = match;
  if (route.streams === true && !door.streams) throw noStreams();
  const { readsBody = false } = route;
  if (readsBody === false) return route.run(new OpenedRequest(params, NO_BODY, incoming));
  checkBodyFormat(head.headers);
  const text = (await incoming.readBody()) ?? "";
  const body = text === "" && readsBody === "optional" ? NO_BODY : objectOf(text);
  return route.run(new OpenedRequest(params, body, incoming));
}

/** A class for the same reason as the in-process call: a getter in an object literal is 0.6 us. */
class OpenedRequest implements RouteRequest {
  readonly params: RouteRequest["params"];
  readonly query: string;
  readonly headers: RouteRequest["headers"];
  readonly body: JsonObject;
  readonly #incoming: Incoming;

  constructor(params: RouteRequest["params"], body: JsonObject, incoming: Incoming) {
    this.params = params;
    this.query = incoming.head.query;
    this.headers = incoming.head.headers;
    this.body = body;
    this.#incoming = incoming;
  }

  /** Kept lazy: making a signal costs, and only a fetch that waits needs one. */
  get signal(): AbortSignal {
    return this.#incoming.signal;
  }
}

function objectOf(text: string): JsonObject {
  if (text === "") {
    throw ojsError("invalid_payload", "The request body is empty.", {
      hint: "Send a JSON object.",
    });
  }
  const value = parseJson(text);
  if (isJsonObject(value)) return value;
  throw ojsError("invalid_request", "The request body must be a JSON object.", {
    details: { expected: "object" },
  });
}

/** Browsers ask before they send; the guard has refused foreign origins by now. */
function options(router: Router, path: string): Answer {
  // `OPTIONS *` asks about the server as a whole (RFC 9110 §9.3.7).
  const allow = path === "*" ? "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS" : router.methods(path).join(", ");
  if (allow === "") throw ojsError("not_found", "There is nothing at this path.");
  return {
    status: 204,
    body: undefined,
    headers: {
      allow,
      "access-control-allow-methods": allow,
      "access-control-allow-headers": REQUEST_HEADERS,
      "access-control-max-age": "86400",
    },
  };
}

function unknownRoute(router: Router, { method, path }: RequestHead): Error {
  const allowed = router.methods(path);
  if (allowed.length === 0) {
    return ojsError("not_found", "There is nothing at this path.", {
      details: { resource_type: "route" },
      hint: "Routes start with /ojs/v1/; GET /ojs/manifest tells what this server offers.",
    });
  }
  return ojsError("method_not_allowed", `This path does not answer ${method}.`, { details: { allowed } });
}

function noStreams(): Error {
  return ojsError("unsupported", "Live events are streams, which this transport does not carry.", {
    hint: "Listen on a port and use that, or read GET /ojs/v1/events from time to time.",
  });
}

function finish(parts: HandlerParts, head: RequestHead, requestId: string, answer: Answer): HandlerResponse {
  const headers = {
    "content-type": mediaTypeFor(head.headers["user-agent"]),
    "ojs-version": OJS_VERSION,
    "x-request-id": requestId,
    ...answer.headers,
    ...parts.guard.corsHeaders(head.headers),
  };
  const body = head.method === "HEAD" ? undefined : answer.body;
  const response = { status: answer.status, headers, body };
  if (answer.stream !== undefined && head.method !== "HEAD") return { ...response, stream: answer.stream };
  return answer.undelivered === undefined ? response : { ...response, undelivered: answer.undelivered };
}
