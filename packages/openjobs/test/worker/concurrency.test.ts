/** Limits of single queues and types inside of a worker. */
import { describe, expect, it } from "vitest";
import { type JobContext, OjsValidationError, OjsWorker, type WorkerOptions } from "../../src/index.ts";
import { turns } from "../../src/testing/test-clock.ts";
import { Quotas } from "../../src/worker/quotas.ts";
import { bench, Gate, pave, stopped, ways } from "./bench.ts";
import { serverBench } from "./server-bench.ts";
import { wireJob } from "./stub-server.ts";

const queueOf = (name: string, type = "test.job") => wireJob({ queue: name, type });

describe.each(ways)("on a stub, with outcomes that travel %s", (way) => {
  async function started(options: WorkerOptions, types: Readonly<Record<string, number | undefined>> = {}) {
    const made = bench(options);
    pave(made.server, way);
    const gate = new Gate();
    made.worker.register("test.job", gate.handler);
    for (const [type, concurrency] of Object.entries(types)) {
      made.worker.register(type, gate.handler, concurrency === undefined ? {} : { concurrency });
    }
    await made.worker.start();
    await made.clock.advance(0);
    const fetches = () => made.server.of("fetch").map(({ body }) => [body.queues, body.count, body.wait_ms]);
    return { ...made, gate, fetches };
  }

  it("a worker without limits asks for what it has slots for", async () => {
    const { fetches } = await started({ queues: ["a", "b"], concurrency: 5 });
    expect(fetches()).toEqual([[["a", "b"], 5, 20_000]]);
  });

  it("a fetch asks for no more than the fullest of its queues has room for, and leaves full ones out", async () => {
    const { server, clock, fetches } = await started({ queues: ["a", { name: "b", concurrency: 2 }], concurrency: 5 });
    expect(fetches()).toEqual([[["a", "b"], 2, 20_000]]);
    server.push(queueOf("b"));
    await clock.advance(0);
    expect(fetches().at(-1)).toEqual([["a", "b"], 1, 20_000]);
    server.push(queueOf("b"));
    await clock.advance(0);
    // It does not wait for long: by then there may be room again.
    expect(fetches().at(-1)).toEqual([["a"], 3, 1_000]);
  });

  it("a full queue is asked for again when one of its jobs has ended", async () => {
    const { server, clock, gate } = await started({ queues: ["a", { name: "b", concurrency: 1 }], concurrency: 5 });
    server.push(queueOf("b"));
    await clock.advance(1_000);
    server.received.length = 0;
    await gate.end();
    await clock.advance(1_000);
    const asked = server.received
      .map(({ body }) => (body.fetch ?? body).queues)
      .filter((queues) => queues !== undefined);
    expect(asked).toContainEqual(["a", "b"]);
  });

  it("jobs of a full queue that come all the same are put aside", async () => {
    const { server, clock, gate } = await started({ queues: ["a", { name: "b", concurrency: 1 }], concurrency: 5 });
    server.push(queueOf("b"));
    await clock.advance(0);
    server.push(queueOf("b"), queueOf("b"), queueOf("a"));
    await clock.advance(0);
    expect(gate.entered.map(({ queue }) => queue)).toEqual(["b", "a"]);
    expect(server.of("nack").map(({ body }) => body.error.type)).toEqual(["worker_full", "worker_full"]);
  });

  it("nothing is asked for while all queues are full, and no job is handed back", async () => {
    const { server, clock, gate } = await started({ queues: [{ name: "b", concurrency: 2 }], concurrency: 5 });
    server.push(queueOf("b"), queueOf("b"), queueOf("b"));
    await clock.advance(0);
    const before = server.of("fetch").length;
    await clock.advance(20_000);
    expect(server.of("fetch")).toHaveLength(before);
    expect([gate.running, server.waiting]).toEqual([2, 1]);
    await gate.end();
    await clock.advance(0);
    expect([gate.running, server.waiting, server.of("nack").length]).toEqual([2, 0, 0]);
  });

  it("one job of a full type waits; others are put aside without an attempt, and the queue is left alone", async () => {
    const { server, clock, gate, fetches, worker } = await started(
      { queues: ["a", "b"], concurrency: 10 },
      { "report.build": 2 },
    );
    server.push(...Array.from({ length: 5 }, () => queueOf("a", "report.build")), queueOf("a"));
    await clock.advance(0);
    expect([gate.running, worker.activeJobs]).toEqual([3, 4]);
    expect(server.of("nack").map(({ body }) => body)).toMatchObject([
      { requeue: true, error: { type: "worker_full", code: "SNOOZE", retry_after_ms: 1_000 } },
      { requeue: true, error: { code: "SNOOZE" } },
    ]);
    await clock.advance(0);
    expect(fetches().at(-1)).toEqual([["b"], 6, 1_000]);
    // As soon as one has ended the next one runs, and the queue is asked for one more.
    server.received.length = 0;
    await gate.end();
    await clock.advance(1_000);
    expect(gate.running).toBe(3);
    const asked = server.received.map(({ body }) => body.fetch ?? body).filter(({ queues }) => queues !== undefined);
    expect(asked).toContainEqual(expect.objectContaining({ queues: ["a", "b"], count: 1 }));
  });

  it("jobs of other types run past one that waits for its type", async () => {
    const { server, clock, gate } = await started({ concurrency: 3, prefetch: 3 }, { "report.build": 1 });
    server.push(queueOf("default", "report.build"), queueOf("default", "report.build"), queueOf("default"));
    await clock.advance(0);
    expect(gate.entered.map(({ type }) => type)).toEqual(["report.build", "test.job"]);
    await gate.end();
    await clock.advance(0);
    expect(gate.entered.map(({ type }) => type)).toEqual(["report.build", "test.job", "report.build"]);
  });

  it("a job that waits for its type is handed back when the worker stops", async () => {
    const made = await started({ concurrency: 3 }, { "report.build": 1 });
    made.server.push(queueOf("default", "report.build"), queueOf("default", "report.build"));
    await made.clock.advance(0);
    await stopped(made);
    expect(made.server.of("nack").map(({ body }) => [body.requeue, body.error.code])).toEqual([
      [true, "shutdown"],
      [true, "shutdown"],
    ]);
  });

  it("a limit can be changed and taken away while jobs run", async () => {
    const { server, clock, gate, worker } = await started({ concurrency: 10 }, { "report.build": 1 });
    server.push(queueOf("default", "report.build"), queueOf("default", "report.build"));
    await clock.advance(0);
    expect(gate.running).toBe(1);
    worker.register("report.build", gate.handler);
    server.push(...Array.from({ length: 4 }, () => queueOf("default", "report.build")));
    await clock.advance(0);
    await gate.end();
    await clock.advance(0);
    expect([gate.running, server.of("nack").length, server.waiting]).toEqual([5, 0, 0]);
  });
});

it("what is asked for and not answered yet counts as if it had come", () => {
  const quotas = new Quotas(["a", "b"], new Map([["b", 3]]));
  const first = quotas.ask(10);
  expect(first).toMatchObject({ count: 3, queues: ["a", "b"], isPartial: false });
  expect(quotas.ask(7)).toMatchObject({ count: 7, queues: ["a"], isPartial: true });
  if (first !== undefined) quotas.answered(first);
  expect(quotas.ask(2)).toMatchObject({ count: 2, queues: ["a", "b"] });
  expect(quotas.ask(7)).toMatchObject({ count: 1, queues: ["a", "b"] });
  expect(quotas.ask(0)).toBeUndefined();
});

describe("limits that cannot work", () => {
  it.each([0, -1, 1.5, Number.NaN])("are refused: %d", (concurrency) => {
    expect(() => new OjsWorker({ queues: [{ name: "a", concurrency }] })).toThrow(OjsValidationError);
    const worker = new OjsWorker({ handleSignals: false });
    expect(() => worker.register("test.job", () => 1, { concurrency })).toThrow(OjsValidationError);
  });

  it("are refused with a name that is none", () => {
    expect(() => new OjsWorker({ queues: [{ name: "A b" }] })).toThrow(/queues/);
  });
});

describe.each(ways)("on the real server, with outcomes that travel %s", (way) => {
  const at = serverBench();

  it("no limit is exceeded, nothing is lost, and no attempt is spent", async () => {
    const { worker, client, pass } = at();
    const limits: Readonly<Record<string, number>> = {
      "queue slow": 2,
      "queue mixed": 4,
      "type rare": 1,
      "type heavy": 3,
    };
    const running = new Map<string, number>();
    const most = new Map<string, number>();
    const count = ({ queue, type }: JobContext, by: number): void => {
      for (const name of [`queue ${queue}`, `type ${type}`]) {
        const now = (running.get(name) ?? 0) + by;
        running.set(name, now);
        most.set(name, Math.max(now, most.get(name) ?? 0));
      }
    };
    const made = worker({
      queues: ["fast", { name: "slow", concurrency: 2 }, { name: "mixed", concurrency: 4 }],
      ...{ concurrency: 8, exchange: way === "in an exchange" },
    });
    const handler = async (job: JobContext): Promise<number> => {
      count(job, 1);
      await turns(1 + (Number(job.args[0]) % 5));
      count(job, -1);
      return job.attempt;
    };
    made
      .register("plain", handler)
      .register("rare", handler, { concurrency: 1 })
      .register("heavy", handler, { concurrency: 3 });
    const types = ["plain", "plain", "rare", "heavy"];
    const queues = ["fast", "slow", "mixed"];
    const jobs = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        client.enqueue(types[n % 4] ?? "", [n], { queue: queues[n % 3] ?? "", retry: { maxAttempts: 1 } }),
      ),
    );
    await made.start();
    await pass(60_000);
    const ended = await Promise.all(jobs.map(({ id }) => client.getJob(id)));
    expect(ended.filter(({ state }) => state !== "completed")).toEqual([]);
    for (const [name, max] of Object.entries(limits)) expect(most.get(name), name).toBeLessThanOrEqual(max);
    expect(most.get("queue slow")).toBe(2);
    expect(most.get("type heavy")).toBeGreaterThan(1);
  });

  it("other queues go on beside a full one, and work for it begins within a second of room", async () => {
    const { worker, client, pass } = at();
    const gate = new Gate();
    const made = worker({ queues: [{ name: "slow", concurrency: 1 }, "fast"], exchange: way === "in an exchange" });
    made.register("slow.job", gate.handler).register("fast.job", () => 1);
    await made.start();
    const slow = () => client.enqueue("slow.job", [], { queue: "slow" });
    await slow();
    await pass(5_000);
    const { id } = await client.enqueue("fast.job", [], { queue: "fast" });
    await pass(0);
    expect((await client.getJob(id)).state).toBe("completed");
    await gate.end();
    await pass(0);
    await slow();
    await pass(1_000);
    expect(gate.running).toBe(1);
  });
});
