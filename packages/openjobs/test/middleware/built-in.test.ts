/** The middleware that comes with the package (ojs-middleware §8.1). */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Job, type JobHandler, type Middleware, OjsClient, OjsWorker } from "../../src/index.ts";
import { JobTimeoutError, logging, metrics, timeout } from "../../src/middleware/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";

let server: OjsServer;

beforeEach(async () => {
  server = await createServer({ storage: memory() });
});

afterEach(() => server.close({ graceMs: 0 }));

/** Enqueues one job through the middleware and runs it within the same. */
async function runOne(middleware: Middleware, handler: JobHandler): Promise<Job> {
  const client = new OjsClient({ transport: server.transport });
  if (middleware.enqueue !== undefined) client.use(middleware);
  await using worker = new OjsWorker({ transport: server.transport, handleSignals: false });
  worker.use(middleware).register("work.do", handler);
  const { id } = await client.enqueue("work.do", { secret: "hunter2" }, { retry: { maxAttempts: 1 } });
  await worker.start();
  await expect.poll(async () => (await client.getJob(id)).state, { interval: 5 }).toMatch(/completed|discarded/);
  return client.getJob(id);
}

const failing: JobHandler = () => {
  throw new RangeError("too far");
};

describe("logging", () => {
  const lines: unknown[][] = [];
  const write = (level: string) => (message: string, facts?: object) => lines.push([level, message, facts]);
  const logger = { debug: write("debug"), info: write("info"), error: write("error") };

  beforeEach(() => {
    lines.length = 0;
  });

  it("has a line for each enqueue, start and end, without arguments", async () => {
    const { id } = await runOne(logging({ logger }), () => "hunter3");
    const facts = { job_id: id, job_type: "work.do", queue: "default" };
    expect(lines).toEqual([
      ["info", "job enqueued", { ...facts, via: "enqueue" }],
      ["info", "job started", { ...facts, attempt: 1 }],
      ["info", "job completed", { ...facts, attempt: 1, status: "completed", duration_ms: expect.any(Number) }],
    ]);
    expect(JSON.stringify(lines)).not.toContain("hunter");
  });

  it("says what failed, as an error, and lets it fail", async () => {
    const job = await runOne(logging({ logger, level: "debug" }), failing);
    expect(job.state).toBe("discarded");
    expect(lines.at(-1)).toMatchObject(["error", "job failed", { status: "failed", error: "too far", attempt: 1 }]);
    expect(lines[0]?.[0]).toBe("debug");
  });
});

describe("metrics", () => {
  it("tells a recorder of every job, and survives one that breaks", async () => {
    const told: unknown[] = [];
    const broken = metrics({
      enqueued: (job) => told.push(["enqueued", job]),
      started: (job) => told.push(["started", job]),
      completed: (job, ms) => told.push(["completed", job, ms >= 0]),
      failed: () => {
        throw new Error("the recorder broke");
      },
    });
    await runOne(broken, () => undefined);
    const job = { type: "work.do", queue: "default" };
    const run = { ...job, attempt: 1 };
    expect(told).toEqual([
      ["enqueued", job],
      ["started", run],
      ["completed", run, true],
    ]);
    expect((await runOne(broken, failing)).error).toMatchObject({ type: "RangeError" });
  });
});

describe("timeout", () => {
  it("ends an attempt that takes longer, aborts its signal, and its error says so", async () => {
    let reason: unknown;
    const job = await runOne(timeout(20), (running) => {
      running.signal.addEventListener("abort", () => {
        reason = running.signal.reason;
      });
      return new Promise(() => undefined); // deaf
    });
    expect(reason).toBeInstanceOf(JobTimeoutError);
    expect(job.error).toMatchObject({
      type: "JobTimeoutError",
      code: "timeout",
      message: "the job took longer than 20 ms",
    });
  });

  it("leaves others alone, and no timer behind", async () => {
    const clear = vi.spyOn(globalThis, "clearTimeout");
    expect((await runOne(timeout("1h"), () => 7)).result).toBe(7);
    expect(clear).toHaveBeenCalled();
  });
});
