/**
 * Carries one call to the server: headers, one request id per call, timeout, retries. Loaded with the first call of a
 * program: who has made a client may never use it (docs/adr/041-what-is-loaded-when.md).
 */
import { pause } from "../core/clock.ts";
import type { ErrorContext } from "../core/codec/error.ts";
import { OjsError, ojsError } from "../core/errors.ts";
import { readAnswer } from "./answer.ts";
import { type Attempt, attempt } from "./attempt.ts";
import type { Call, RequestOptions } from "./call.ts";
import { requestHeaders } from "./headers.ts";
import { readTimeout } from "./read-timeout.ts";
import { isTransient, pauseBeforeRetry } from "./request-retry.ts";
import type { RequesterOptions } from "./requester-options.ts";
import type { TransportRequest } from "./transport.ts";

/** One call under way. */
interface Passage {
  readonly request: TransportRequest;
  readonly requestId: string;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly deadline: number;
}

/** See {@link Requester.run}. */
export async function carry<T>(settings: RequesterOptions, call: Call<T>, options: RequestOptions): Promise<T> {
  const { transport, clock } = settings;
  const passage = begin(settings, call, options);
  for (let attempts = 1; ; attempts += 1) {
    const timeoutMs = Math.min(passage.timeoutMs, passage.deadline - clock.now());
    const outcome = await attempt(transport, passage.request, { clock, timeoutMs, signal: passage.signal });
    try {
      const context = contextOf(call, passage, attempts, clock.now());
      if (outcome.kind === "answered") return readAnswer(call, outcome.response, context);
      throw unanswered(outcome, context, timeoutMs);
    } catch (error) {
      const pauseMs = call.repeatable ? pauseWithin(settings, error, passage.deadline, attempts) : undefined;
      if (pauseMs === undefined) throw error;
      const { requestId, signal } = passage;
      settings.logger?.warn("a request failed and is sent again", { error, requestId, attempts, pauseMs });
      await pause(clock, pauseMs, signal);
    }
  }
}

/** How long to wait before a call is repeated that has failed after so many tries; undefined = it is not repeated. */
export function pauseAfter({ retry, random }: RequesterOptions, error: unknown, attempts: number): number | undefined {
  if (retry.retries < attempts || !(error instanceof OjsError) || !isTransient(error)) return undefined;
  return pauseBeforeRetry(retry, error, attempts, random);
}

function begin(
  settings: RequesterOptions,
  call: Call<unknown>,
  { signal, timeout, totalTimeout }: RequestOptions,
): Passage {
  const { timeoutMs, totalTimeoutMs, clock, newId } = settings;
  const requestId = `req_${newId()}`;
  return {
    request: requestOf(settings, call, requestId),
    requestId,
    signal,
    timeoutMs: readTimeout("timeout", timeout) ?? timeoutMs,
    deadline: clock.now() + (readTimeout("totalTimeout", totalTimeout) ?? totalTimeoutMs),
  };
}

function requestOf(settings: RequesterOptions, call: Call<unknown>, requestId: string): TransportRequest {
  const { method, path, body, repeatable } = call;
  const headers = requestHeaders(settings.headers, requestId, call);
  return { method, path, headers, repeatable, ...(body === undefined ? {} : { body }) };
}

/** The same, unless the call's time is over by then. */
function pauseWithin(
  settings: RequesterOptions,
  error: unknown,
  deadline: number,
  attempts: number,
): number | undefined {
  const pauseMs = pauseAfter(settings, error, attempts);
  return pauseMs !== undefined && settings.clock.now() + pauseMs < deadline ? pauseMs : undefined;
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
