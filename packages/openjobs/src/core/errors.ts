/** The error that everything in this package throws, in the client and in the server alike (ojs-http-binding §16). */
import { docsUrlOf, ERRORS, type ErrorFacts, type ErrorName } from "./error-table.ts";

/** What is known about one occurrence beyond its code; whatever is left out comes from the table of errors. */
export interface OjsErrorExtra {
  readonly status?: number;
  readonly retryable?: boolean;
  /** Facts for programs; wire names, because they travel as they are. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly hint?: string;
  readonly docsUrl?: string;
  readonly requestId?: string;
  /** The client method that failed: `enqueue`. */
  readonly operation?: string;
  readonly jobId?: string | undefined;
  readonly queue?: string | undefined;
  /** Of the job: which attempt a worker was about. */
  readonly attempt?: number | undefined;
  /** How long to wait before trying again, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly type?: string;
  /** How many requests the client has sent for this call. */
  readonly attempts?: number;
  readonly cause?: unknown;
}

/**
 * Anything that went wrong. Branch on the subclass or on `code`; show `message` and `hint` to people.
 *
 * @example
 * try {
 *   await client.enqueue("email.send", { to: "a@example.com" });
 * } catch (error) {
 *   if (error instanceof OjsError) console.error(error.code, error.message, error.hint, error.requestId);
 * }
 */
export class OjsError extends Error {
  override readonly name: string = "OjsError";
  /** Lower-case code of ojs-http-binding §16.3: `not_found`. Unknown ones from other servers stay as they came. */
  readonly code: string;
  /** HTTP status; 0 when there was no usable answer. */
  readonly status: number;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly docsUrl: string;
  declare readonly details?: Readonly<Record<string, unknown>>;
  /** What to do about it. */
  declare readonly hint?: string;
  declare readonly requestId?: string;
  /** The client method that failed. */
  declare readonly operation?: string;
  declare readonly jobId?: string;
  /** The queue that it was about. */
  declare readonly queue?: string;
  /** The attempt of the job that a worker was reporting on. */
  declare readonly attempt?: number;
  /** How often the client sent the request. */
  declare readonly attempts?: number;
  /** How long to wait before trying again, in milliseconds. */
  declare readonly retryAfterMs?: number;
  /** Finer than `code` where the specification asks for it: `validation_error`. */
  declare readonly type?: string;

  /** @param code A name of the table of errors, or a code that another server made up. */
  constructor(code: string, message: string, extra: OjsErrorExtra = {}) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
    const facts = factsOf(code);
    this.code = facts.code ?? code;
    this.status = extra.status ?? facts.status;
    this.retryable = extra.retryable ?? facts.retryable;
    this.docsUrl = extra.docsUrl ?? docsUrlOf(facts.docs);
    const optional = {
      details: extra.details,
      hint: extra.hint ?? facts.hint,
      requestId: extra.requestId,
      operation: extra.operation,
      jobId: extra.jobId,
      queue: extra.queue,
      attempt: extra.attempt,
      attempts: extra.attempts,
      // An error that was read from an answer (it brings its status) knows only what that answer said.
      retryAfterMs: extra.retryAfterMs ?? (extra.status === undefined ? facts.retryAfterMs : undefined),
      type: extra.type ?? facts.type,
    };
    // Absent members stay absent, so that a printed error shows only what is known.
    Object.assign(this, Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)));
  }
}

/** The request itself is wrong (400, 405, 413, 422); `details.field` says where. */
export class OjsValidationError extends OjsError {
  override readonly name: string = "OjsValidationError";
}

/** The key is missing, wrong or not good enough (401, 403). */
export class OjsAuthError extends OjsError {
  override readonly name: string = "OjsAuthError";
}

/** There is no such job, queue or path (404). */
export class OjsNotFoundError extends OjsError {
  override readonly name: string = "OjsNotFoundError";
}

/** The job is not in the state that the request needs, or exists already (409). */
export class OjsConflictError extends OjsError {
  override readonly name: string = "OjsConflictError";
}

/** The queue is paused and takes no jobs. Servers may accept them all the same, as this package's does (ojs-errors §5.3). */
export class OjsQueuePausedError extends OjsError {
  override readonly name: string = "OjsQueuePausedError";
}

/** Too many requests (429); `retryAfterMs` says how long to wait. */
export class OjsRateLimitError extends OjsError {
  override readonly name: string = "OjsRateLimitError";
}

/** The server or its storage is in trouble (5xx). */
export class OjsBackendError extends OjsError {
  override readonly name: string = "OjsBackendError";
}

/** No complete answer arrived. */
export class OjsConnectionError extends OjsError {
  override readonly name: string = "OjsConnectionError";
}

/** No complete answer arrived in time. */
export class OjsTimeoutError extends OjsError {
  override readonly name: string = "OjsTimeoutError";
}

/**
 * Makes the error of the class that fits its status.
 *
 * @param name An entry of the table of errors.
 * @example
 * throw ojsError("not_found", "There is no job with this id.", { details: { resource_type: "job" } });
 */
export function ojsError(name: ErrorName, message: string, extra: OjsErrorExtra = {}): OjsError {
  return errorOf(name, message, extra);
}

/** Like {@link ojsError}, for codes that came from elsewhere and may not be in the table. */
export function errorOf(code: string, message: string, extra: OjsErrorExtra): OjsError {
  const status = extra.status ?? factsOf(code).status;
  const kind = status === 0 ? CLASS_BY_CODE[code] : (CLASS_BY_STATUS[status] ?? classOfRange(status));
  if (/^queue_paused$/i.test(code)) return new OjsQueuePausedError(code, message, extra);
  return new (kind ?? OjsError)(code, message, extra);
}

/** The same error in other words, or with other facts. */
export function retold(error: OjsError, message: string, changes: OjsErrorExtra): OjsError {
  return errorOf(error.code, message, { ...error, cause: error.cause, ...changes });
}

const CLASS_BY_STATUS: Readonly<Record<number, typeof OjsError>> = {
  400: OjsValidationError,
  401: OjsAuthError,
  403: OjsAuthError,
  404: OjsNotFoundError,
  405: OjsValidationError,
  409: OjsConflictError,
  413: OjsValidationError,
  422: OjsValidationError,
  429: OjsRateLimitError,
};

const CLASS_BY_CODE: Readonly<Record<string, typeof OjsError | undefined>> = {
  connection_error: OjsConnectionError,
  timeout: OjsTimeoutError,
};

function classOfRange(status: number): typeof OjsError {
  return status >= 500 ? OjsBackendError : OjsError;
}

/** Foreign codes are not retryable (ojs-http-binding §16.3), unless the caller knows better. */
const UNKNOWN: ErrorFacts = {
  status: 500,
  retryable: false,
  hint: "This code is not part of the specification; the server's documentation should explain it.",
  docs: "BACKEND_ERROR",
};

function factsOf(code: string): ErrorFacts {
  return Object.hasOwn(ERRORS, code) ? ERRORS[code as ErrorName] : UNKNOWN; // hasOwn proves the name
}
