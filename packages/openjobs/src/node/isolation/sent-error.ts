/** Errors that cross from one thread to another: what a clone would lose of them is what the server is told. */
import { JobAbortError } from "../../worker/abort-reason.ts";
import { DeadLetterError, DiscardError, OutcomeError, RetryError, SnoozeError } from "../../worker/outcome-errors.ts";

/** An error as plain data. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: unknown;
  readonly retryable: unknown;
  /** Of an outcome error. */
  readonly outcome: Pick<OutcomeError, "code" | "type" | "details" | "retryAfterMs"> | undefined;
  readonly cause: SentError | undefined;
}

const DEEPEST_CAUSE = 5;

/** Writes an error down; anything else that was thrown becomes one that says what it was. */
export function sendError(thrown: unknown, depth = 0): SentError {
  const error = thrown instanceof Error ? thrown : new Error(`the handler threw ${String(thrown)} instead of an Error`);
  const { name, message, stack, cause } = error;
  const code = "code" in error ? error.code : undefined;
  const retryable = "retryable" in error ? error.retryable : undefined;
  return {
    ...{ name, message, stack },
    code: typeof code === "string" ? code : undefined,
    retryable: typeof retryable === "boolean" ? retryable : undefined,
    outcome: error instanceof OutcomeError ? outcomeOf(error) : undefined,
    cause: cause instanceof Error && depth < DEEPEST_CAUSE ? sendError(cause, depth + 1) : undefined,
  };
}

/** Reads it on the other side. */
export function receiveError(sent: SentError): Error {
  const { name, message, stack, code, retryable, outcome } = sent;
  const cause = sent.cause === undefined ? {} : { cause: receiveError(sent.cause) };
  const error = outcome === undefined ? new Error(message, cause) : outcomeError(message, outcome, cause);
  const facts = Object.entries({ stack, ...(outcome === undefined ? { name, code, retryable } : {}) });
  for (const [key, value] of facts) {
    if (value !== undefined) Object.defineProperty(error, key, { value, configurable: true, writable: true });
  }
  return error;
}

/** The reason of a signal, which handlers compare by its class. */
export function receiveReason(cause: JobAbortError["cause"] | undefined, reason: SentError): Error {
  return cause === undefined ? receiveError(reason) : new JobAbortError(cause);
}

/** Their details are the handler's own; what cannot be cloned is left behind. */
function outcomeOf({ code, type, details, retryAfterMs }: OutcomeError): NonNullable<SentError["outcome"]> {
  return { code, type, details: details === undefined ? undefined : JSON.parse(JSON.stringify(details)), retryAfterMs };
}

function outcomeError(message: string, outcome: NonNullable<SentError["outcome"]>, cause: ErrorOptions): OutcomeError {
  const { code, type, details, retryAfterMs: after = 0 } = outcome;
  const options = { ...cause, ...(type === undefined ? {} : { type }), ...(details === undefined ? {} : { details }) };
  if (code === "DISCARD") return new DiscardError(message, options);
  if (code === "DEAD_LETTER") return new DeadLetterError(message, options);
  return code === "SNOOZE" ? new SnoozeError(after, message, options) : new RetryError({ ...options, after, message });
}
