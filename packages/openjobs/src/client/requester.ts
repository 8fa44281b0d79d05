/**
 * Carries calls to the server: headers, one request id per call, timeout, retries. Client and worker share it, so both
 * fail in the same ways and with the same errors.
 */
import { type Clock, pause } from "../core/clock.ts";
import { encodeMs } from "../core/codec/enqueue-options-encode.ts";
import type { ErrorContext } from "../core/codec/error.ts";
import type { Duration } from "../core/duration.ts";
import { OjsError, ojsError } from "../core/errors.ts";
import { readAnswer } from "./answer.ts";
import { type Attempt, attempt } from "./attempt.ts";
import type { Call, RequestOptions } from "./call.ts";
import { requestHeaders } from "./headers.ts";
import type { Logger } from "./logger.ts";
import { isTransient, pauseBeforeRetry, type RequestRetry } from "./request-retry.ts";
import type { Transport, TransportRequest } from "./transport.ts";

/** What a {@link Requester} works with. */
export interface RequesterOptions {
  readonly transport: Transport;
  /** Sent with every request; lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** For one answer. */
  readonly timeoutMs: number;
  /** For a whole call. */
  readonly totalTimeoutMs: number;
  readonly retry: RequestRetry;
  readonly logger: Logger | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly newId: () => string;
}

/** One call under way. */
interface Passage {
  readonly request: TransportRequest;
  readonly requestId: string;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly deadline: number;
}

/** See above. */
export class Requester {
  readonly #options: RequesterOptions;

  constructor(options: RequesterOptions) {
    this.#options = options;
  }

  /**
   * Makes the call and resolves with what its `decode` returned.
   *
   * @throws OjsError, always: `aborted`, `timeout`, `connection_error`, `invalid_response`, or the server's own code.
   */
  async run<T>(call: Call<T>, options: RequestOptions = {}): Promise<T> {
    const { transport, clock } = this.#options;
    const passage = this.#begin(call, options);
    for (let attempts = 1; ; attempts += 1) {
      const timeoutMs = Math.min(passage.timeoutMs, passage.deadline - clock.now());
      const outcome = await attempt(transport, passage.request, { clock, timeoutMs, signal: passage.signal });
      try {
        const context = contextOf(call, passage, attempts, clock.now());
        if (outcome.kind === "answered") return readAnswer(call, outcome.response, context);
        throw unanswered(outcome, context, timeoutMs);
      } catch (error) {
        const pauseMs = this.#pauseWithin(error, call, passage, attempts);
        if (pauseMs === undefined) throw error;
        this.#tell(error, pauseMs, passage, attempts);
        await pause(clock, pauseMs, passage.signal);
      }
    }
  }

  #begin(call: Call<unknown>, { signal, timeout, totalTimeout }: RequestOptions): Passage {
    const { timeoutMs, totalTimeoutMs, clock, newId } = this.#options;
    const requestId = `req_${newId()}`;
    return {
      request: this.#requestOf(call, requestId),
      requestId,
      signal,
      timeoutMs: readTimeout("timeout", timeout) ?? timeoutMs,
      deadline: clock.now() + (readTimeout("totalTimeout", totalTimeout) ?? totalTimeoutMs),
    };
  }

  #requestOf(call: Call<unknown>, requestId: string): TransportRequest {
    const { method, path, body, repeatable } = call;
    const headers = requestHeaders(this.#options.headers, requestId, call);
    return { method, path, headers, repeatable, ...(body === undefined ? {} : { body }) };
  }

  /** What it works with, for those who have requests of another kind. */
  get options(): RequesterOptions {
    return this.#options;
  }

  /** How long a whole call may take unless it says otherwise, in milliseconds. */
  get totalTimeoutMs(): number {
    return this.#options.totalTimeoutMs;
  }

  /** How long to wait before a call is repeated that has failed after so many tries; undefined = it is not repeated. */
  pauseAfter(error: unknown, attempts: number): number | undefined {
    const { retry, random } = this.#options;
    if (retry.retries < attempts || !(error instanceof OjsError) || !isTransient(error)) return undefined;
    return pauseBeforeRetry(retry, error, attempts, random);
  }

  #pauseWithin(error: unknown, call: Call<unknown>, passage: Passage, attempts: number): number | undefined {
    const pauseMs = call.repeatable ? this.pauseAfter(error, attempts) : undefined;
    if (pauseMs === undefined) return undefined;
    return this.#options.clock.now() + pauseMs < passage.deadline ? pauseMs : undefined;
  }

  #tell(error: unknown, pauseMs: number, { requestId }: Passage, attempts: number): void {
    this.#options.logger?.warn("a request failed and is sent again", { error, requestId, attempts, pauseMs });
  }
}

/** A timeout that a caller gave, in milliseconds; undefined when there is none. */
export function readTimeout(field: string, value: Duration | undefined): number | undefined {
  const ms = encodeMs(field, value);
  if (ms === undefined || ms > 0) return ms;
  throw ojsError("invalid_request", `\`${field}\` must be longer than nothing.`, { details: { field } });
}

function contextOf(call: Call<unknown>, { requestId }: Passage, attempts: number, now: number): ErrorContext {
  const { operation, jobId, queue, attempt } = call;
  return { operation, requestId, attempts, now, jobId, queue, attempt };
}

type Unanswered = Exclude<Attempt, { readonly kind: "answered" }>;

/** Why there is no answer. */
export function unanswered(outcome: Unanswered, context: ErrorContext, timeoutMs: number): OjsError {
  const { operation, attempts } = context;
  switch (outcome.kind) {
    case "aborted":
      return ojsError("aborted", `${operation} was aborted by the caller.`, { ...context, cause: outcome.reason });
    case "timed-out":
      // Of the last try, whose time may be the little that was left.
      return ojsError(
        "timeout",
        `${operation} got no answer within ${Math.round(timeoutMs)} ms (try ${attempts}).`,
        context,
      );
    case "failed":
      return ojsError("connection_error", `${operation} could not reach the server: ${textOf(outcome.cause)}`, {
        ...context,
        cause: outcome.cause,
      });
  }
}

/** `fetch` hides what went wrong in the cause of its "fetch failed"; attempts at several addresses have no message. */
function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.cause instanceof Error) return textOf(cause.cause);
  return cause.message !== "" ? cause.message : "code" in cause ? String(cause.code) : cause.name;
}
