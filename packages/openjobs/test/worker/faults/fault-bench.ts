/** A worker on a fault server, and what has to be true of every worker when a test is over. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import {
  type Clock,
  type JobContext,
  type JobHandler,
  OjsClient,
  OjsWorker,
  type WorkerOptions,
} from "../../../src/index.ts";
import { steadyClock } from "../../../src/worker/steady-clock.ts";
import { resolveSettings } from "../../../src/worker/worker-options.ts";
import { FaultServer } from "../../support/fault-server.ts";
import { type LogLine, recordingLogger } from "../bench.ts";
import { Admission } from "./admission.ts";

/** The ways a worker can talk to its server, as far as this build has them. */
export const MODES: readonly Mode[] =
  "exchange" in resolveSettings({}) ? ["exchange", "single routes"] : ["single routes"];
export type Mode = "exchange" | "single routes";

/** Short times, so that a fault and the recovery from it take seconds; not too short for a machine that is busy. */
const SHORT: WorkerOptions = {
  visibilityTimeout: "4s",
  heartbeatInterval: 300,
  fetchWait: 300,
  pollInterval: 50,
  requestTimeout: 1_000,
  concurrency: 5,
  gracePeriod: "2s",
  handleSignals: false,
};
/** A process that stands still for longer than a part of these times loses leases, as it should: nothing can be said then. */
const JUDGEABLE_STALL_MS = 500;
/** What `stop()` may take beyond its grace: stopping handlers, handing back, the goodbye (README: at most 5 s). */
const AFTER_GRACE_MS = 5_000;
/** The promise, and the time that it takes to look. */
const BACK_WITHIN_MS = 1_000 + 250;
/** A recovery is about as many requests as so many jobs: what those take on a busy machine is not the fault's. */
const JOBS_PER_RECOVERY = 3;
/** For what comes as soon as it can: if it has not come by then, it will not. */
const PATIENCE_MS = 60_000;
/** Between two looks. Forty tests that look two hundred times a second keep a processor busy with nothing else. */
const LOOK_EVERY_MS = 20;

const admission = new Admission();

/** See above. */
export class FaultBench {
  readonly server: FaultServer;
  readonly worker: OjsWorker;
  readonly client: OjsClient;
  readonly log: LogLine[] = [];
  /** How often each job was run. */
  readonly runs = new Map<string, number>();
  readonly #succeeded = new Set<string>();
  readonly #clock = new CountingClock();
  readonly #stalled = stallWatch();
  #closed = false;

  private constructor(server: FaultServer, mode: Mode, options: WorkerOptions) {
    this.server = server;
    this.client = new OjsClient({ transport: server.ojs.transport });
    const given = { ...SHORT, exchange: mode === "exchange", logger: recordingLogger(this.log), ...options };
    // Jitter is none: what is measured is the promise, not luck.
    this.worker = new OjsWorker({ url: server.url, ...given }, { clock: this.#clock, random: () => 0.5 });
  }

  /** A worker that has done a job already, so that it has connections to lose. */
  static async start(mode: Mode, handler: JobHandler = () => "done", options: WorkerOptions = {}): Promise<FaultBench> {
    await admission.enter();
    const bench = new FaultBench(await FaultServer.start(), mode, options);
    try {
      bench.worker.register("warm.up", () => 1);
      bench.handle("test.job", handler);
      await bench.worker.start();
      await bench.untilCompleted([await bench.enqueue("warm.up")]);
      await until(() => bench.worker.activeJobs === 0); // its outcome is not one that a test counts
      return bench;
    } catch (error) {
      await bench[Symbol.asyncDispose]();
      throw error;
    }
  }

  handle(type: string, handler: JobHandler): void {
    this.worker.register(type, async (job: JobContext) => {
      this.runs.set(job.id, (this.runs.get(job.id) ?? 0) + 1);
      const result = await handler(job);
      this.#succeeded.add(`${job.id} ${job.attempt}`);
      return result;
    });
  }

  async enqueue(type = "test.job", args: readonly unknown[] = []): Promise<string> {
    const retry = { maxAttempts: 5, initialInterval: 10, jitter: false } as const;
    return (await this.client.enqueue(type, args, { retry })).id;
  }

  enqueueMany(count: number, type?: string): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => this.enqueue(type)));
  }

  async untilCompleted(ids: readonly string[]): Promise<void> {
    const states = () => Promise.all(ids.map(async (id) => String((await this.client.getJob(id)).state)));
    await until(async () => (await states()).every((state) => state === "completed"));
    expect(await states()).toEqual(ids.map(() => "completed"));
  }

  /** Enqueues a job and asserts that it is done within a second, or within `extraMs` more. */
  expectWorksAgain(extraMs = 0): Promise<void> {
    return this.expectSoon(() => this.#workOne(), extraMs);
  }

  /**
   * Asserts that this takes a second at most, or `extraMs` more, on a machine with nothing else to do. If it took longer, a job
   * without any fault shows how slow the machine is.
   */
  async expectSoon(happens: () => Promise<unknown>, extraMs = 0): Promise<void> {
    const limit = BACK_WITHIN_MS + extraMs;
    const took = await this.timeOf(happens);
    if (took < limit) return;
    const usual = await this.timeOf(() => this.#workOne());
    expect(took - JOBS_PER_RECOVERY * usual, `${took} ms, of which a job takes ${usual}`).toBeLessThan(limit);
  }

  async #workOne(): Promise<void> {
    await this.untilCompleted([await this.enqueue("warm.up")]);
  }

  /** Without the time in which this process stood still, or waited for a processor. */
  async timeOf(happens: () => Promise<unknown>): Promise<number> {
    const notOurs = (): number => this.#stalled() + queuedMs();
    const before = notOurs();
    const since = performance.now();
    await happens();
    return performance.now() - since - (notOurs() - before);
  }

  async expectDone(
    ids: readonly string[],
    expected: { readonly runs: number; readonly attempt?: number },
  ): Promise<void> {
    await this.untilCompleted(ids);
    if (this.#stalled() > JUDGEABLE_STALL_MS) return;
    expect(ids.map((id) => this.runs.get(id))).toEqual(ids.map(() => expected.runs));
    if (expected.attempt === undefined) return;
    const attempts = await Promise.all(ids.map(async (id) => (await this.client.getJob(id)).attempt));
    expect(attempts).toEqual(ids.map(() => expected.attempt));
  }

  /** Stops the worker and asserts what must be true after every fault. */
  async finish(graceMs = 500): Promise<void> {
    this.#closed = true;
    expect(await this.timeOf(() => this.worker.stop({ grace: graceMs }))).toBeLessThan(graceMs + AFTER_GRACE_MS);
    expect(this.worker.state).toBe("terminated");
    await until(() => this.#clock.pending === 0 && this.server.openSockets === 0);
    expect({ timers: this.#clock.pending, sockets: this.server.openSockets }).toEqual({ timers: 0, sockets: 0 });
    expect(this.failedAfterSuccess()).toEqual([]);
  }

  /** Jobs of which a failure was told although every run of them had succeeded. */
  failedAfterSuccess(): string[] {
    const nacked = this.server.calls.flatMap(({ nacks }) => nacks);
    return nacked.filter((id) => {
      const successes = [...this.#succeeded].filter((one) => one.startsWith(id)).length;
      return successes > 0 && successes === this.runs.get(id);
    });
  }

  complaints(): string[] {
    return this.log.filter(({ level }) => level === "warn" || level === "error").map(({ message }) => message);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) await this.worker.stop({ grace: 0 });
    await this.server.close();
    clearInterval(this.#stalled.ticker);
    admission.leave();
  }
}

/** How long this thread was ready to run while others had the processors, since it began. Only Linux says so. */
function queuedMs(): number {
  try {
    return Number(readFileSync("/proc/self/schedstat", "utf8").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}

interface StallWatch {
  (): number;
  readonly ticker: NodeJS.Timeout;
}

/** How long this process stood still since then: other tests share its thread and the machine. */
function stallWatch(): StallWatch {
  let last = performance.now();
  let stalledMs = 0;
  const look = (): number => {
    const now = performance.now();
    stalledMs += Math.max(0, now - last - 30);
    last = now;
    return stalledMs;
  };
  return Object.assign(look, { ticker: setInterval(look, 20) });
}

/** Real time, whose timers are counted. */
class CountingClock implements Clock {
  readonly #alarms = new Set<object>();

  get pending(): number {
    return this.#alarms.size;
  }

  now(): number {
    return steadyClock.now();
  }

  schedule(at: number, run: () => void): () => void {
    const alarm = {};
    this.#alarms.add(alarm);
    const cancel = steadyClock.schedule(at, () => {
      this.#alarms.delete(alarm);
      run();
    });
    return () => {
      this.#alarms.delete(alarm);
      cancel();
    };
  }
}

export function passTime(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits for a condition; what became of it is for the caller to assert. `expect.poll` cannot be used in concurrent tests. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await holds()) && performance.now() < end) await passTime(LOOK_EVERY_MS);
}
