/** A worker, a stub server and a clock, set up so that nothing happens by itself. */
import type { Logger } from "../../src/client/logger.ts";
import type { JobContext, JobHandler } from "../../src/middleware/job-context.ts";
import { TestClock, turns } from "../../src/testing/test-clock.ts";
import { OjsWorker, type WorkerDeps, type WorkerOptions } from "../../src/worker/worker.ts";
import { StubServer } from "./stub-server.ts";

export interface LogLine {
  readonly level: keyof Logger;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>> | undefined;
}

/** Remembers what was said. */
export function recordingLogger(lines: LogLine[]): Logger {
  const at =
    (level: keyof Logger): Logger["warn"] =>
    (message, facts) =>
      void lines.push({ level, message, facts });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

export interface Bench {
  readonly clock: TestClock;
  readonly server: StubServer;
  readonly worker: OjsWorker;
  readonly log: LogLine[];
  /** Warnings and errors so far. */
  complaints(): string[];
}

/** A worker that is not started. Its jitter is none: `random` is always 0.5. */
export function bench(options: WorkerOptions = {}, deps: WorkerDeps = {}): Bench {
  const clock = new TestClock(Date.UTC(2026, 0, 1));
  const server = new StubServer(clock);
  const log: LogLine[] = [];
  const worker = new OjsWorker(
    { transport: server, handleSignals: deps.signals !== undefined, logger: recordingLogger(log), ...options },
    { clock, random: () => 0.5, ...deps },
  );
  const complaints = (): string[] =>
    log.filter(({ level }) => level === "warn" || level === "error").map(({ message }) => message);
  return { clock, server, worker, log, complaints };
}

/** The ways of outcomes to the server, for `describe.each`. */
export const ways = ["alone", "in an exchange"] as const;

/** One of {@link ways}. */
export type Way = (typeof ways)[number];

/** Takes the way of a started worker's outcomes: what the server's manifest lists. */
export function pave(server: StubServer, way: Way): void {
  server.extensions = way === "alone" ? [] : ["urn:ojs:ext:x:openjobs:worker-exchange"];
}

/** The same, started, with a handler for `test.job`. */
export async function startedBench(
  handler: JobHandler,
  options: WorkerOptions = {},
  deps: WorkerDeps = {},
  way: Way = "alone",
): Promise<Bench> {
  const made = bench(options, deps);
  pave(made.server, way);
  made.worker.register("test.job", handler);
  await made.worker.start();
  await made.clock.advance(0);
  return made;
}

/** Handlers that end when the test says so. */
export class Gate {
  readonly entered: JobContext[] = [];
  #running = 0;
  /** The most that ever ran at the same time. */
  most = 0;
  readonly #endings: { readonly id: string; end(value: unknown): void; fail(error: unknown): void }[] = [];

  readonly handler: JobHandler = async (job) => {
    this.entered.push(job);
    this.#running += 1;
    this.most = Math.max(this.most, this.#running);
    try {
      return await new Promise<unknown>((end, fail) => this.#endings.push({ id: job.id, end, fail }));
    } finally {
      this.#running -= 1;
    }
  };

  get running(): number {
    return this.#running;
  }

  /** Ends the job that came first and lets everything that follows happen; no time passes. */
  async end(value?: unknown): Promise<void> {
    this.#next().end(value);
    await turns();
  }

  async fail(error: unknown): Promise<void> {
    this.#next().fail(error);
    await turns();
  }

  #next() {
    const next = this.#endings.shift();
    if (next === undefined) throw new Error("no handler is running");
    return next;
  }
}

/** A handler that waits for its signal and then throws its reason, as well-behaved ones do. */
export const obedient: JobHandler = ({ signal }) =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

/** A handler that never ends. */
export const stubborn: JobHandler = () => new Promise(() => undefined);

/** Stops the worker and asserts by doing so that it can be stopped: `ms` of virtual time must be enough. */
export async function stopped({ worker, clock }: Bench, ms = 60_000): Promise<void> {
  const stopping = worker.stop({ grace: 0 });
  await clock.advance(ms);
  await stopping;
}
