/** Runs the jobs of a test with its handlers, on its clock. */
import type { ConnectionDeps } from "../client/connection.ts";
import type { Transport } from "../client/transport.ts";
import { toMilliseconds } from "../core/duration.ts";
import type { JobRecord } from "../core/job.ts";
import type { Middleware } from "../middleware/middleware.ts";
import type { MemoryStorage } from "../storage/memory/memory-storage.ts";
import { OjsWorker } from "../worker/worker.ts";
import { Attempts } from "./attempts.ts";
import { drainAll } from "./drain.ts";
import { type TestClock, turns } from "./test-clock.ts";
import type { DrainOptions } from "./test-options.ts";

/** What it works with. */
export interface RunnerParts {
  readonly transport: Transport;
  readonly storage: MemoryStorage;
  readonly clock: TestClock;
  /** Of clients and workers. */
  readonly deps: ConnectionDeps;
}

/** See above. */
export class TestRunner {
  readonly attempts: Attempts = new Attempts();
  /** By type: registers its handler at a worker. */
  readonly registrations: Map<string, (worker: OjsWorker) => unknown> = new Map();
  readonly middleware: Middleware[] = [];
  readonly #parts: RunnerParts;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Resolves with how many attempts there were; see `TestOjs.drain`. */
  async drain(options: DrainOptions = {}): Promise<number> {
    return options.withScheduled === true ? this.#drainInTime(options) : this.#drainNow(options);
  }

  /** Runs until one job has had an attempt, and throws what that threw. */
  async settle(id: string, type: string): Promise<void> {
    if (!this.registrations.has(type))
      throw new Error(`There is no handler for ${type}. Register one: ojs.register("${type}", handler).`);
    await this.#drainNow({});
    // Somebody else's drain may be running it.
    while (this.#isActive(id)) await turns();
    const error = this.attempts.errorOf(id);
    if (error !== undefined) throw error;
  }

  async #drainNow({ queue, maxJobs = 10_000, timeout = "30s" }: DrainOptions): Promise<number> {
    const { transport, storage, clock } = this.#parts;
    return drainAll(
      { queue, maxJobs, timeoutMs: toMilliseconds(timeout) },
      {
        transport,
        records: () => storage.allJobs(),
        now: () => clock.now(),
        workerFor: (queues, way) => this.#workerFor(queues, way),
        hasHandler: (type) => this.registrations.has(type),
        attempts: () => this.attempts.count,
      },
    );
  }

  /** From one moment at which a job is due to the next. */
  async #drainInTime({ maxJobs = 10_000, ...options }: DrainOptions): Promise<number> {
    const { storage, clock } = this.#parts;
    const isMeant = ({ queue }: JobRecord): boolean => options.queue === undefined || queue === options.queue;
    for (let done = 0; ; ) {
      done += await this.#drainNow({ ...options, maxJobs: maxJobs - done });
      const next = nextMoment(storage.allJobs().filter(isMeant), clock.now());
      if (next === undefined) return done;
      await clock.advance(next - clock.now());
    }
  }

  #isActive(id: string): boolean {
    return this.#parts.storage.allJobs().some((job) => job.id === id && job.state === "active");
  }

  #workerFor(queues: readonly string[], transport: Transport): OjsWorker {
    const options = { transport, queues, concurrency: 1, exchange: false, handleSignals: false } as const;
    const worker = new OjsWorker(options, this.#parts.deps);
    worker.use(this.attempts.middleware, ...this.middleware);
    for (const register of this.registrations.values()) register(worker);
    return worker;
  }
}

/** When the next job is due that waits for its time; what is due already may not run. */
function nextMoment(jobs: readonly JobRecord[], now: number): number | undefined {
  const waiting = jobs.filter(
    ({ state, availableAt }) => availableAt > now && (state === "scheduled" || state === "retryable"),
  );
  return waiting.length === 0 ? undefined : Math.min(...waiting.map(({ availableAt }) => availableAt));
}
