import { describe, expect, it } from "vitest";
import type { JobLogging } from "../../src/server/index.ts";
import { TestClock } from "../../src/testing/test-clock.ts";
import { type Line, recorder } from "./recorded-log.ts";
import { type TestServer, testServer } from "./test-server.ts";

const LEVELS = ["debug", "info", "warn", "error"];
const SECRET = "4111-1111";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

interface Logged extends AsyncDisposable {
  readonly test: TestServer;
  readonly clock: TestClock;
  /** Lines about jobs so far. */
  jobLines(): readonly Line[];
  readonly lines: readonly Line[];
}

async function logged(jobLog: JobLogging, levels: readonly string[] = LEVELS): Promise<Logged> {
  const { logger, lines } = recorder(levels);
  const clock = new TestClock(Date.UTC(2026, 0, 1));
  const test = await testServer({ logger, jobLog, clock });
  const jobLines = (): readonly Line[] => lines.filter(({ facts }) => facts.category === "lifecycle");
  return { test, clock, lines, jobLines, [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() };
}

async function fail(test: TestServer, id: string): Promise<void> {
  const error = { type: "CardError", message: "declined", backtrace: ["at pay (pay.ts:1)"] };
  await test.post("/ojs/v1/workers/nack", { job_id: id, error });
}

describe("the log of jobs", () => {
  it("tells all of a job's life if asked to, never with arguments, results or meta", async () => {
    await using log = await logged("all");
    const { test, clock } = log;
    const meta = { card: SECRET, traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
    const { id } = await test.enqueue({ args: [SECRET], meta });
    const job = await test.fetchOne({ worker_id: "w-1" });
    await clock.advance(250);
    await test.post("/ojs/v1/workers/ack", { job_id: job.id, result: { card: SECRET } });
    const common = { "ojs.job_id": id, "ojs.job_type": "test.job", "ojs.queue": "default", "trace.trace_id": TRACE };
    expect(log.jobLines()).toMatchObject([
      { level: "info", message: "Job enqueued", facts: { ...common, "ojs.state": "available" } },
      { level: "debug", message: "Job fetched by worker", facts: { ...common, "ojs.worker_id": "w-1" } },
      {
        level: "info",
        message: "Job completed successfully",
        facts: { ...common, "ojs.attempt": 1, "ojs.state": "completed", attributes: { duration_ms: 250 } },
      },
    ]);
    expect(JSON.stringify(log.lines)).not.toContain(SECRET);
  });

  it("tells by default what went wrong, and nothing of what did not", async () => {
    await using log = await logged("failures");
    const { test, clock } = log;
    await test.enqueue();
    await test.post("/ojs/v1/workers/ack", { job_id: (await test.fetchOne()).id });
    expect(log.jobLines()).toEqual([]);
    const retry = { max_attempts: 2, initial_interval: "PT1S", jitter: false };
    const { id } = await test.enqueue({ args: [SECRET], options: { retry } });
    await fail(test, (await test.fetchOne()).id);
    await clock.advance(1_000);
    await fail(test, (await test.fetchOne()).id);
    const error = { type: "CardError", message: "declined" };
    expect(log.jobLines()).toMatchObject([
      {
        level: "warn",
        message: "Job failed, will retry",
        facts: { "ojs.job_id": id, error, attributes: { next_retry_at: "2026-01-01T00:00:01.000Z" } },
      },
      { level: "error", message: "Job discarded after 2 attempts", facts: { "ojs.state": "discarded", error } },
    ]);
    // The whole number: four digits of it are now and then in an id.
    expect(JSON.stringify(log.lines)).not.toMatch(/pay\.ts|4111-1111/);
  });

  it("tells of timeouts and of jobs that came too late", async () => {
    await using log = await logged("failures");
    const { test, clock } = log;
    await test.enqueue({ options: { timeout_ms: 2_000 } });
    await test.fetchOne();
    await test.enqueue({ options: { queue: "late", expires_at: "2026-01-01T00:00:01Z" } });
    await clock.advance(120_000);
    const messages = log.jobLines().map(({ message }) => message);
    expect(messages).toContain("Job expired before it was started");
    expect(messages.find((message) => message.startsWith("Job execution timed out after"))).toBeDefined();
    expect(messages).toContain("Job failed, will retry");
  });

  it("tells of workers and queues, of which little happens", async () => {
    await using log = await logged("failures");
    const beat = { worker_id: "w-9", active_jobs: [] };
    await log.test.post("/ojs/v1/workers/heartbeat", beat);
    await log.test.post("/ojs/v1/workers/heartbeat", beat);
    await log.test.post("/ojs/v1/queues/mail/pause");
    await log.clock.advance(600_000);
    const told = log.lines.filter(({ facts }) => facts.category !== undefined);
    expect(told.map(({ level, message }) => [level, message])).toEqual([
      ["info", "Worker registered: w-9"],
      ["info", "Queue paused"],
      ["warn", "Worker lost, it has been silent for too long"],
    ]);
  });

  it("can be switched off", async () => {
    await using log = await logged("none");
    await log.test.enqueue({ options: { retry: { max_attempts: 1 } } });
    await fail(log.test, (await log.test.fetchOne()).id);
    await log.test.post("/ojs/v1/queues/mail/pause");
    expect(log.lines.filter(({ facts }) => facts.category !== undefined)).toEqual([]);
  });

  it("undoes nothing when it cannot be written", async () => {
    const full = (): never => {
      throw new Error("no space left on device");
    };
    const logger = { debug: () => undefined, info: full, warn: full, error: full };
    await using test = await testServer({ logger, jobLog: "all" });
    const { id } = await test.enqueue();
    expect((await test.get(`/ojs/v1/jobs/${id}`)).body.job.state).toBe("available");
  });
});
