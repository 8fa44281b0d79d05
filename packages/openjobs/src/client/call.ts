/** One operation on the server as a value: what to send, whether it may be sent again, and how to read the answer. */
import type { ErrorContext } from "../core/codec/error.ts";
import type { Duration } from "../core/duration.ts";
import { ojsError } from "../core/errors.ts";
import type { JsonText } from "../core/job.ts";
import type { TransportRequest } from "./transport.ts";

/** See above. `T` is what the caller gets. */
export interface Call<T> {
  /** Name of the operation in errors and logs: `enqueue`, `ack`, … */
  readonly operation: string;
  readonly method: TransportRequest["method"];
  /** Starts with `/ojs/`, everything percent-encoded. */
  readonly path: string;
  readonly body?: JsonText;
  /** Beyond those that every request carries; lower-case names. The caller's own headers replace them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether it does no harm if the server gets it twice: only such calls are retried. */
  readonly repeatable: boolean;
  /** The job it is about, for errors. */
  readonly jobId?: string;
  /** Its queue, or the queue it is about, for errors. */
  readonly queue?: string;
  /** The attempt that a worker is about, for errors. */
  readonly attempt?: number;
  /** An error status whose body may be an answer all the same: an unhealthy server tells its health with a 503. */
  readonly answerStatus?: number;
  /** Reads the parsed JSON of a 2xx answer, `undefined` when that was empty. What it throws becomes `invalid_response`. */
  readonly decode: (answer: unknown, context: ErrorContext) => T;
}

/** How one call is made; the rest of a method's arguments say what is asked for. */
export interface RequestOptions {
  /** Aborting it rejects the call at once with code `aborted` and the signal's reason as `cause`. */
  readonly signal?: AbortSignal;
  /** Longest wait for one answer, instead of the client's `timeout`. */
  readonly timeout?: Duration;
  /** Longest time for the whole call, retries and pauses included, instead of the client's `totalTimeout`. */
  readonly totalTimeout?: Duration;
}

/**
 * Path of a resource under `/ojs/v1`; every segment is percent-encoded.
 *
 * @throws OjsValidationError for a segment that no resource can have as its name.
 */
export function apiPath(...segments: readonly string[]): string {
  return `/ojs/v1/${segments.map(encodeSegment).join("/")}`;
}

/** A query string with its `?`; parameters that are undefined, and lists that are empty, are left out. */
export function queryString(
  parameters: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    const text = typeof value === "object" ? value.join(",") : value;
    if (text !== undefined && text !== "") query.set(name, String(text));
  }
  return query.size === 0 ? "" : `?${query}`;
}

/** A name that is missing would be "undefined"; one that is empty, `.` or `..` would make the path lead to another resource, even percent-encoded. */
function encodeSegment(segment: string): string {
  if (typeof segment !== "string" || /^\.{0,2}$/.test(segment)) {
    throw ojsError("invalid_request", `${JSON.stringify(segment)} cannot be an id or a name.`);
  }
  return encodeURIComponent(segment);
}
