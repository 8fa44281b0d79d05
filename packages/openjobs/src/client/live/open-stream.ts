/** Opens a stream of events: the head of its answer, or the error that says why there is none. */
import { decodeError, type ErrorContext } from "../../core/codec/error.ts";
import { type OjsError, ojsError } from "../../core/errors.ts";
import { unanswered } from "../carry.ts";
import { requestHeaders } from "../headers.ts";
import type { RequesterOptions } from "../requester-options.ts";
import type { TransportStream } from "../transport.ts";
import { orAborted, readStream } from "./read-stream.ts";

/** What to listen to. */
export interface StreamCall {
  /** The client method, for errors. */
  readonly operation: string;
  /** Starts with `/ojs/`. */
  readonly path: string;
  readonly jobId?: string;
}

/** More of a refusal than anybody reads. */
const MAX_REFUSAL_CHARS = 65_536;

const STREAM_TYPE = "text/event-stream";

/**
 * Sends the request; undefined when the server has nothing to tell and never will (204).
 *
 * @param lastId Where to go on; empty = from now on.
 * @param connection Ends the stream, also after its head.
 * @throws OjsError, always.
 */
export async function openStream(
  settings: RequesterOptions,
  call: StreamCall,
  lastId: string,
  connection: AbortController,
): Promise<TransportStream["body"] | undefined> {
  const { operation, jobId } = call;
  const requestId = `req_${settings.newId()}`;
  const facts = { operation, requestId, attempts: 1, ...(jobId === undefined ? {} : { jobId }) };
  const context = (): ErrorContext => ({ ...facts, now: settings.clock.now() });
  const resume = lastId === "" ? {} : { "last-event-id": lastId };
  const headers = { ...requestHeaders(settings.headers, requestId, { headers: resume }), accept: STREAM_TYPE };
  const stream = await headOf(settings, { path: call.path, headers }, connection, context);
  if (stream.status === 204) return undefined;
  const isStream = stream.status === 200 && stream.headers["content-type"]?.startsWith(STREAM_TYPE);
  return isStream ? stream.body : refuse(settings, stream, connection, context());
}

/** The head has to come within the time for an answer; what comes after it may take for ever. */
async function headOf(
  settings: RequesterOptions,
  head: { readonly path: string; readonly headers: TransportStream["headers"] },
  connection: AbortController,
  context: () => ErrorContext,
): Promise<TransportStream> {
  const { transport, clock, timeoutMs } = settings;
  if (transport.stream === undefined) throw noStreams(context());
  let isLate = false;
  const stopTimer = clock.schedule(clock.now() + timeoutMs, () => {
    isLate = true;
    connection.abort();
  });
  const { signal } = connection;
  try {
    return await orAborted(signal, transport.stream({ method: "GET", ...head, signal }));
  } catch (cause) {
    throw unanswered(isLate ? { kind: "timed-out" } : { kind: "failed", cause }, context(), timeoutMs);
  } finally {
    stopTimer();
  }
}

async function refuse(
  settings: RequesterOptions,
  { status, headers, body }: TransportStream,
  connection: AbortController,
  context: ErrorContext,
): Promise<never> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of readStream(body, { clock: settings.clock, silenceMs: settings.timeoutMs, connection })) {
    text += decoder.decode(bytes, { stream: true });
    if (text.length > MAX_REFUSAL_CHARS) break;
  }
  if (status >= 300) throw decodeError(status, headers, text, context);
  const message = `The server answered ${status}, but not with a stream of events.`;
  throw ojsError("invalid_response", message, { ...context, status });
}

function noStreams(context: ErrorContext): OjsError {
  return ojsError("unsupported", "This client's transport carries no streams, which live events are.", {
    ...context,
    hint: "Give the transport a `stream` method, or read `listEvents` from time to time.",
  });
}
