/** When a request that failed is worth sending again, and how long to wait before that. */
import { type Duration, toMilliseconds } from "../core/duration.ts";
import { type OjsError, ojsError } from "../core/errors.ts";

/** How often and how fast a client sends a request again. Jobs have a retry policy of their own: `EnqueueOptions.retry`. */
export interface RequestRetryOptions {
  /** Retries after the first try. Default 6, which are about 6 seconds: a server that is started anew is back by then. */
  readonly retries?: number;
  /** Upper bound of the random pause before the first retry; it doubles with every further one. Default 200 ms. */
  readonly baseDelay?: Duration;
  /** Longest pause, also when the server's `Retry-After` asks for more. Default 10 s. */
  readonly maxDelay?: Duration;
}

/** The same, decided. */
export interface RequestRetry {
  readonly retries: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

/** Answers that say "not now". 500 is missing on purpose: it says that something is broken. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** No answer at all. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set(["connection_error", "timeout"]);

/** Fills in the defaults; `false` = never retry. */
export function readRequestRetry(options: RequestRetryOptions | false = {}): RequestRetry {
  const { retries = 6, baseDelay = 200, maxDelay = 10_000 } = options === false ? { retries: 0 } : options;
  if (!Number.isInteger(retries) || retries < 0) {
    throw ojsError("invalid_request", "The option `retry.retries` must be a whole number of at least 0.", {
      details: { field: "retry.retries" },
    });
  }
  return { retries, baseDelayMs: toMilliseconds(baseDelay), maxDelayMs: toMilliseconds(maxDelay) };
}

/** Whether the same request may succeed later without anybody changing anything. */
export function isTransient(error: OjsError): boolean {
  return TRANSIENT_CODES.has(error.code) || TRANSIENT_STATUSES.has(error.status);
}

/**
 * Pause before the next try, in milliseconds: full jitter, so that clients that failed together do not come back together.
 * After `attempts` tries.
 */
export function pauseBeforeRetry(
  { baseDelayMs, maxDelayMs }: RequestRetry,
  { retryAfterMs }: OjsError,
  attempts: number,
  random: () => number,
): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, maxDelayMs) + random() * baseDelayMs;
  return random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempts - 1));
}
