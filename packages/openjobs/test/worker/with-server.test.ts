/** The worker against the real server, in one process and on one virtual clock. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  DeadLetterError,
  DiscardError,
  type JobHandler,
  OjsClient,
  OjsWorker,
  type Transport,
  type TransportRequest,
  type WorkerOptions,
} from "../../src/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";
import { TestClock, turns } from "../../src/testing/test-clock.ts";
import { strictly } from "../support/strict-transport.ts";
import { Gate, type LogLine, obedient, recordingLogger, stubborn } from "./bench.ts";

let clock: TestClock;
let server: OjsServer;
let transport: Transport;
let client: OjsClient;
const workers: OjsWorker[] = [];
const log: LogLine[] = [];

beforeEach(async () => {
  clock = new TestClock(Date.UTC(2026, 0, 1));
  server = await createServer({ storage: memory(), clock, random: () => 0.5 });
  transport = strictly(server.transport);
  client = new OjsClient({ transport }, { clock });
});

afterEach(async () => {
  const stopping = Promise.all(workers.splice(0).map((worker) => worker.stop({ grace: 0 })));
  await pass(10_000);
  await stopping;
  log.length = 0;
  await server.close({ graceMs: 0 });
});

function pass(ms: number): Promise<void> {
  return clock.advance(ms, () => turns(8));
}

async function work(handler: JobHandler, options: WorkerOptions = {}): Promise<OjsWorker> {
  const worker = new OjsWorker(
    { transport, handleSignals: false, logger: recordingLogger(log), ...options },
    { clock, random: () => 0.5 },
  );
  workers.push(worker);
  worker.register("test.job", handler);
  await worker.start();
  await pass(0);
  return worker;
}

/** A way to the server that a test can cut: before requests get there, or before their answers come back. */
class Wire implements Transport {
  readonly #only: RegExp;
  readonly #open = new Set<AbortController>();
  #cut: "requests" | "answers" | undefined;

  /** @param only Requests with another path always get through. */
  constructor(only = /./) {
    this.#only = only;
  }

  cut(what: "requests" | "answers"): void {
    this.#cut = what;
    for (const open of this.#open) open.abort(new Error("read ECONNRESET"));
  }

  mend(): void {
    this.#cut = undefined;
  }

  async request(request: TransportRequest) {
    const cut = this.#only.test(request.path) ? this.#cut : undefined;
    if (cut === "requests") throw new Error("connect ECONNREFUSED");
    const open = new AbortController();
    const abort = (): void => open.abort(request.signal?.reason);
    request.signal?.addEventListener("abort", abort);
    if (this.#only.test(request.path)) this.#open.add(open);
    try {
      const answer = await server.transport.request({ ...request, signal: open.signal });
      if (cut === "answers") throw new Error("read ECONNRESET");
      return answer;
    } finally {
      this.#open.delete(open);
      request.signal?.removeEventListener("abort", abort);
    }
  }
}

describe("work", () => {
  it("is done and its result kept", async () => {
    await work((job) => ({ hello: job.arg("name") }));
    const { id } = await client.enqueue("test.job", { name: "Ada" });
    await pass(0);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", result: { hello: "Ada" }, attempt: 1 });
  });

  it("begins the moment it is enqueued, though nobody polls", async () => {
    await work(() => 1);
    await pass(7_000);
    const before = clock.now();
    const { id } = await client.enqueue("test.job");
    await turns(20);
    expect((await client.getJob(id)).state).toBe("completed");
    expect(clock.now()).toBe(before);
  });

  it("is tried again by its policy until it succeeds", async () => {
    await work((job) => {
      if (job.attempt < 3) throw new Error(`attempt ${job.attempt}`);
      return job.attempt;
    });
    const retry = { maxAttempts: 5, initialInterval: "10s", jitter: false } as const;
    const { id } = await client.enqueue("test.job", [], { retry });
    await pass(0);
    expect(await client.getJob(id)).toMatchObject({ state: "retryable", error: { message: "attempt 1" } });
    await pass(60_000);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", attempt: 3, result: 3 });
  });

  it("ends as a dead letter when it keeps failing, and can be brought back", async () => {
    let healed = false;
    await work(() => {
      if (!healed) throw new Error("broken");
    });
    const retry = { maxAttempts: 2, initialInterval: "1s", onExhaustion: "dead_letter" } as const;
    const { id } = await client.enqueue("test.job", [], { retry });
    await pass(10_000);
    expect(await client.getJob(id)).toMatchObject({ state: "discarded", attempt: 2 });
    expect((await client.listDeadLetterJobs()).items.map((job) => job.id)).toEqual([id]);
    healed = true;
    await client.retryDeadLetterJob(id);
    await pass(0);
    expect((await client.getJob(id)).state).toBe("completed");
  });

  it("is not tried again when its handler says so", async () => {
    await work((job) => {
      if (job.args[0] === "discard") throw new DiscardError("pointless");
      throw new DeadLetterError("look at this", { type: "odd.one" });
    });
    const discarded = await client.enqueue("test.job", ["discard"]);
    const dead = await client.enqueue("test.job", ["keep"]);
    await pass(0);
    expect(await client.getJob(discarded.id)).toMatchObject({ state: "discarded", attempt: 1 });
    expect(await client.getJob(dead.id)).toMatchObject({ state: "discarded", error: { type: "odd.one" } });
    expect((await client.listDeadLetterJobs()).items.map((job) => job.id)).toEqual([dead.id]);
  });

  it("ends for good when its result cannot be stored", async () => {
    await work(() => "x".repeat(2_000_000));
    const { id } = await client.enqueue("test.job");
    await pass(1_000);
    expect(await client.getJob(id)).toMatchObject({ state: "discarded", error: { type: "result_rejected" } });
  });

  it("that runs too long is a failed attempt", async () => {
    await work(obedient);
    const { id } = await client.enqueue("test.job", [], { timeout: "3s", retry: { maxAttempts: 1 } });
    await pass(5_000);
    expect(await client.getJob(id)).toMatchObject({ state: "discarded", error: { type: "timeout" } });
  });

  it("may take far longer than its lease, and than the silence that makes a worker dead", async () => {
    const gate = new Gate();
    await work(gate.handler, { visibilityTimeout: "2s" });
    const { id } = await client.enqueue("test.job");
    await pass(120_000);
    expect(await client.getJob(id)).toMatchObject({ state: "active", attempt: 1 });
    await gate.end("slow");
    await pass(0);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", attempt: 1, errors: [] });
  });

  it("is told when somebody cancels it", async () => {
    let cause: unknown;
    await work((job) => {
      job.signal.addEventListener("abort", () => {
        cause = job.signal.reason;
      });
      return obedient(job);
    });
    const { id } = await client.enqueue("test.job");
    await pass(0);
    await client.cancelJob(id);
    await pass(5_000);
    expect(cause).toMatchObject({ cause: "cancelled" });
    expect((await client.getJob(id)).state).toBe("cancelled");
  });
});

describe("stop", () => {
  it("hands back what is running without costing an attempt: another worker completes the only attempt there is", async () => {
    const first = await work(obedient);
    const { id } = await client.enqueue("test.job", [], { retry: { maxAttempts: 1 } });
    await pass(0);
    const stopping = first.stop({ grace: 0 });
    await pass(1_000);
    await stopping;
    expect((await client.getJob(id)).state).toBe("available");
    await work(() => "by the other one");
    expect(await client.getJob(id)).toMatchObject({ state: "completed", result: "by the other one" });
  });

  it("loses nothing under load: every job is done once, whoever does it", async () => {
    const runs = new Map<string, number>();
    const count: JobHandler = async ({ id }) => {
      await new Promise<void>((resolve) => void clock.schedule(clock.now() + 20, resolve));
      runs.set(id, (runs.get(id) ?? 0) + 1);
    };
    const input = Array.from({ length: 300 }, () => ({ type: "test.job", options: { retry: { maxAttempts: 1 } } }));
    const jobs = await client.enqueueBatch(input);
    for (let round = 0; round < 6; round += 1) {
      const worker = await work(count, { concurrency: 8 });
      await pass(50);
      const stopping = worker.stop();
      await pass(1_000);
      await stopping;
    }
    await work(count, { concurrency: 50 });
    await pass(5_000);
    expect(jobs.map(({ id }) => runs.get(id))).toEqual(jobs.map(() => 1));
  });
});

describe("a connection that breaks", () => {
  it("while an ack is answered costs nothing: the repeated ack is understood", async () => {
    const wire = new Wire(/workers\/(ack|exchange)$/);
    await work(() => "once", { transport: wire });
    wire.cut("answers");
    const { id } = await client.enqueue("test.job");
    await pass(2_000);
    wire.mend();
    await pass(2_000);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", attempt: 1, result: "once" });
    expect(workers[0]?.activeJobs).toBe(0);
    expect(log.filter(({ level }) => level === "warn")).toEqual([]);
  });

  it("before an ack arrives costs nothing either, while heartbeats get through", async () => {
    const wire = new Wire(/workers\/(ack|exchange)$/);
    let runs = 0;
    await work(
      () => {
        runs += 1;
      },
      { transport: wire, visibilityTimeout: "4s" },
    );
    wire.cut("requests");
    const { id } = await client.enqueue("test.job");
    await pass(20_000);
    expect((await client.getJob(id)).state).toBe("active");
    wire.mend();
    await pass(2_000);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", attempt: 1 });
    expect(runs).toBe(1);
  });

  it("for longer than the lease costs the job: another worker does it, and the late outcome is refused", async () => {
    const wire = new Wire();
    const gate = new Gate();
    const cutOff = await work(gate.handler, { transport: wire, visibilityTimeout: "4s" });
    const { id } = await client.enqueue("test.job");
    await pass(0);
    wire.cut("requests");
    await pass(1_000);
    await work(async (job) => `attempt ${job.attempt}`, { visibilityTimeout: "4s" });
    await pass(4_000);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", result: "attempt 2" });
    wire.mend();
    await gate.end("too late");
    await pass(5_000);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", result: "attempt 2" });
    expect(cutOff.activeJobs).toBe(0);
  });

  it("and comes back finds the lost job again: this worker runs it twice, and only the second run counts", async () => {
    const wire = new Wire();
    const gate = new Gate();
    const worker = await work(gate.handler, { transport: wire, visibilityTimeout: "4s", concurrency: 2 });
    const { id } = await client.enqueue("test.job");
    await pass(0);
    wire.cut("requests");
    await pass(10_000);
    wire.mend();
    await pass(900);
    expect(gate.entered.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(gate.entered.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    await gate.end("first");
    await gate.end("second");
    await pass(100);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", attempt: 2, result: "second" });
    expect(worker.activeJobs).toBe(0);
  });
});

describe("a worker that dies", () => {
  it("loses its jobs to others when their leases end", async () => {
    const wire = new Wire();
    await work(stubborn, { transport: wire });
    const { id } = await client.enqueue("test.job");
    await pass(0);
    wire.cut("requests");
    await work(() => "survivor");
    await pass(31_000);
    expect(await client.getJob(id)).toMatchObject({ state: "completed", attempt: 2, result: "survivor" });
  });
});
