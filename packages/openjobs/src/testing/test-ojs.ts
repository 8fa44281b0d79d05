/** An application's jobs within one test (ojs-testing §5, §7). */
import { OjsClient } from "../client/client.ts";
import type { ConnectionDeps } from "../client/connection.ts";
import type { Transport } from "../client/transport.ts";
import type { ArgsFirst, JobDefinition } from "../core/definition/define-job.ts";
import type { Duration } from "../core/duration.ts";
import { ojsError } from "../core/errors.ts";
import type { EventEntry } from "../core/events.ts";
import type { JobState } from "../core/job.ts";
import type { JobArgs } from "../core/job-args.ts";
import { createUuid7 } from "../core/uuid7.ts";
import type { JobHandler } from "../middleware/job-context.ts";
import type { Middleware } from "../middleware/middleware.ts";
import { type OjsServer, startServer } from "../server/server.ts";
import { MemoryStorage } from "../storage/memory/memory-storage.ts";
import type { HandlerRegistry } from "../worker/handler-registry.ts";
import type { HandlerOptions } from "../worker/handlers.ts";
import { EventAssertions } from "./assertions/event-assertions.ts";
import { isDefinition, type JobKind, typeOf } from "./assertions/job-match.ts";
import { type Moment, momentOf } from "./assertions/moment.ts";
import { inlineMiddleware } from "./inline.ts";
import { seededRandom } from "./seeded-random.ts";
import { TestClock, turns } from "./test-clock.ts";
import {
  type AdvanceOptions,
  checkTestOptions,
  type DrainOptions,
  type TestMode,
  type TestOjsOptions,
} from "./test-options.ts";
import { TestRunner } from "./test-runner.ts";
import { TestSight } from "./test-sight.ts";

const WAITING: readonly JobState[] = ["scheduled", "available", "pending", "retryable"];

/**
 * A server on memory, a client and a worker, with a clock that stands still until {@link TestOjs.advance}. Nothing is shared with other
 * instances, so tests may run in parallel.
 *
 * @throws OjsValidationError when `now` is no time, and for a mode or an option that does not exist.
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
  checkTestOptions(options);
  const clock = new TestClock(options.now === undefined ? Date.now() : momentOf(options.now, "now"));
  const random = seededRandom(options.seed ?? 1);
  const storage = new MemoryStorage();
  const forever = { completed: "forever", cancelled: "forever", discarded: "forever", deadLetters: "forever" } as const;
  const { server, engine } = await startServer({ storage, clock, random, retention: forever });
  const eventsAfter = (id: string | undefined): readonly EventEntry[] =>
    engine.listEvents({ limit: Number.POSITIVE_INFINITY, ...(id === undefined ? {} : { after: id }) }).events;
  return new TestOjs({ server, storage, eventsAfter, clock, random, mode: options.mode ?? "real" });
}

interface Parts {
  readonly server: OjsServer;
  readonly storage: MemoryStorage;
  readonly eventsAfter: (id: string | undefined) => readonly EventEntry[];
  readonly clock: TestClock;
  readonly random: () => number;
  readonly mode: TestMode;
}

/** What {@link createTestOjs} makes. */
export class TestOjs extends EventAssertions implements HandlerRegistry {
  /** For the code that is tested. */
  readonly client: OjsClient;
  readonly mode: TestMode;
  readonly #parts: Parts;
  readonly #runner: TestRunner;
  readonly #deps: ConnectionDeps;
  protected readonly sight: TestSight;

  /** By {@link createTestOjs}. */
  constructor(parts: Parts) {
    super();
    this.#parts = parts;
    this.mode = parts.mode;
    const { clock, random, storage, eventsAfter } = parts;
    const newId = createUuid7({
      now: () => clock.now(),
      random: (bytes) => bytes.set(bytes.map(() => random() * 256)),
    });
    this.#deps = { clock, random, newId };
    this.#runner = new TestRunner({ transport: this.transport, storage, clock, deps: this.#deps });
    this.sight = new TestSight({ storage, eventsAfter, snoozesOf: (id) => this.#runner.attempts.snoozesOf(id) });
    this.client = new OjsClient({ transport: this.transport }, this.#deps);
    if (this.mode === "inline") this.client.use(inlineMiddleware((job) => this.#runner.settle(job.id, job.type)));
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
   * Registers the handler of a job type that is defined, as `OjsWorker.register` does.
   *
   * @example ojs.register(sendEmail, async ({ args: [to, template] }) => ({ messageId: await send(to, template) }));
   */
  register<Input extends JobArgs, Result, Args extends readonly unknown[], Returned>(
    definition: JobDefinition<Input, Result, Args, Returned>,
    handler: JobHandler<NoInfer<Args>, NoInfer<Returned>>,
    options?: HandlerOptions,
  ): this;
  /**
   * Registers the handler of a job type; a second registration replaces the first.
   *
   * @example ojs.register("email.send", (job) => deliver(job.arg("to")));
   */
  register<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
    type: string,
    handler: JobHandler<Args, Result>,
    options?: HandlerOptions,
  ): this;
  register<Input extends JobArgs, Result, Args extends readonly unknown[], Returned>(
    what: string | JobDefinition<Input, Result, Args, Returned>,
    handler: JobHandler<Args, Returned>,
    options?: HandlerOptions,
  ): this {
    this.#runner.registrations.set(typeOf(what), (worker) =>
      typeof what === "string" ? worker.register(what, handler, options) : worker.register(what, handler, options),
    );
    return this;
  }

  /**
   * Adds middleware to the client and around the handlers.
   *
   * @throws OjsValidationError for what is no middleware.
   * @example ojs.use(tenant);
   */
  use(...added: readonly Middleware[]): this {
    this.client.use(...added);
    this.#runner.middleware.push(...added);
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
    return this.#runner.drain(options);
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
   * Lets time pass until it is a moment; see {@link advance}.
   *
   * @throws OjsValidationError when that is no time, or in the past.
   * @example await ojs.advanceTo("2026-01-02T09:00:00Z", { drain: true });
   */
  async advanceTo(moment: Moment, options: AdvanceOptions = {}): Promise<void> {
    const by = momentOf(moment, "moment") - this.clock.now();
    if (by >= 0) return this.advance(by, options);
    const now = new Date(this.clock.now()).toISOString();
    throw ojsError("invalid_request", `It is ${now} already.`, {
      hint: "Time passes in one direction; ojs.clock.jump(ms) sets the wall clock.",
      details: { field: "moment" },
    });
  }

  /**
   * Enqueues a job of a definition and runs it to the end of its first attempt; in any mode.
   *
   * @returns What its handler returned.
   * @throws What its handler threw.
   * @example const { messageId } = await ojs.perform(sendEmail, ["ada@example.com", "welcome"]);
   */
  async perform<Input extends JobArgs, Result, Args extends readonly unknown[], Returned>(
    definition: JobDefinition<Input, Result, Args, Returned>,
    ...args: ArgsFirst<NoInfer<Input>, []>
  ): Promise<Result>;
  /**
   * The same of a type by its name.
   *
   * @example expect(await ojs.perform("sum", [2, 3])).toBe(5);
   */
  async perform(kind: string | { readonly type: string; readonly with?: never }, args?: JobArgs): Promise<unknown>;
  async perform(kind: JobKind, args?: JobArgs): Promise<unknown> {
    // Not `this.client`, which runs jobs itself in the mode `inline`.
    const client = new OjsClient({ transport: this.transport }, this.#deps).use(...this.#runner.middleware);
    const { id, type } = await (isDefinition(kind) ? client.enqueue(kind, args) : client.enqueue(typeOf(kind), args));
    await this.#runner.settle(id, type);
    return this.sight.jobs().find((job) => job.id === id)?.result;
  }

  /**
   * The next attempts of a type fail before their handler is called.
   *
   * @param times How many. Default 1.
   * @example ojs.failNext("email.send", new Error("SMTP down"));
   */
  failNext(kind: JobKind, error: unknown, times = 1): void {
    this.#runner.attempts.fail(typeOf(kind), error, times);
  }

  /**
   * All attempts of a type fail from now on, until {@link clear}.
   *
   * @example ojs.failAll("email.send", new Error("SMTP down"));
   */
  failAll(kind: JobKind, error: unknown): void {
    this.#runner.attempts.fail(typeOf(kind), error, Number.POSITIVE_INFINITY);
  }

  /**
   * Begins anew: workflows and jobs that have not ended are cancelled, recurring jobs removed, assertions do not see anything of what
   * was there any more, and no failures are planned. Handlers, middleware and the time stay.
   *
   * @example afterEach(() => ojs.clear());
   */
  async clear(): Promise<void> {
    // Before their jobs, whose ends would release further ones.
    for (const { id } of this.allWorkflows("any", { state: "running" })) await this.client.cancelWorkflow(id);
    for (const { name } of this.allCronJobs()) await this.client.deleteCronJob(name);
    await this.client.cancelJobs({ filter: { states: WAITING } });
    const active = this.#parts.storage.allJobs().filter(({ state }) => state === "active");
    for (const { id } of active) await this.client.cancelJob(id);
    this.sight.forget();
    this.#runner.attempts.clear();
  }

  /** Lets go of everything; `await using` does it at the end of the block. */
  async close(): Promise<void> {
    await this.#parts.server.close({ graceMs: 0 });
  }

  /** See {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
