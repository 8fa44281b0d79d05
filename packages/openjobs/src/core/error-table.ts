/** The one table of errors: status, whether repeating may help, what to do, where to read on (ojs-http-binding §16.3). */

/** What all errors of one name have in common. */
export interface ErrorFacts {
  /** The wire code, where it differs from the name. */
  readonly code?: string;
  /** HTTP status; 0 = there was no usable answer, so there is no status. */
  readonly status: number;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What to do about it, when the thrower knows nothing better. */
  readonly hint: string;
  /** Entry of the specification's error catalogue. */
  readonly docs: string;
  /** The wire's `type`, for errors that the suites tell apart by it. */
  readonly type?: string;
  readonly retryAfterMs?: number;
}

/** What an error is called in the code; the wire's code is the same word unless the table says otherwise. */
export type ErrorName =
  | "invalid_payload"
  | "invalid_request"
  | "unauthorized"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "conflict"
  | "duplicate"
  | "payload_too_large"
  | "validation_error"
  | "unsupported"
  | "rate_limited"
  | "queue_full"
  | "internal_error"
  | "backend_error"
  | "connection_error"
  | "timeout"
  | "aborted"
  | "invalid_response"
  | "job_failed"
  | "workflow_failed";

/** Errors by name. Server-side names come first; those from `connection_error` on exist only in clients. */
export const ERRORS: Readonly<Record<ErrorName, ErrorFacts>> = {
  invalid_payload: {
    status: 400,
    retryable: false,
    hint: "Send one well-formed JSON document in UTF-8.",
    docs: "INVALID_PAYLOAD",
  },
  invalid_request: {
    status: 400,
    retryable: false,
    hint: "Correct the field named in details.field and send the request again.",
    docs: "INVALID_PAYLOAD",
  },
  unauthorized: {
    status: 401,
    retryable: false,
    hint: "Send the server's API key as 'Authorization: Bearer KEY'.",
    docs: "UNAUTHENTICATED",
  },
  forbidden: {
    status: 403,
    retryable: false,
    hint: "Use a key or an origin that this server permits.",
    docs: "PERMISSION_DENIED",
  },
  not_found: {
    status: 404,
    retryable: false,
    hint: "Check the id or the path; finished jobs may have been removed.",
    docs: "NOT_FOUND",
  },
  method_not_allowed: {
    status: 405,
    retryable: false,
    hint: "Use one of the methods in details.allowed.",
    docs: "INVALID_PAYLOAD",
  },
  conflict: {
    status: 409,
    retryable: false,
    hint: "Read the resource again: it is not in the state that this request needs.",
    docs: "INVALID_STATE_TRANSITION",
  },
  duplicate: {
    status: 409,
    retryable: false,
    hint: "A job like this exists already; use it, or enqueue under another id.",
    docs: "DUPLICATE_JOB",
  },
  payload_too_large: {
    status: 413,
    retryable: false,
    hint: "Store large data elsewhere and send a reference to it.",
    docs: "PAYLOAD_TOO_LARGE",
  },
  /** The suites want 422 and this type for retry policies, but 400 for all else (conformance contract, row 6). */
  validation_error: {
    code: "invalid_request",
    type: "validation_error",
    status: 422,
    retryable: false,
    hint: "Correct the field named in details.field and send the request again.",
    docs: "INVALID_RETRY_POLICY",
  },
  unsupported: {
    status: 422,
    retryable: false,
    hint: "The manifest at /ojs/manifest lists what this server can do.",
    docs: "UNSUPPORTED_FEATURE",
  },
  rate_limited: {
    status: 429,
    retryable: true,
    hint: "Wait for the time in Retry-After, then try again.",
    docs: "RATE_LIMITED",
  },
  queue_full: {
    code: "QUEUE_FULL",
    status: 429,
    retryable: true,
    retryAfterMs: 1_000,
    hint: "Wait for the time in Retry-After, then try again; a batch must fit under the bound as a whole.",
    docs: "QUEUE_FULL",
  },
  internal_error: {
    status: 500,
    retryable: false,
    hint: "This is a defect of the server; report it with the request id.",
    docs: "BACKEND_ERROR",
  },
  backend_error: {
    status: 503,
    retryable: true,
    retryAfterMs: 1_000,
    hint: "The server's storage did not answer; try again after the time in Retry-After.",
    docs: "BACKEND_ERROR",
  },
  connection_error: {
    status: 0,
    retryable: true,
    hint: "Check the server's address and that it is running.",
    docs: "BACKEND_UNAVAILABLE",
  },
  timeout: {
    status: 0,
    retryable: true,
    hint: "The server did not answer in time; raise the client's timeout or look at the server's load.",
    docs: "BACKEND_TIMEOUT",
  },
  aborted: {
    status: 0,
    retryable: false,
    hint: "The caller's AbortSignal ended this call; whether the server has done the work is unknown.",
    docs: "BACKEND_TIMEOUT",
  },
  invalid_response: {
    status: 0,
    retryable: false,
    hint: "The answer is not Open Job Spec JSON; check that the URL leads to an OJS server and not to a proxy's page.",
    docs: "BACKEND_ERROR",
  },
  job_failed: {
    status: 0,
    retryable: false,
    hint: "The error's `errors` say what went wrong in each attempt; a job that was discarded can be retried by an operator.",
    docs: "HANDLER_ERROR",
  },
  workflow_failed: {
    status: 0,
    retryable: false,
    hint: "The error's `errors` say why; `retryWorkflow` runs the failed steps again.",
    docs: "HANDLER_ERROR",
  },
};

/** Address of a catalogue entry. */
export function docsUrlOf(entry: string): string {
  return `https://openjobspec.org/errors/${entry}`;
}
