/**
 * A client that knows the wire and nothing of our SDK: it sends what the official SDKs send (wire contract §1.1) over
 * keep-alive connections, and records every request with its answer, if one came, and both times.
 */
import { randomUUID } from "node:crypto";
import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { expectStrict } from "./strict-transport.ts";

/** What tests read of bodies of any shape. */
// biome-ignore lint/suspicious/noExplicitAny: tests reach into whatever a server sends
export type Wire = any;

/** A complete answer. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** The parsed text; undefined when there is none. */
  readonly body: Wire;
  /** Unix milliseconds, when its last byte had come. */
  readonly at: number;
}

/** A request and what came of it. */
export interface Exchange {
  readonly method: string;
  /** Without `/ojs/v1`. */
  readonly path: string;
  /** The value that was sent as JSON. */
  readonly body: Wire;
  /** Unix milliseconds, before its first byte went out. */
  readonly sentAt: number;
  /** Undefined while it runs, and for ever if the connection broke before the answer was complete. */
  answer?: RawAnswer;
}

/** The connection broke before the answer was complete: the request may have happened or not. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** Sends requests to one server. */
export class RawOjs implements Disposable {
  readonly #url: string;
  readonly #agent: Agent;
  readonly #headers: Readonly<Record<string, string>>;
  /** Called after each complete answer, before whoever asked hears of it. */
  onAnswer: (exchange: Exchange) => void = () => undefined;
  /** Every request so far, in the order of sending; several clients may share one. */
  exchanges: Exchange[] = [];

  constructor(url: string, headers: Readonly<Record<string, string>> = {}, connections = 64) {
    this.#url = url;
    this.#headers = headers;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @throws NoAnswer */
  async send(method: string, path: string, body?: Wire): Promise<RawAnswer> {
    const exchange: Exchange = { method, path, body, sentAt: Date.now() };
    this.exchanges.push(exchange);
    const answer = await this.#exchange(method, path, body === undefined ? "" : JSON.stringify(body));
    const asked = { method, path: `/ojs/v1${path}`, headers: { "ojs-version": "1.0" } };
    expectStrict(asked, { status: answer.status, headers: answer.headers, body: answer.text });
    exchange.answer = answer;
    this.onAnswer(exchange);
    return answer;
  }

  enqueue(job: object): Promise<RawAnswer> {
    return this.send("POST", "/jobs", job);
  }

  enqueueBatch(jobs: readonly object[]): Promise<RawAnswer> {
    return this.send("POST", "/jobs/batch", { jobs });
  }

  fetch(wanted: { queues: readonly string[]; count?: number; worker_id?: string; [more: string]: unknown }) {
    return this.send("POST", "/workers/fetch", wanted);
  }

  ack(outcome: { job_id: string; [more: string]: unknown }): Promise<RawAnswer> {
    return this.send("POST", "/workers/ack", outcome);
  }

  nack(outcome: { job_id: string; error: unknown; [more: string]: unknown }): Promise<RawAnswer> {
    return this.send("POST", "/workers/nack", outcome);
  }

  heartbeat(beat: { worker_id: string; [more: string]: unknown }): Promise<RawAnswer> {
    return this.send("POST", "/workers/heartbeat", beat);
  }

  cancel(id: string): Promise<RawAnswer> {
    return this.send("DELETE", `/jobs/${id}`);
  }

  /** The job; undefined when the server knows none. */
  async job(id: string): Promise<Wire> {
    const { status, body } = await this.send("GET", `/jobs/${id}`);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`GET of job ${id} answered ${status}: ${JSON.stringify(body)}`);
    return body.job;
  }

  /** The counters of a queue. */
  async stats(queue: string): Promise<Wire> {
    return (await this.send("GET", `/queues/${queue}/stats`)).body.stats;
  }

  /** Ends all connections. */
  close(): void {
    this.#agent.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #exchange(method: string, path: string, body: string): Promise<RawAnswer> {
    try {
      const response = await this.#respond(method, path, body);
      const received = await text(response);
      // A connection that breaks inside of a body without a length ends it like a complete one.
      if (!response.complete) throw new Error("the answer is incomplete");
      return {
        status: response.statusCode ?? 0,
        headers: response.headers,
        text: received,
        body: received === "" ? undefined : JSON.parse(received),
        at: Date.now(),
      };
    } catch (cause) {
      throw new NoAnswer(`${method} ${path} was not answered: ${cause}`, { cause });
    }
  }

  #respond(method: string, path: string, body: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = request(`${this.#url}/ojs/v1${path}`, {
        method,
        agent: this.#agent,
        headers: {
          "content-type": "application/openjobspec+json",
          accept: "application/openjobspec+json",
          "ojs-version": "1.0",
          "x-request-id": randomUUID(),
          "content-length": String(Buffer.byteLength(body)),
          ...this.#headers,
        },
      });
      outgoing.on("response", resolve).on("error", reject).end(body);
    });
  }
}
