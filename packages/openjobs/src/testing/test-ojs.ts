/** An application's jobs within one test (ojs-testing §5, §7). */
import { OjsClient } from "../client/client.ts";
import type { Transport } from "../client/transport.ts";
import { decodeJob, type Job } from "../core/codec/job-decode.ts";
import { encodeJob } from "../core/codec/job-encode.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";
import { ojsError } from "../core/errors.ts";
import type { JobArgs } from "../core/job-args.ts";
import { createUuid7 } from "../core/uuid7.ts";
import type { Middleware } from "../middleware/middleware.ts";
import { createServer, type OjsServer } from "../server/server.ts";
import { MemoryStorage } from "../storage/memory/memory-storage.ts";
import { OjsWorker } from "../worker/worker.ts";
import { Assertions } from "./assertions.ts";
import { Attempts } from "./attempts.ts";
import { drainAll } from "./drain.ts";
import { inlineMiddleware } from "./inline.ts";
import { type JobKind, typeOf } from "./job-match.ts";
import { seededRandom } from "./seeded-random.ts";
import { TestClock, turns } from "./test-clock.ts";

/**
 * `real` (default): jobs wait for `drain()`, and then run as a worker runs them, retries and all. `inline`: they run within `enqueue`,
 * once, and what they throw comes out of it. `fake`: they are recorded, and nothing runs.
 */
export type TestMode = "real" | "inline" | "fake";

/** See {@link createTestOjs}. */
export interface TestOjsOptions {
  readonly mode?: TestMode;
  /** What time it is at first: a Date, RFC 3339 text, or Unix milliseconds. Default: the real time. */
  readonly now?: Date | string | number;
  /** Of ids and jitter, which are the same for the same seed. Default 1. */
  readonly seed?: number;
}

/** See {@link TestOjs.drain}. */
export interface DrainOptions {
  /** Only the jobs of this queue. Default: all. */
  readonly queue?: string;
  /** More than so many attempts are an error: a job that enqueues itself never ends. Default 10,000. */
  readonly maxJobs?: number;
  /** Longer than so long, by the real clock, is an error. Default 30 s. */
  readonly timeout?: Duration;
}

/** See {@link TestOjs.advance}. */
export interface AdvanceOptions {
  /** Whether jobs run on the way, each at its time. Default false: they become due, and wait for `drain()`. */
  readonly drain?: boolean;
}

/**
 * A server on memory, a client and a worker, with a clock that stands still until {@link TestOjs.advance}. Nothing is shared with other
 * instances, so tests may run in parallel.
 *
 * @throws OjsValidationError when `now` is no time.
 * @example
 * await using ojs = await createTestOjs({ now: "2026-01-01T00:00:00Z" });
 * ojs.register("email.send", sendEmail);
 * await signUp(ojs.client, "ada@example.com");
 * ojs.assertEnqueued("email.send", { args: { to: "ada@example.com" } });
 * ojs.failNext("email.send", new Error("SMTP down"));
 * await ojs.drain(); // fails
 * await ojs.advance("30s");
 * await ojs.drain(); // works
 * ojs.assertCompleted("email.send");
 */
export async function createTestOjs(options: TestOjsOptions = {}): Promise<TestOjs> {
  const clock = new TestClock(timeOf(options.now));
  const random = seededRandom(options.seed ?? 1);
  const storage = new MemoryStorage();
  const forever = { completed: "forever", cancelled: "forever", discarded: "forever", deadLetters: "forever" } as const;
  const server = await createServer({ storage, clock, random, retention: forever });
  return new TestOjs({ server, storage, clock, random, mode: options.mode ?? "real" });
}

interface Parts {
  readonly server: OjsServer;
  readonly storage: MemoryStorage;
  readonly clock: TestClock;
  readonly random: () => number;
  readonly mode: TestMode;
}

/** What {@link createTestOjs} makes. */
export class TestOjs extends Assertions {
  /** For the code that is tested. */
  readonly client: OjsClient;
  readonly mode: TestMode;
  readonly #parts: Parts;
  readonly #attempts = new Attempts();
  readonly #registrations = new Map<string, (worker: OjsWorker) => void>();
  readonly #middleware: Middleware[] = [];
  readonly #newId: () => string;
  #forgotten: ReadonlySet<string> = new Set();

  /** By {@link createTestOjs}. */
  constructor(parts: Parts) {
    super();
    this.#parts = parts;
    this.mode = parts.mode;
    const { clock, random } = parts;
    this.#newId = createUuid7({
      now: () => clock.now(),
      random: (bytes) => bytes.set(bytes.map(() => random() * 256)),
    });
    this.client = new OjsClient({ transport: this.transport }, { clock, random, newId: this.#newId });
    if (this.mode === "inline") this.client.use(inlineMiddleware((job) => this.#settle(job.id, job.type)));
  }

  /** For clients and workers of your own: give it to them as `transport`. */
  get transport(): Transport {
    return this.#parts.server.transport;
  }

  /** The time that stands still; for code that takes a clock, and for clients of your own. */
  get clock(): TestClock {
    return this.#parts.clock;
  }

  /**
   * Registers a handler, as a worker does: {@link OjsWorker.register}.
   *
   * @example ojs.register("email.send", (job) => deliver(job.arg("to")));
   */
  readonly register: OjsWorker["register"] = (kind: JobKind, handler: unknown): never => {
    const register = (worker: OjsWorker): unknown => Reflect.apply(worker.register, worker, [kind, handler]);
    this.#registrations.set(typeOf(kind), register);
    // As with a worker, calls can be chained; the type of `this` cannot be written here.
    return this as never;
  };

  /**
   * Adds middleware to the client and around the handlers.
   *
   * @throws OjsValidationError for what is no middleware.
   * @example ojs.use(tenant);
   */
  use(...added: readonly Middleware[]): this {
    this.client.use(...added);
    this.#middleware.push(...added);
    return this;
  }

  /**
   * Runs all jobs that are due, and those that they lead to, one after the other, until none is left: retries whose time has not come
   * wait for {@link advance}. Jobs of paused queues and behind limits stay where they are.
   *
   * @returns How many attempts there were.
   * @throws Error when a job has no handler, when there are too many, or when it takes too long.
   * @example await ojs.drain();
   */
  async drain(options: DrainOptions = {}): Promise<number> {
    if (this.mode === "fake") {
      throw ojsError("invalid_request", "In the mode 'fake' nothing runs.", {
        hint: "Create it with mode 'real', or call ojs.perform().",
      });
    }
    return this.#drain(options);
  }

  /**
   * Lets time pass. What is due on the way happens at its moment: retries and scheduled jobs become available, schedules enqueue,
   * timeouts and leases end.
   *
   * @param by Milliseconds, or a text such as `"30s"`.
   * @throws OjsValidationError when that is no duration.
   * @example await ojs.advance("1h", { drain: true });
   */
  async advance(by: Duration, { drain = false }: AdvanceOptions = {}): Promise<void> {
    await this.#parts.clock.advance(by, async () => {
      await turns();
      if (drain) await this.drain();
    });
  }

  /**
   * Enqueues a job and runs it to the end of its first attempt; in any mode.
   *
   * @returns What its handler returned.
   * @throws What its handler threw.
   * @example expect(await ojs.perform("sum", [2, 3])).toBe(5);
   */
  async perform(kind: JobKind, args?: JobArgs): Promise<unknown> {
    // Not `this.client`, which runs jobs itself in the mode `inline`.
    const client = new OjsClient({ transport: this.transport }, this.#deps()).use(...this.#middleware);
    const { id, type } = await client.enqueue(typeOf(kind), args);
    await this.#settle(id, type);
    return this.#job(id)?.result;
  }

  /**
   * The next attempts of a type fail before their handler is called.
   *
   * @param times How many. Default 1.
   * @example ojs.failNext("email.send", new Error("SMTP down"));
   */
  failNext(kind: JobKind, error: unknown, times = 1): void {
    this.#attempts.fail(typeOf(kind), error, times);
  }

  /**
   * All attempts of a type fail from now on, until {@link clear}.
   *
   * @example ojs.failAll("email.send", new Error("SMTP down"));
   */
  failAll(kind: JobKind, error: unknown): void {
    this.#attempts.fail(typeOf(kind), error, Number.POSITIVE_INFINITY);
  }

  /**
   * Begins anew: jobs that have not ended are cancelled, assertions do not see any of them any more, and no failures are planned. Handlers,
   * middleware and the time stay.
   *
   * @example afterEach(() => ojs.clear());
   */
  async clear(): Promise<void> {
    const ids = this.jobs().map(({ id }) => id);
    if (ids.length > 0) await this.client.cancelJobs({ ids });
    this.#forgotten = new Set(this.#parts.storage.allJobs().map(({ id }) => id));
    this.#attempts.clear();
  }

  /** Lets go of everything; `await using` does it at the end of the block. */
  async close(): Promise<void> {
    await this.#parts.server.close({ graceMs: 0 });
  }

  /** See {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  protected jobs(): readonly Job[] {
    const records = this.#parts.storage.allJobs().filter(({ id }) => !this.#forgotten.has(id));
    return records
      .sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
      .map((record) => decodeJob(JSON.parse(encodeJob(record))));
  }

  #job(id: string): Job | undefined {
    return this.jobs().find((job) => job.id === id);
  }

  async #drain({ queue, maxJobs = 10_000, timeout = "30s" }: DrainOptions): Promise<number> {
    const { storage, clock } = this.#parts;
    return drainAll(
      { queue, maxJobs, timeoutMs: toMilliseconds(timeout) },
      {
        transport: this.transport,
        records: () => storage.allJobs(),
        now: () => clock.now(),
        workerFor: (queues, transport) => this.#workerFor(queues, transport),
        hasHandler: (type) => this.#registrations.has(type),
        attempts: () => this.#attempts.count,
      },
    );
  }

  /** Runs until one job has had an attempt, and throws what that threw. */
  async #settle(id: string, type: string): Promise<void> {
    if (!this.#registrations.has(type))
      throw new Error(`There is no handler for ${type}. Register one: ojs.register("${type}", handler).`);
    await this.#drain({});
    // Somebody else's drain may be running it.
    while (this.#job(id)?.state === "active") await turns();
    const error = this.#attempts.errorOf(id);
    if (error !== undefined) throw error;
  }

  #workerFor(queues: readonly string[], transport: Transport): OjsWorker {
    const options = { transport, queues, concurrency: 1, exchange: false, handleSignals: false } as const;
    const worker = new OjsWorker(options, this.#deps());
    worker.use(this.#attempts.middleware, ...this.#middleware);
    for (const register of this.#registrations.values()) register(worker);
    return worker;
  }

  #deps() {
    const { clock, random } = this.#parts;
    return { clock, random, newId: this.#newId };
  }
}

function timeOf(now: TestOjsOptions["now"]): number {
  if (now === undefined) return Date.now();
  const time = typeof now === "number" ? now : new Date(now).getTime();
  if (Number.isFinite(time)) return time;
  throw ojsError("invalid_request", "now is no time.", {
    hint: 'Give a Date, Unix milliseconds, or a text like "2026-01-01T00:00:00Z".',
    details: { field: "now" },
  });
}
