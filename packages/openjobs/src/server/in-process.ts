/**
 * The transport without a port. It goes through the same handler and the same JSON text as HTTP does, so that nothing
 * is shared between the two sides and an embedded application behaves like a remote one.
 */
import type { Transport, TransportRequest, TransportResponse, TransportStream } from "../client/transport.ts";
import { ojsError } from "../core/errors.ts";
import { boundedBody } from "./body-limit.ts";
import { headOf, type RequestHead } from "./exchange.ts";
import type { Door, Handler, HandlerResponse, Incoming } from "./handler.ts";
import { readStream } from "./stream-iterable.ts";

const IN_PROCESS: Door = { guarded: false, loopback: true, streams: false };
const IN_PROCESS_STREAM: Door = { ...IN_PROCESS, streams: true };

/** What a caller may call a request off by: an `AbortSignal`, or what our client has instead. */
interface CallOff {
  /** May be made when it is first asked for, which is dear. */
  readonly signal: AbortSignal;
  /** Set once nobody waits for the answer any more. */
  readonly cancelled: { readonly reason: unknown } | undefined;
}

/**
 * The transport as our client sees it. Like the one for HTTP it can do without a signal, which is made only for a fetch that
 * waits: 4 us less for each other call.
 */
interface InProcessTransport extends Transport {
  requestUnless(callOff: CallOff, request: TransportRequest): Promise<TransportResponse>;
}

/** Creates the transport; `closed` tells whether the server is gone, which is then like a refused connection. */
export function createInProcessTransport(
  handler: Handler,
  maxBodyBytes: number,
  closed: () => boolean,
): InProcessTransport {
  const turns = new Turns();
  function answerTo(request: TransportRequest, callOff: CallOff, door: Door): Promise<HandlerResponse> {
    throwIfCancelled(callOff);
    if (closed()) throw ojsError("connection_error", "The server in this process is closed.");
    return handler(new InProcessCall(request, callOff, maxBodyBytes), door);
  }
  async function requestUnless(callOff: CallOff, request: TransportRequest): Promise<TransportResponse> {
    const answer = await answerTo(request, callOff, IN_PROCESS);
    if (callOff.cancelled !== undefined) answer.undelivered?.();
    throwIfCancelled(callOff);
    if (request.method === "GET") await turns.afterRead();
    return { status: answer.status, headers: answer.headers, body: answer.body ?? "" };
  }
  async function stream(request: TransportRequest): Promise<TransportStream> {
    const callOff = new SignalCallOff(request.signal);
    const { status, headers, body = "", stream: open } = await answerTo(request, callOff, IN_PROCESS_STREAM);
    return { status, headers, body: bytesOf(open === undefined ? [body] : readStream(open, callOff.signal)) };
  }
  return { requestUnless, stream, request: (request) => requestUnless(new SignalCallOff(request.signal), request) };
}

async function* bytesOf(
  chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}

const READS_PER_TURN = 64;

/**
 * A store in memory answers reads without waiting for anything. Whoever asks again and again until something has happened would
 * keep it from happening: nobody else, not even a timer, would get a turn of the event loop.
 */
class Turns {
  #reads = 0;

  async afterRead(): Promise<void> {
    this.#reads += 1;
    if (this.#reads % READS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

function throwIfCancelled({ cancelled }: CallOff): void {
  if (cancelled !== undefined) throw cancelled.reason;
}

class SignalCallOff implements CallOff {
  readonly #given: AbortSignal | undefined;

  constructor(given: AbortSignal | undefined) {
    this.#given = given;
  }

  get signal(): AbortSignal {
    return this.#given ?? new AbortController().signal;
  }

  get cancelled(): CallOff["cancelled"] {
    return this.#given?.aborted ? this.#given : undefined;
  }
}

/** A class, because an object literal with a getter takes V8 0.6 us, and a new instance next to nothing. */
class InProcessCall implements Incoming {
  readonly head: RequestHead;
  readonly #request: TransportRequest;
  readonly #callOff: CallOff;
  readonly #maxBodyBytes: number;

  constructor(request: TransportRequest, callOff: CallOff, maxBodyBytes: number) {
    this.#request = request;
    this.#callOff = callOff;
    this.#maxBodyBytes = maxBodyBytes;
    this.head = headOf(request.method, request.path, request.headers);
  }

  get signal(): AbortSignal {
    return this.#callOff.signal;
  }

  readBody(): Promise<string | undefined> {
    return boundedBody(this.#request.body, this.#maxBodyBytes);
  }
}
