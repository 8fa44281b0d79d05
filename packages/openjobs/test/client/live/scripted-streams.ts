/** A transport whose streams a test writes, chunk by chunk. */
import type { Transport, TransportRequest, TransportResponse, TransportStream } from "../../../src/client/transport.ts";
import { answer } from "../scripted-transport.ts";

const BYTES = new TextEncoder();

/** One stream that the client has opened. */
export class ScriptedStream {
  readonly request: TransportRequest;
  readonly #queue: (Uint8Array | Error | undefined)[] = [];
  #wake: () => void = () => undefined;
  /** Whether the client has let go of it. */
  isLeft = false;

  constructor(request: TransportRequest) {
    this.request = request;
    request.signal?.addEventListener("abort", () => {
      this.isLeft = true;
    });
  }

  get lastEventId(): string | undefined {
    return this.request.headers["last-event-id"];
  }

  send(text: string): void {
    this.#push(BYTES.encode(text));
  }

  event(id: string, type: string, data: object): void {
    this.send(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  moved(id: string, jobId: string, to: string, from = "active"): void {
    this.event(id, "job.state_changed", { job_id: jobId, queue: "q", type: "t", from, to, timestamp: "now" });
  }

  end(): void {
    this.#push(undefined);
  }

  break(message = "the line is dead"): void {
    this.#push(new Error(message));
  }

  #push(chunk: Uint8Array | Error | undefined): void {
    this.#queue.push(chunk);
    this.#wake();
  }

  async *body(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      while (this.#queue.length > 0) {
        const chunk = this.#queue.shift();
        if (chunk === undefined) return;
        if (chunk instanceof Error) throw chunk;
        yield chunk;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

type Refusal = TransportResponse | Error | "never";

/** Opens a stream for each request, unless a refusal is next. */
export class StreamingTransport implements Transport {
  readonly streams: ScriptedStream[] = [];
  readonly calls: TransportRequest[] = [];
  /** Answers to the next requests for a stream. */
  readonly refusals: Refusal[] = [];
  /** Answers calls. */
  respond: (request: TransportRequest) => TransportResponse | Promise<TransportResponse> = () => answer(404, {});

  async request(request: TransportRequest): Promise<TransportResponse> {
    this.calls.push(request);
    return this.respond(request);
  }

  async stream(request: TransportRequest): Promise<TransportStream> {
    const refusal = this.refusals.shift();
    if (refusal instanceof Error) throw refusal;
    if (refusal === "never") return new Promise(() => undefined);
    const stream = new ScriptedStream(request);
    if (refusal !== undefined) {
      stream.send(refusal.body);
      stream.end();
      return { status: refusal.status, headers: refusal.headers, body: stream.body() };
    }
    this.streams.push(stream);
    return { status: 200, headers: { "content-type": "text/event-stream; charset=utf-8" }, body: stream.body() };
  }

  /** Those that the client still reads. */
  get open(): readonly ScriptedStream[] {
    return this.streams.filter(({ isLeft }) => !isLeft);
  }

  get last(): ScriptedStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error("no stream was opened");
    return stream;
  }
}
