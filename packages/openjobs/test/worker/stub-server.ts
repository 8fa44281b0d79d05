/** An OJS server that does what a test says: it hands out the jobs it is given and remembers what it was told. */
import type { Transport, TransportRequest, TransportResponse } from "../../src/client/transport.ts";
import type { Clock } from "../../src/core/clock.ts";

export type Operation = "fetch" | "ack" | "nack" | "heartbeat" | "exchange" | "manifest" | "progress" | "checkpoint";

// biome-ignore lint/suspicious/noExplicitAny: tests reach into bodies of any shape
export type Body = any;

/** A request as it arrived. */
export interface Received {
  readonly operation: Operation;
  readonly at: number;
  readonly body: Body;
  readonly signal: AbortSignal | undefined;
}

/** Answers a request, or fails as a connection does; undefined = as usual. */
export type Reply = (received: Received) => TransportResponse | Promise<TransportResponse> | undefined;

let built = 0;

/** A claimed job as a server hands it out; every call gives another id. */
export function wireJob(fields: Body = {}): Body {
  built += 1;
  return {
    id: `019b76da-a800-7000-8000-${built.toString(16).padStart(12, "0")}`,
    type: "test.job",
    queue: "default",
    args: [],
    meta: {},
    state: "active",
    attempt: 1,
    max_attempts: 3,
    lease: 1,
    ...fields,
  };
}

export function respond(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return { status, headers, body: typeof body === "string" ? body : JSON.stringify(body) };
}

export function refuse(status: number, code: string, headers: Readonly<Record<string, string>> = {}) {
  return respond(status, { error: { code, message: `the server says ${code}` } }, headers);
}

/** Never answers, and does not even look at its signal. */
export function hang(): Promise<TransportResponse> {
  return new Promise(() => undefined);
}

export function disconnect(): Promise<TransportResponse> {
  return Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
}

export class StubServer implements Transport {
  readonly received: Received[] = [];
  /** What the server does instead of the usual. */
  readonly replies: Partial<Record<Operation, Reply>> = {};
  /** What heartbeats are answered with. */
  directive: string | undefined = "running";
  readonly lost = new Set<string>();
  readonly cancelled = new Set<string>();
  /** What its manifest lists. */
  extensions: readonly string[] = [];
  /** Whether it holds fetches when there is no work. */
  waits = true;
  fetchesInFlight = 0;
  closed = 0;
  readonly #clock: Clock;
  readonly #jobs: Body[] = [];
  readonly #parked = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  push(...jobs: Body[]): void {
    this.#jobs.push(...jobs);
    for (const wake of this.#parked) wake();
  }

  get waiting(): number {
    return this.#jobs.length;
  }

  of(operation: Operation): Received[] {
    return this.received.filter((one) => one.operation === operation);
  }

  /** Ids of the jobs that were acknowledged, in that order. */
  get acked(): string[] {
    return this.of("ack").map(({ body }) => body.job_id);
  }

  async request({ path, body = "{}", signal }: TransportRequest): Promise<TransportResponse> {
    const operation = path.slice(path.lastIndexOf("/") + 1) as Operation;
    const received = { operation, at: this.#clock.now(), body: JSON.parse(body), signal };
    this.received.push(received);
    const reply = this.replies[operation]?.(received);
    if (reply !== undefined) return reply;
    if (operation === "manifest") return respond(200, { specversion: "1.0", extensions: this.extensions });
    if (operation === "exchange") return this.#exchange(received);
    if (operation === "fetch") return this.#fetch(received);
    return respond(200, operation === "heartbeat" ? this.#beat(received) : { acknowledged: true });
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  async #fetch({ body, signal }: Received): Promise<TransportResponse> {
    this.fetchesInFlight += 1;
    if (this.#jobs.length === 0 && this.waits) await this.#park(body.wait_ms, signal);
    this.fetchesInFlight -= 1;
    signal?.throwIfAborted();
    return respond(200, { jobs: this.#jobs.splice(0, body.count) });
  }

  /** Each outcome counts as received, and `replies` to it hold; one that fails as a connection does takes all with it. */
  async #exchange({ body, at, signal }: Received): Promise<TransportResponse> {
    const settle = async (operation: "ack" | "nack", item: Body): Promise<Body> => {
      const received = { operation, at, signal, body: { ...item, worker_id: body.worker_id } };
      this.received.push(received);
      const answer = (await this.replies[operation]?.(received)) ?? respond(200, {});
      if (answer.status === 200) return { job_id: item.job_id, state: "as asked", ...JSON.parse(answer.body) };
      const pause = answer.headers["retry-after"];
      const retryAfter = pause === undefined ? {} : { retry_after_ms: Number(pause) * 1_000 };
      return { job_id: item.job_id, status: answer.status, ...retryAfter, ...JSON.parse(answer.body) };
    };
    const acks = await Promise.all(body.acks.map((item: Body) => settle("ack", item)));
    const nacks = await Promise.all(body.nacks.map((item: Body) => settle("nack", item)));
    return respond(200, { acks, nacks, jobs: this.#jobs.splice(0, body.fetch?.count ?? 0) });
  }

  #park(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#parked.delete(wake);
        cancel();
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const cancel = this.#clock.schedule(this.#clock.now() + waitMs, wake);
      this.#parked.add(wake);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  #beat({ body }: Received): Body {
    const ids: string[] = body.active_jobs;
    const lost = ids.filter((id) => this.lost.has(id) || this.cancelled.has(id));
    return {
      state: this.directive,
      jobs_extended: ids.filter((id) => !lost.includes(id)),
      lost,
      cancelled: ids.filter((id) => this.cancelled.has(id)),
    };
  }
}
