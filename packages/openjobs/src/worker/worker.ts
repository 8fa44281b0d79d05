/** The worker as its users see it; what moves in it is in `machine.ts` and loaded when it starts. */
import type { ConnectionDeps } from "../client/connection.ts";
import { type OnDemand, onDemand } from "../client/on-demand.ts";
import { carrying } from "../client/requester.ts";
import { pause } from "../core/clock.ts";
import type { JobDefinition, JobDescription } from "../core/definition/define-job.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";
import type { JobArgs } from "../core/job-args.ts";
import type { JobHandler } from "../middleware/job-context.ts";
import { MiddlewareHost } from "../middleware/middleware-host.ts";
import { connectWorker, type WorkerConnection, type WorkerConnectionOptions } from "./connect.ts";
import { type HandlerOptions, Handlers } from "./handlers.ts";
import type { WorkerHealth } from "./health.ts";
import { hostProcess, type SignalSource } from "./host-process.ts";
import { healthAtRest, type OjsWorkerState, reported, startedTwice } from "./lifecycle.ts";
import type { Machine } from "./machine.ts";
import { checkOptionNames } from "./option-names.ts";
import { listenToStops } from "./process-signals.ts";
import type { WorkerState } from "./protocol.ts";
import { resolveSettings, type WorkerBehaviour, type WorkerSettings } from "./worker-options.ts";

/** What the first start of a program loads. */
export const machinery: OnDemand<typeof import("./machine.ts")> = onDemand(() => import("./machine.ts"));

/** How an {@link OjsWorker} behaves and how it reaches its server. */
export interface WorkerOptions extends WorkerBehaviour, WorkerConnectionOptions {}

/** Time, chance and signals, for tests that hold them in their hand. */
export interface WorkerDeps extends ConnectionDeps {
  readonly signals?: SignalSource;
}

/**
 * Fetches jobs and runs them with your handlers (ojs-worker-protocol).
 *
 * What a handler returns becomes the job's result; what it throws ends the attempt, and the job's retry policy decides.
 * The worker asks for work whenever a slot is free, keeps its leases alive until the last job is settled, and repeats an
 * outcome for as long as the lease lives when the server cannot be reached.
 *
 * @example
 * const worker = new OjsWorker({ url: "http://localhost:8080", queues: ["email"], concurrency: 20 });
 * worker.register("email.send", async (job) => ({ messageId: await send(job.arg("to"), { signal: job.signal }) }));
 * await worker.start();
 */
export class OjsWorker extends MiddlewareHost {
  readonly #settings: WorkerSettings;
  readonly #connection: WorkerConnection;
  readonly #signals: SignalSource | undefined;
  readonly #handlers = new Handlers();
  /** Undefined before the start, and while it is loaded. */
  #machine: Machine | undefined;
  readonly #hurry = new AbortController();
  readonly #ended = new AbortController();
  #state: OjsWorkerState = "idle";
  /** A server's `running` directive undoes the server's own `quiet`, not one that was asked for here. */
  #quietedByServer = false;
  #finished: Promise<void> | undefined;
  #stopListening = (): void => undefined;

  /**
   * Nothing is sent yet.
   *
   * @param deps Time, chance and signals, for tests.
   * @throws OjsValidationError when an option cannot work.
   */
  constructor(options: WorkerOptions = {}, deps: WorkerDeps = {}) {
    super();
    checkOptionNames(options);
    this.#settings = resolveSettings(options);
    this.#connection = connectWorker(options, deps);
    this.#signals = this.#settings.handleSignals ? (deps.signals ?? hostProcess()) : undefined;
  }

  /**
   * Unique name of this worker (§3.1).
   *
   * @example console.log(worker.id); // worker_019539a4-b68c-7def-8000-1a2b3c4d5e6f
   */
  get id(): string {
    return this.#connection.workerId;
  }

  /**
   * Where the worker is in its lifecycle.
   *
   * @example if (worker.state === "quiet") worker.resume();
   */
  get state(): OjsWorkerState {
    return this.#state;
  }

  /**
   * How many jobs are running now.
   *
   * @example metrics.gauge("active", worker.activeJobs);
   */
  get activeJobs(): number {
    return this.#machine?.activeJobs() ?? 0;
  }

  /**
   * Whether this worker *consumes*, not whether it is connected: healthy while it runs, its fetches are answered (or wait
   * at the server for work), and outcomes and heartbeats get through. It says no after 5 s of failing fetches or
   * outcomes, after three missed heartbeats, for 15 s after the event loop was blocked for longer than a lease, and in
   * every state but `running`.
   * Costs nothing and sends nothing.
   *
   * Fits a readiness probe as it is. A liveness probe should also spare a worker that stops on purpose.
   *
   * @example
   * createServer((request, response) => {
   *   const health = worker.health();
   *   const ok = request.url === "/livez" ? health.status !== "failing" : health.healthy;
   *   response.writeHead(ok ? 200 : 503, { "content-type": "application/json" }).end(JSON.stringify(health));
   * }).listen(9090);
   */
  health(): WorkerHealth {
    return this.#machine?.health() ?? healthAtRest(this.#state, this.#settings.concurrency);
  }

  /**
   * Registers the handler of a job type that is defined: the definition says what it gets and what it has to return, and
   * both are checked if it has schemas. What does not fit fails the job without another attempt.
   *
   * @example worker.register(sendEmail, async ({ args: [to, template] }) => ({ messageId: await send(to, template) }));
   */
  register<Input extends JobArgs, Result, Args extends readonly unknown[], Returned>(
    definition: JobDefinition<Input, Result, Args, Returned>,
    handler: JobHandler<NoInfer<Args>, NoInfer<Returned>>,
    options?: HandlerOptions,
  ): this;
  /**
   * Registers the handler of a job type; a second registration replaces the first. Jobs of a type without a handler fail,
   * and their retry policy decides.
   *
   * @throws OjsValidationError when an option cannot work, or there is no type, definition or function.
   * @example worker.register("user.greet", (job) => `Hello ${String(job.args[0])}`);
   * @example worker.register("report.build", build, { concurrency: 2 });
   */
  register<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
    type: string,
    handler: JobHandler<Args, Result>,
    options?: HandlerOptions,
  ): this;
  register(what: string | JobDescription, handler: unknown, options: HandlerOptions = {}): this {
    // The type of the arguments is the caller's promise about its producers; at run time they are whatever travelled.
    this.#handlers.register(what, handler as JobHandler, options);
    return this;
  }

  /**
   * Starts heartbeats and fetching; resolves as soon as what that takes is loaded. Aborting `signal` is the same as calling `stop()`.
   *
   * @throws OjsConflictError when the worker was started or stopped before; OjsConnectionError when it cannot be loaded.
   * @example await worker.start({ signal: controller.signal });
   */
  async start(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#state !== "idle") throw startedTwice(this.#state);
    if (options.signal?.aborted) {
      void this.stop();
      return;
    }
    this.#state = "running";
    this.#listen(options.signal);
    try {
      await this.#build();
    } catch (error) {
      if (this.#finished !== undefined) return; // it has no need of what could not be loaded
      this.#stopListening();
      this.#state = "idle";
      throw error;
    }
  }

  /**
   * Starts, and resolves when the worker has stopped, whatever stopped it.
   *
   * @throws OjsConflictError when the worker was started or stopped before.
   * @example await worker.run(); // until SIGTERM
   */
  async run(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.start(options);
    const { signal } = this.#ended;
    if (signal.aborted) return;
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  }

  /**
   * Stops fetching; running jobs go on (§2.1).
   *
   * @example worker.quiet();
   */
  quiet(): void {
    if (this.#state !== "running" && this.#state !== "quiet") return;
    this.#state = "quiet";
    this.#quietedByServer = false;
    this.#machine?.stopFetching();
  }

  /**
   * Fetches again after `quiet()`.
   *
   * @example worker.resume();
   */
  resume(): void {
    if (this.#state !== "quiet") return;
    this.#state = "running";
    this.#quietedByServer = false;
    this.#machine?.resumeFetching();
  }

  /**
   * Stops fetching, waits for running jobs up to `grace` (default: the option `gracePeriod`), aborts the signals of the rest
   * and hands them back without costing them an attempt (§7). A second call may shorten the grace, not prolong it.
   *
   * @throws OjsValidationError when `grace` is not a duration; nothing else.
   * @example await worker.stop({ grace: "10s" });
   */
  async stop(options: { readonly grace?: Duration } = {}): Promise<void> {
    const graceMs = options.grace === undefined ? this.#settings.gracePeriodMs : toMilliseconds(options.grace);
    this.#limitGrace(graceMs);
    this.#finished ??= this.#finish();
    await this.#finished;
  }

  /** `await using worker = …` stops it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  protected whyFrozen(): string | undefined {
    return this.#state === "idle" ? undefined : `the worker is ${this.#state}`;
  }

  /** Whoever stopped or quieted it while this was loaded has the last word. */
  async #build(): Promise<void> {
    const [{ createMachine }] = await Promise.all([machinery.load(), carrying.load()]);
    if (this.#finished !== undefined) return;
    this.#machine = createMachine({
      ...{ settings: this.#settings, connection: this.#connection, handlers: this.#handlers, chain: this.chain },
      state: () => this.#state,
      onDirective: (directive) => this.#obey(directive),
    });
    this.#machine.start();
    if (this.#state === "quiet") this.#machine.stopFetching();
  }

  async #finish(): Promise<void> {
    this.#state = "terminate";
    await this.#machine?.finish(this.#hurry.signal);
    this.#stopListening();
    this.#hurry.abort(); // lets go of the grace periods' timers
    await this.#disconnect();
    this.#state = "terminated";
    this.#ended.abort();
  }

  async #disconnect(): Promise<void> {
    try {
      await this.#connection.close();
    } catch (error) {
      this.#machine?.logger.debug("the transport did not close", { error });
    }
  }

  #limitGrace(ms: number): void {
    const hurry = (): void => this.#hurry.abort();
    if (ms === 0) hurry();
    else void pause(this.#connection.clock, ms, this.#hurry.signal).then(hurry);
  }

  #obey(directive: WorkerState): void {
    if (directive === "terminate" && reported(this.#state) !== "terminate") void this.stop();
    if (directive === "quiet" && this.#state === "running") {
      this.quiet();
      this.#quietedByServer = true;
    }
    if (directive === "running" && this.#quietedByServer) this.resume();
  }

  #listen(signal: AbortSignal | undefined): void {
    this.#stopListening = listenToStops(this.#signals, signal, {
      drain: () => void this.stop(),
      stopAtOnce: () => void this.stop({ grace: 0 }),
      quiet: () => this.quiet(),
      resume: () => this.resume(),
    });
  }
}
