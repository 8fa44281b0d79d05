/** A stream of events that goes on when its connection does not: it comes back and says where it was. */
import { onAbort } from "../../core/abort-listeners.ts";
import { pause } from "../../core/clock.ts";
import { OjsError, ojsError } from "../../core/errors.ts";
import { isTransient, pauseBeforeRetry } from "../request-retry.ts";
import type { RequesterOptions } from "../requester-options.ts";
import { openStream, type StreamCall } from "./open-stream.ts";
import { readStream } from "./read-stream.ts";
import { type SseMessage, SseParser } from "./sse-parser.ts";

/** What to listen to, and from where on. */
export interface EventStreamRequest extends StreamCall {
  /** Where to go on; kept up to date. */
  readonly place: StreamPlace;
  /** Asked when the server has ended the stream: whether nothing more can come. */
  readonly isOver?: () => Promise<boolean>;
}

/** A place in a stream of events. */
export interface StreamPlace {
  /** The last id that the server has named; empty = from now on. */
  lastId: string;
}

/** What comes of it. */
export type StreamItem =
  /** We are listened to; `isGap` = not for the first time, and nobody could say where to go on. */
  { readonly kind: "opened"; readonly isGap: boolean } | { readonly kind: "message"; readonly message: SseMessage };

/** Servers give signs of life every 15 s (ojs-realtime §2.3). */
const SILENCE_MS = 60_000;

/** What ojs-realtime §2.3 recommends to servers. */
const USUAL_RETRY_MS = 3_000;
const MAX_PAUSE_MS = 30_000;

/**
 * Listens until the server says that there is nothing more to come, or the signal is aborted. What is not read is left to
 * the server, which may drop events of a slow reader and then says so.
 *
 * @throws OjsError when the server refuses, or `aborted`. What may be better later is tried again, for ever.
 */
export async function* eventStream(
  settings: RequesterOptions,
  request: EventStreamRequest,
  signal: AbortSignal,
): AsyncGenerator<StreamItem, void> {
  const state = { retryMs: USUAL_RETRY_MS, connections: 0, failures: 0 };
  for (;;) {
    let error: OjsError | undefined;
    if (signal.aborted) throw aborted(request, signal);
    try {
      const ended = yield* oneConnection(settings, request, state, signal);
      if (ended === "for good" || (await request.isOver?.())) return;
    } catch (cause) {
      error = asOjsError(cause, request);
    }
    if (signal.aborted) throw aborted(request, signal);
    if (error !== undefined && !isTransient(error)) throw error;
    state.failures += 1;
    await pauseAfter(settings, state, error, signal);
  }
}

interface StreamState {
  retryMs: number;
  connections: number;
  /** In a row, without a byte in between. */
  failures: number;
}

async function* oneConnection(
  settings: RequesterOptions,
  request: EventStreamRequest,
  state: StreamState,
  signal: AbortSignal,
): AsyncGenerator<StreamItem, "for good" | "for now"> {
  const { place } = request;
  const connection = new AbortController();
  const stopListening = onAbort(signal, () => connection.abort(signal.reason));
  try {
    const body = await openStream(settings, request, place.lastId, connection);
    if (body === undefined) return "for good";
    state.connections += 1;
    yield { kind: "opened", isGap: state.connections > 1 && place.lastId === "" };
    const parser = new SseParser();
    for await (const bytes of readStream(body, { clock: settings.clock, silenceMs: SILENCE_MS, connection })) {
      state.failures = 0;
      yield* messagesOf(parser, bytes, place);
      state.retryMs = parser.retryMs ?? state.retryMs;
    }
    return "for now";
  } finally {
    stopListening();
    connection.abort();
  }
}

function* messagesOf(parser: SseParser, bytes: Uint8Array, place: StreamPlace): Generator<StreamItem, void> {
  for (const message of parser.push(bytes)) {
    // Whoever leaves with an event has seen it.
    if (message.id !== "") place.lastId = message.id;
    yield { kind: "message", message };
  }
  if (parser.lastId !== "") place.lastId = parser.lastId;
}

/** At random, so that those who lost their server together do not come back together. */
function pauseAfter(
  { clock, random, logger }: RequesterOptions,
  { retryMs, failures }: StreamState,
  error: OjsError | undefined,
  signal: AbortSignal,
): Promise<void> {
  const baseDelayMs = Math.min(retryMs, MAX_PAUSE_MS);
  // Beyond this power it is the longest pause anyhow.
  const attempts = Math.min(failures, 20);
  const told = error ?? ojsError("connection_error", "The server has ended the stream.");
  const pauseMs = pauseBeforeRetry({ retries: 0, baseDelayMs, maxDelayMs: MAX_PAUSE_MS }, told, attempts, random);
  logger?.warn("a stream of events ended and is opened again", { error: told, pauseMs });
  return pause(clock, pauseMs, signal);
}

function asOjsError(cause: unknown, { operation }: StreamCall): OjsError {
  if (cause instanceof OjsError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return ojsError("connection_error", `The connection of ${operation} broke: ${reason}`, { operation, cause });
}

function aborted({ operation }: StreamCall, { reason }: AbortSignal): OjsError {
  return ojsError("aborted", `${operation} was aborted by the caller.`, { operation, cause: reason });
}
