/** What pushed jobs tell the server while they run: to a real one, and to one that does not answer. */
import { JobAbortError, type JobHandler, OjsClient, type Transport } from "openjobs";
import { createPushHandler } from "openjobs/push";
import { createServer, type OjsServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";
import { describe, expect, it, vi } from "vitest";
import { TestClock } from "../../src/testing/test-clock.ts";
import { NOW, pushCall, SECRET } from "./signed-request.ts";

/** Looked for every millisecond: WebCrypto and sockets take their own time. */
const SOON = { interval: 1, timeout: 10_000 };

const ENDPOINT = "push_worker_1";

/** A server in this process, and what a server does for an endpoint, step by step. */
class Bench {
  readonly #server: OjsServer;
  readonly client: OjsClient;

  constructor(server: OjsServer) {
    this.#server = server;
    this.client = new OjsClient({ transport: server.transport });
  }

  async call(method: "GET" | "POST", path: string, body?: object) {
    const headers = { "content-type": "application/json" };
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await this.#server.transport.request({ method, path: `/ojs/v1${path}`, headers, ...text });
    return { status: answer.status, body: JSON.parse(answer.body) };
  }

  /** A job that is tried again at once. */
  async enqueue(): Promise<string> {
    const retry = { maxAttempts: 5, initialInterval: 1, jitter: false };
    return (await this.client.enqueue("test.job", [], { retry })).id;
  }

  /** The job, claimed; a retry is waited for. */
  async claim() {
    const { body } = await this.call("POST", "/workers/fetch", {
      queues: ["default"],
      worker_id: ENDPOINT,
      wait_ms: 10_000,
    });
    return body.jobs[0];
  }

  /** Claims the next job and hands it to a function. */
  async push(run: JobHandler) {
    const job = await this.claim();
    const server = { transport: this.#server.transport };
    const handler = createPushHandler({ secrets: SECRET, handlers: { "test.job": run }, server });
    const response = await handler(pushCall({ job, at: Date.now(), deliveryId: `del_${job.lease}` }));
    return { status: response.status, body: JSON.parse(await response.text()) };
  }

  /** Ends an attempt as failed. */
  async fail(id: string): Promise<void> {
    const { lease } = await this.client.getJob(id);
    const error = { code: "x", message: "failed", retryable: true };
    const { status } = await this.call("POST", "/workers/nack", { job_id: id, worker_id: ENDPOINT, lease, error });
    expect(status).toBe(200);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close({ graceMs: 0 });
  }
}

const start = async (): Promise<Bench> => new Bench(await createServer({ storage: memory() }));

describe("a push handler that knows its server", () => {
  it("reports progress, the last of it before the answer", async () => {
    await using test = await start();
    const id = await test.enqueue();
    const answer = await test.push((job) => {
      job.progress(0.25);
      job.progress({ current: 3, total: 4, message: "nearly" }, { file: "b.csv" });
      return "done";
    });
    expect(answer).toEqual({ status: 200, body: { status: "completed", result: "done" } });
    const { body } = await test.call("GET", `/jobs/${id}/progress`);
    expect(body).toMatchObject({ state: "active", progress: 0.75, message: "nearly", data: { file: "b.csv" } });
  });

  it("does a step once, whichever call does it", async () => {
    await using test = await start();
    const id = await test.enqueue();
    const charge = vi.fn(() => "ch_1");
    const run: JobHandler = async (job) => {
      const charged = await job.step("charge", charge);
      if (job.attempt === 1) throw new Error("the carrier is closed");
      return charged;
    };
    const first = await test.push(run);
    expect(first.body.error.message).toBe("the carrier is closed");
    await test.fail(id);
    expect((await test.push(run)).body).toEqual({ status: "completed", result: "ch_1" });
    expect(charge).toHaveBeenCalledTimes(1);
  });

  it("keeps a checkpoint for the call after", async () => {
    await using test = await start();
    const id = await test.enqueue();
    const run: JobHandler = async (job) => {
      if (job.resumeFrom !== undefined) return job.resumeFrom;
      await job.checkpoint({ row: 7 });
      throw new Error("away");
    };
    await test.push(run);
    await test.fail(id);
    expect((await test.push(run)).body.result).toEqual({ row: 7 });
  });

  it("learns at a heartbeat that the job was cancelled, and does not seem out of order for it", async () => {
    await using test = await start();
    const id = await test.enqueue();
    const causes: unknown[] = [];
    const answer = await test.push(async (job) => {
      await job.heartbeat();
      await test.client.cancelJob(id);
      await job.heartbeat().catch((error) => causes.push(error instanceof JobAbortError && error.cause));
      causes.push(job.signal.aborted);
    });
    expect(causes).toEqual(["cancelled", true]);
    expect(answer).toMatchObject({ status: 200, body: { status: "failed", error: { code: "lease_lost" } } });
  });

  it("keeps nothing of a call whose job was handed out anew", async () => {
    await using test = await start();
    const id = await test.enqueue();
    const causes: unknown[] = [];
    const answer = await test.push(async (job) => {
      await test.fail(id);
      await test.claim();
      await job.checkpoint(1).catch((error) => causes.push(error instanceof JobAbortError && error.cause));
      await job.heartbeat().catch((error) => causes.push(error instanceof JobAbortError && error.cause));
    });
    expect(causes).toEqual(["lease_lost", "lease_lost"]);
    expect(answer).toMatchObject({ status: 200, body: { status: "failed" } });
    expect((await test.call("GET", `/jobs/${id}/checkpoint`)).status).toBe(404);
  });

  it("answers in time when the server does not, to progress nor to steps", async () => {
    const clock = new TestClock(NOW);
    const transport: Transport = {
      request: ({ signal }) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
    };
    const run: JobHandler = async (job) => {
      job.progress(0.5);
      await job.step("charge", () => 1);
    };
    const handlers = { "mail.send": run };
    const handler = createPushHandler({ secrets: SECRET, handlers, server: { transport }, clock });
    let status: number | undefined;
    const answer = handler(pushCall({ headers: { "x-ojs-timeout-ms": "10000" } })).then((response) => {
      status = response.status;
      return response.json();
    });
    await vi.waitFor(() => expect(clock.nextAlarm).toBeDefined(), SOON);
    await clock.advance(9_999);
    expect(status).toBe(200);
    expect(await answer).toMatchObject({ status: "failed", error: { code: "timeout", retryable: true } });
    expect(clock.nextAlarm).toBeUndefined();
  });
});

describe("a push handler that knows no server", () => {
  it("says so: once for progress, at each step", async () => {
    const warn = vi.fn();
    const logger = { debug: () => undefined, info: () => undefined, warn, error: () => undefined };
    const refused: unknown[] = [];
    const run: JobHandler = async (job) => {
      job.progress(0.5);
      await job.step("charge", () => 1).catch((error) => refused.push(error));
      return "done";
    };
    const clock = new TestClock(NOW);
    const handler = createPushHandler({ secrets: SECRET, handlers: { "mail.send": run }, logger, clock });
    for (const deliveryId of ["a", "b"]) expect((await handler(pushCall({ deliveryId }))).status).toBe(200);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("`server`"), undefined);
    const unsupported = {
      code: "unsupported",
      hint: expect.stringContaining("server: {"),
      details: { field: "server" },
    };
    expect(refused).toEqual([expect.objectContaining(unsupported), expect.objectContaining(unsupported)]);
  });
});
