/** The worker as its users see it: handlers, and the lifecycle of ojs-worker-protocol §2. */
import { type Clock, pause } from "../core/clock.ts";
import { toMilliseconds } from "../core/duration.ts";
import { ojsError } from "../core/errors.ts";
import type { JobHandler } from "./job-context.ts";
import { connectWorker, type WorkerConnection, type WorkerConnectionOptions } from "./connect.ts";
import { listenToSignals, processSignals } from "./process-signals.ts";
import { createLoop, type WorkerLoop } from "./worker-loop.ts";
import { type Duration, resolveSettings, type WorkerBehaviour, type WorkerSettings } from "./worker-options.ts";

/** How an {@link OjsWorker} behaves and how it reaches its server. */
export interface WorkerOptions extends WorkerBehaviour, WorkerConnectionOptions {}

/** `idle` before `start`, then the states of ojs-worker-protocol §2.1, `terminated` once everything is settled. */
export type OjsWorkerState = "idle" | "running" | "quiet" | "terminate" | "terminated";

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
export class OjsWorker {
  readonly #settings: WorkerSettings;
  readonly #connection: WorkerConnection;
  readonly #handlers = new Map<string, JobHandler>();
  readonly #loop: WorkerLoop;
  readonly #hurry = new AbortController();
  #state: OjsWorkerState = "idle";
  /** A server's `running` directive undoes the server's own `quiet`, not one that was asked for here. */
  #quietedByServer = false;
  #stopped: Promise<void> | undefined;
  #stopListening = (): void => undefined;
  #whenStopped = (): void => undefined;

  /** @throws OjsValidationError when an option cannot work. */
  constructor(options: WorkerOptions = {}) {
    this.#settings = resolveSettings(options);
    this.#connection = connectWorker(options, this.#settings);
    this.#loop = createLoop({
      ...this.#connection,
      settings: this.#settings,
      handlerOf: (type) => this.#handlers.get(type),
      state: () => this.#reportedState(),
      onDirective: (directive) => this.#obey(directive),
    });
  }

  /** Unique name of this worker (§3.1). */
  get id(): string {
    return this.#connection.workerId;
  }

  /** Where the worker is in its lifecycle. */
  get state(): OjsWorkerState {
    return this.#state;
  }

  /** How many jobs are running now. */
  get activeJobs(): number {
    return this.#loop.activeJobs();
  }

  /**
   * Registers the handler of a job type; a second registration replaces the first.
   *
   * @example worker.register("user.greet", (job) => `Hello ${String(job.args[0])}`);
   */
  register<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
    type: string,
    handler: JobHandler<Args, Result>,
  ): this {
    // The type of the arguments is the caller's promise about its producers; at run time they are whatever travelled.
    this.#handlers.set(type, handler as unknown as JobHandler);
    return this;
  }

  /**
   * Starts heartbeats and fetching; resolves at once. Aborting `signal` is the same as calling `stop()`.
   *
   * @throws OjsConflictError when the worker was started before.
   */
  async start(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.#state !== "idle") throw startedTwice(this.#state);
    this.#state = "running";
    this.#loop.start();
    this.#listen(options.signal);
  }

  /** Starts and resolves when the worker has stopped, whatever stopped it. */
  async run(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.start(options);
    await new Promise<void>((resolve) => {
      this.#whenStopped = resolve;
    });
  }

  /** Stops fetching; running jobs go on (§2.1). */
  quiet(): void {
    if (this.#state !== "running") return;
    this.#state = "quiet";
    this.#quietedByServer = false;
    this.#loop.stopFetching();
  }

  /** Fetches again after `quiet()`. */
  resume(): void {
    if (this.#state !== "quiet") return;
    this.#state = "running";
    this.#loop.resumeFetching();
  }

  /**
   * Stops fetching, waits for running jobs up to `grace` (default: the option `gracePeriod`), aborts the signals of the rest
   * and hands them back without costing them an attempt (§7). Never rejects; a second call may shorten the grace.
   */
  stop(options: { readonly grace?: Duration } = {}): Promise<void> {
    const graceMs = options.grace === undefined ? this.#settings.gracePeriodMs : toMilliseconds(options.grace);
    this.#startGrace(graceMs);
    this.#stopped ??= this.#finish();
    return this.#stopped;
  }

  /** `await using worker = …` stops it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #finish(): Promise<void> {
    const wasStarted = this.#state !== "idle";
    this.#state = "terminate";
    if (wasStarted) await this.#loop.finish(this.#hurry.signal);
    this.#stopListening();
    this.#hurry.abort(); // lets go of the grace period's timer
    await this.#connection.close();
    this.#state = "terminated";
    this.#whenStopped();
  }

  #startGrace(graceMs: number): void {
    if (graceMs <= 0) return this.#hurry.abort();
    const { clock } = this.#connection;
    void pause(clock, graceMs, this.#hurry.signal).then(() => this.#hurry.abort());
  }

  #obey(directive: "running" | "quiet" | "terminate"): void {
    if (directive === "terminate") return void this.stop();
    if (directive === "quiet" && this.#state === "running") {
      this.quiet();
      this.#quietedByServer = true;
    }
    if (directive === "running" && this.#quietedByServer) this.resume();
  }

  #reportedState(): "running" | "quiet" | "terminate" {
    return this.#state === "running" || this.#state === "quiet" ? this.#state : "terminate";
  }

  #listen(signal: AbortSignal | undefined): void {
    const stop = (): void => void this.stop();
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    const source = this.#settings.handleSignals ? processSignals() : undefined;
    const stopListening =
      source === undefined
        ? undefined
        : listenToSignals(source, {
            drain: stop,
            stopAtOnce: () => void this.stop({ grace: 0 }),
            quiet: () => this.quiet(),
            resume: () => this.resume(),
          });
    this.#stopListening = () => {
      signal?.removeEventListener("abort", stop);
      stopListening?.();
    };
  }
}

function startedTwice(state: OjsWorkerState): Error {
  return ojsError("conflict", `the worker cannot be started: it is ${state}`, {
    hint: "create a new OjsWorker for every start",
    operation: "worker.start",
  });
}
