/** What a route is: a method, a path and a function from a decoded request to an answer. */
import type { JsonText } from "../core/job.ts";
import type { JsonObject } from "../core/json-object.ts";
import type { Description } from "./openapi/description.ts";
import type { OpenStream } from "./stream.ts";

/** A request whose path has matched and whose body, if the route reads one, is a JSON object. */
export interface RouteRequest {
  readonly params: Readonly<Record<string, string | undefined>>;
  /** Without the leading `?`. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** `{}` for routes that read no body, and for an optional one that did not come. */
  readonly body: JsonObject;
  readonly signal: AbortSignal;
}

/** What a route answers; the handler adds the headers that every answer has. */
export interface Answer {
  readonly status: number;
  /** Undefined for an answer without content. */
  readonly body: JsonText | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** See {@link import("./exchange.ts").ServerResponse.undelivered}. */
  readonly undelivered?: () => void;
  /** Instead of a body: what goes on to write after the head. */
  readonly stream?: OpenStream;
  /** The jobs that the request was about, for the log. */
  readonly jobs?: readonly { readonly id: string }[];
}

/** One entry of the routing table. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Parameters are written `:name` and arrive percent-decoded. */
  readonly path: string;
  /** True when the request must carry a JSON object, `optional` when it may carry none; otherwise a body is ignored. */
  readonly readsBody?: boolean | "optional";
  /** True when it answers without the API key: probes of load balancers have none. */
  readonly open?: boolean;
  /** For the OpenAPI document, which a test holds the real answers up to: CONTRIBUTING.md, "Add a route". */
  readonly describe: Description;
  /** True when it may answer with a stream, which not every door can carry. */
  readonly streams?: boolean;
  run(request: RouteRequest): Answer | Promise<Answer>;
}

/** A 200 with this body. */
export function ok(body: JsonText, extra?: Omit<Answer, "status" | "body">): Answer {
  return { status: 200, body, ...extra };
}
