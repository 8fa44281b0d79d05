/** The HTTP events of AWS Lambda, as requests: payload format 2.0 (function URLs, HTTP APIs) and 1.0 (REST APIs, load balancers). */
import { ojsError } from "../core/errors.ts";
import { isJsonObject } from "../core/json-object.ts";

/** What is read of an event; everything else that AWS sends may be there. */
export interface LambdaHttpEvent {
  /** Names of headers in any case; values of one name are joined by commas. */
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  /** Instead of `headers`, or beside them: every value of its own (format 1.0). */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
  /** Format 2.0, where the method is in `requestContext.http`. */
  readonly rawPath?: string;
  readonly rawQueryString?: string;
  readonly requestContext?: object;
  /** Format 1.0. */
  readonly httpMethod?: string;
  readonly path?: string;
}

/** Who asked is not in a request's URL: nothing of a push call depends on it, and a header may say anything. */
const ORIGIN = "https://lambda";

/**
 * The request that an event stands for, byte by byte: that is what is signed.
 *
 * @param patienceMs When given, `X-OJS-Timeout-Ms` says no more than this.
 * @throws OjsValidationError `invalid_request` when it is no HTTP event.
 */
export function requestOf(event: LambdaHttpEvent, patienceMs: number | undefined): Request {
  const method = event.httpMethod ?? methodIn(event.requestContext);
  if (method === undefined) throw noHttpEvent();
  const headers = headersOf(event);
  if (patienceMs !== undefined) limitPatience(headers, patienceMs);
  const query = event.rawQueryString ? `?${event.rawQueryString}` : "";
  const url = `${ORIGIN}${event.rawPath ?? event.path ?? "/"}${query}`;
  if (method === "GET" || method === "HEAD") return new Request(url, { method, headers });
  return new Request(url, { method, headers, body: bytesOf(event) });
}

function methodIn(context: object = {}): string | undefined {
  const http = "http" in context ? context.http : undefined;
  return isJsonObject(http) && typeof http.method === "string" ? http.method : undefined;
}

function headersOf({ headers, multiValueHeaders }: LambdaHttpEvent): Headers {
  const all = new Headers();
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    for (const value of values ?? []) all.append(name, value);
  }
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value !== undefined && !all.has(name)) all.set(name, value);
  }
  return all;
}

/** What is cut off by Lambda is a failure of the delivery; what ends in time is told as the job's own. */
function limitPatience(headers: Headers, patienceMs: number): void {
  const said = Number(headers.get("x-ojs-timeout-ms") ?? Number.POSITIVE_INFINITY);
  if (!(said <= patienceMs)) headers.set("x-ojs-timeout-ms", String(Math.max(1, Math.floor(patienceMs))));
}

function bytesOf({ body, isBase64Encoded }: LambdaHttpEvent): Uint8Array<ArrayBuffer> {
  if (isBase64Encoded !== true) return new Uint8Array(new TextEncoder().encode(body ?? ""));
  return Uint8Array.from(atob(body ?? ""), (character) => character.charCodeAt(0));
}

function noHttpEvent(): Error {
  return ojsError("invalid_request", "This is no HTTP event of AWS Lambda: it names no method.", {
    hint: "Put a function URL, an API Gateway or a load balancer before the function; events of queues and timers have no HTTP call in them.",
    details: { field: "event.requestContext.http.method" },
  });
}
