/** Clocks that are set, and event loops that stand still. */
import { describe, expect, it } from "vitest";
import { OjsClient, OjsWorker } from "../../../src/index.ts";
import { createServer } from "../../../src/server/index.ts";
import { memory } from "../../../src/storage/memory/index.ts";
import { TestClock, turns } from "../../../src/testing/test-clock.ts";
import { strictly } from "../../support/strict-transport.ts";
import { Gate, type LogLine, recordingLogger, startedBench } from "../bench.ts";
import { disconnect, wireJob } from "../stub-server.ts";
import { FaultBench, MODES, until } from "./fault-bench.ts";

describe.each(MODES.map((mode) => ({ mode })))("$mode", ({ mode }) => {
  it.each([3_600_000, -3_600_000])(
    "a wall clock that is set by %d ms loses no outcome and no lease",
    async (jumpMs) => {
      let end = (): void => undefined;
      const ending = new Promise<void>((resolve) => {
        end = resolve;
      });
      await using bench = await FaultBench.start(mode, () => ending, { visibilityTimeout: "1500ms" });
      const ids = await bench.enqueueMany(3);
      await until(() => bench.runs.size === 3);
      const beats = bench.server.of("heartbeat").length;
      const real = Date.now;
      try {
        // The server's clock as well: it is the same process. Leases that end now come back under a later lease.
        Date.now = () => real() + jumpMs;
        await until(() => bench.server.of("heartbeat").length > beats + 1);
        expect(bench.server.of("heartbeat").length).toBeGreaterThan(beats + 1);
        end();
        if (jumpMs < 0) await bench.expectDone(ids, { runs: 1 });
        else await bench.untilCompleted(ids);
        await bench.expectWorksAgain();
        await bench.finish();
      } finally {
        Date.now = real;
      }
    },
  );

  it("an event loop that stands still for less than the lease loses nothing, and it is told who did it", async () => {
    await using bench = await FaultBench.start(mode, () => block(1_050), { visibilityTimeout: "4s", concurrency: 1 });
    const ids = await bench.enqueueMany(1);
    await bench.untilCompleted(ids);
    expect(bench.runs.get(ids[0] ?? "")).toBe(1);
    const told = bench.log.filter(({ message }) => message.includes("event loop was blocked"));
    expect(told[0]).toMatchObject({ level: "warn", facts: { type: "test.job", delayMs: expect.any(Number) } });
    expect(bench.worker.health().eventLoopDelayMs).toBeGreaterThanOrEqual(1_049);
    await bench.finish();
  });
});

describe("an event loop that stood still for longer than the lease", () => {
  it("finds out with the first heartbeat: the lost job is told to stop, and no outcome of it is sent", async () => {
    const made = await startedBench(new Gate().handler, { visibilityTimeout: "10s", exchange: false } as object);
    const gate = new Gate();
    made.worker.register("test.job", gate.handler);
    const job = wireJob();
    made.server.push(job);
    await made.clock.advance(100);
    made.server.lost.add(job.id);
    made.clock.jump(25_000);
    await made.clock.advance(0);
    expect(gate.entered[0]?.signal.reason).toMatchObject({ cause: "lease_lost" });
    await gate.end("too late");
    await made.clock.advance(5_000);
    expect([...made.server.of("ack"), ...made.server.of("nack")]).toEqual([]);
    expect(made.worker.health()).toMatchObject({ healthy: false, status: "failing" });
  });

  it("does not begin a job whose answer lay there meanwhile, and whose lease is over", async () => {
    const gate = new Gate();
    const made = await startedBench(gate.handler, { visibilityTimeout: "10s", exchange: false } as object);
    const [lost, kept] = [wireJob(), wireJob()];
    made.server.lost.add(lost.id);
    made.server.push(lost, kept);
    made.clock.jump(25_000);
    await made.clock.advance(50);
    expect(gate.entered.map(({ id }) => id)).toEqual([kept.id]);
    expect(made.server.of("nack")).toEqual([]);
  });

  it("begins such a job when the server cannot be asked", async () => {
    const gate = new Gate();
    const made = await startedBench(gate.handler, { visibilityTimeout: "10s", exchange: false } as object);
    made.server.replies.heartbeat = disconnect;
    made.server.push(wireJob());
    made.clock.jump(25_000);
    await made.clock.advance(50);
    expect(gate.entered).toHaveLength(1);
  });

  it("still sends what it has: the server decides whether the lease lived", async () => {
    const made = await startedBench(() => made.clock.jump(25_000), {
      visibilityTimeout: "10s",
      exchange: false,
    } as object);
    made.server.push(wireJob());
    await made.clock.advance(100);
    expect(made.server.acked).toHaveLength(1);
    expect(made.server.of("nack")).toEqual([]);
  });

  it("of two workers, only one outcome of the job is kept", async () => {
    const clock = new TestClock(Date.UTC(2026, 0, 1));
    const server = await createServer({ storage: memory(), clock, random: () => 0.5 });
    const client = new OjsClient({ transport: strictly(server.transport) }, { clock });
    const log: LogLine[] = [];
    const gates = [new Gate(), new Gate()] as const;
    const workers = gates.map((gate) => {
      const options = {
        visibilityTimeout: "4s",
        handleSignals: false,
        logger: recordingLogger(log),
        concurrency: 1,
      } as const;
      const worker = new OjsWorker({ transport: strictly(server.transport), ...options }, { clock, random: () => 0.5 });
      return worker.register("test.job", gate.handler);
    });
    await workers[0]?.start();
    await clock.advance(0, () => turns(8));
    const { id } = await client.enqueue("test.job");
    await clock.advance(0, () => turns(8));
    clock.jump(10_000); // everything stands still; the lease ends
    await workers[1]?.start();
    await clock.advance(3_000, () => turns(8));
    const runs = gates.flatMap((gate) => gate.entered);
    expect(runs.filter(({ signal }) => !signal.aborted).length).toBe(1);
    for (const gate of gates) for (const { attempt } of [...gate.entered]) await gate.end(`attempt ${attempt}`);
    await clock.advance(3_000, () => turns(8));
    const job = await client.getJob(id);
    expect(job).toMatchObject({ state: "completed", result: `attempt ${job.attempt}` });
    const stopping = Promise.all(workers.map((worker) => worker.stop({ grace: 0 })));
    await clock.advance(10_000, () => turns(8));
    await stopping;
    await server.close({ graceMs: 0 });
  });

  it("keeps repeating an outcome by its own clock only: a minute later it is given up", async () => {
    const made = await startedBench(() => 1, { visibilityTimeout: "10s", exchange: false } as object);
    for (const operation of ["ack", "heartbeat"] as const) made.server.replies[operation] = disconnect;
    made.server.push(wireJob());
    await made.clock.advance(60_000);
    expect(made.worker.activeJobs).toBe(0);
    expect(made.server.of("nack")).toEqual([]);
  });
});

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
