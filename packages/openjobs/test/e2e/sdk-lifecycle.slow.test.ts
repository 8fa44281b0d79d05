/** Client and worker of the SDK against a real `ojs serve` over a SQLite file, through deaths and restarts. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OjsClient, OjsWorker, type WorkerOptions } from "../../src/index.ts";
import { type OjsProcess, startOjs } from "../support/ojs-process.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { startWorkerProcess } from "./worker-process.ts";

let folder: TemporaryFolder;
let server: OjsProcess;
let client: OjsClient;
let workers: OjsWorker[];

beforeEach(async () => {
  workers = [];
  folder = temporaryFolder();
  server = await startOjs({ storage: storage() });
  client = new OjsClient({ url: server.url });
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.stop({ grace: 0 })));
  await client.close();
  await server.kill();
  folder[Symbol.dispose]();
});

function storage(): string {
  return `sqlite:${folder.file("jobs.db")}`;
}

/** Starts the server again, on the same file and port. */
async function restart(): Promise<void> {
  server = await startOjs({ storage: storage(), port: server.port });
}

function makeWorker(options: WorkerOptions = {}): OjsWorker {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const worker = new OjsWorker({ url: server.url, handleSignals: false, logger, ...options });
  workers.push(worker);
  return worker;
}

/** A handler that stays inside until it is let go. */
function gate(): { readonly entered: Promise<void>; enter(): Promise<void>; open(): void } {
  let arrived = (): void => undefined;
  let open = (): void => undefined;
  const entered = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const enter = (): Promise<void> => {
    arrived();
    return opened;
  };
  return { entered, enter, open };
}

async function completed(id: string): Promise<void> {
  await expect.poll(async () => (await client.getJob(id)).state).toBe("completed");
}

describe("a job", () => {
  it("is enqueued, worked on, and keeps its result", async () => {
    const worker = makeWorker();
    worker.register("sum", (job) => ({ sum: Number(job.arg("a")) + Number(job.arg("b")) }));
    await worker.start();
    const { id } = await client.enqueue("sum", { a: 1, b: 2 });
    await completed(id);
    const job = await client.getJob(id);
    expect(job).toMatchObject({ attempt: 1, result: { sum: 3 }, args: [{ a: 1, b: 2 }], errors: [] });
    expect(job.completedAt).toBeDefined();
  });

  it("fails, is retried, becomes a dead letter, is brought back by an operator, and succeeds", async () => {
    let broken = true;
    const attempts: number[] = [];
    const worker = makeWorker();
    worker.register("flaky", (job) => {
      attempts.push(job.attempt);
      if (broken) throw new RangeError(`attempt ${job.attempt} failed`);
      return "at last";
    });
    await worker.start();
    const retry = { maxAttempts: 2, initialInterval: 20, jitter: false, onExhaustion: "dead_letter" } as const;
    const { id } = await client.enqueue("flaky", [], { retry });

    await expect.poll(async () => (await client.listDeadLetterJobs()).items.map((job) => job.id)).toEqual([id]);
    const dead = await client.getJob(id);
    expect(dead).toMatchObject({ state: "discarded", attempt: 2, error: { message: "attempt 2 failed" } });
    expect(dead.errors.map(({ message }) => message)).toEqual(["attempt 1 failed", "attempt 2 failed"]);

    broken = false;
    expect(await client.retryDeadLetterJob(id)).toMatchObject({ state: "available", attempt: 0 });
    await completed(id);
    expect(await client.getJob(id)).toMatchObject({ attempt: 1, result: "at last" });
    expect((await client.listDeadLetterJobs()).items).toEqual([]);
    expect(attempts).toEqual([1, 2, 1]);
  });
});

describe.skipIf(process.platform === "win32")("a worker process that dies", () => {
  it("by SIGKILL leaves a job that another worker finishes", async () => {
    await using victim = await startWorkerProcess(server.url);
    const { id } = await client.enqueue("test.job", [], { visibilityTimeout: "1s" });
    await victim.said(`entered ${id} 1`);
    victim.signal("SIGKILL");
    await victim.exited;
    const heir = makeWorker();
    heir.register("test.job", (job) => `attempt ${job.attempt}`);
    await heir.start();
    await completed(id);
    const job = await client.getJob(id);
    expect(job).toMatchObject({ attempt: 2, result: "attempt 2" });
    expect(job.errors.map(({ type, attempt }) => [type, attempt])).toEqual([["visibility_timeout", 1]]);
  });

  it("by SIGTERM hands its job back, and that does not cost an attempt", async () => {
    await using leaving = await startWorkerProcess(server.url);
    const { id } = await client.enqueue("test.job", [], { retry: { maxAttempts: 1 } });
    await leaving.said(`entered ${id} 1`);
    leaving.signal("SIGTERM");
    await leaving.said("state terminate");
    leaving.signal("SIGTERM");
    expect(await leaving.exited).toBe(0);
    const heir = makeWorker();
    heir.register("test.job", () => "by the heir");
    await heir.start();
    await completed(id);
    // With one attempt only, a second execution is possible because the first one did not count.
    expect(await client.getJob(id)).toMatchObject({ maxAttempts: 1, result: "by the heir" });
  });
});

describe("SIGTERM of the server", () => {
  it("does not wait for parked workers, and they work on when it is back", async () => {
    const worker = makeWorker();
    worker.register("test.job", () => "done");
    await worker.start();
    const before = await client.enqueue("test.job");
    await completed(before.id);

    expect(await server.stop()).toEqual({ code: 0, signal: null });
    await restart();
    const after = await client.enqueue("test.job");
    await completed(after.id);
    expect(await client.getJob(before.id)).toMatchObject({ state: "completed", result: "done" });
  });

  it("does not end leases: a job that runs meanwhile is acked after the restart, in its first attempt", async () => {
    const inside = gate();
    const worker = makeWorker();
    worker.register("long", async () => {
      await inside.enter();
      return "survived";
    });
    await worker.start();
    const { id } = await client.enqueue("long");
    await inside.entered;

    expect((await server.stop()).code).toBe(0);
    await restart();
    expect((await client.getJob(id)).state).toBe("active");
    inside.open();
    await completed(id);
    expect(await client.getJob(id)).toMatchObject({ attempt: 1, result: "survived", errors: [] });
  });

  it("loses no result of a job that ends while the server is away", async () => {
    const inside = gate();
    const worker = makeWorker();
    worker.register("long", async () => {
      await inside.enter();
      return "kept";
    });
    await worker.start();
    const { id } = await client.enqueue("long");
    await inside.entered;

    await server.kill();
    inside.open();
    await expect(client.getJob(id, { totalTimeout: 200 })).rejects.toMatchObject({ retryable: true });
    await restart();
    await completed(id);
    expect(await client.getJob(id)).toMatchObject({ attempt: 1, result: "kept", errors: [] });
  });
});
