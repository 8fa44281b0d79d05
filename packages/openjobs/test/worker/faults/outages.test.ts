/** Servers that go and come back, connections that age, answers that are about the job itself. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { garbled, instead, refusal } from "../../support/faults.ts";
import { startedBench } from "../bench.ts";
import { disconnect, respond, wireJob } from "../stub-server.ts";
import { FaultBench, MODES, passTime, until } from "./fault-bench.ts";

describe.concurrent.each(MODES.map((mode) => ({ mode })))("$mode", ({ mode }) => {
  it.concurrent("a server that is down while jobs end is told of every one when it is back", async () => {
    let end = (): void => undefined;
    const ending = new Promise<void>((resolve) => {
      end = resolve;
    });
    await using bench = await FaultBench.start(mode, () => ending);
    const ids = await bench.enqueueMany(5);
    await until(() => bench.runs.size === 5);
    await bench.server.down();
    end();
    await passTime(1_200);
    await bench.server.up();
    await bench.expectSoon(() => bench.expectDone(ids, { runs: 1, attempt: 1 }));
    await bench.expectWorksAgain();
    await bench.finish();
  });

  it.concurrent("a server that restarts five times while 200 jobs are done loses none and repeats none", async () => {
    await using bench = await FaultBench.start(mode, () => passTime(20), { concurrency: 10, visibilityTimeout: "5s" });
    const ids = await bench.enqueueMany(200);
    for (let restart = 0; restart < 5; restart += 1) {
      await passTime(40);
      await bench.server.down();
      await passTime(60);
      await bench.server.up();
    }
    await bench.expectDone(ids, { runs: 1 });
    await bench.expectWorksAgain();
    await bench.finish();
  });

  it.concurrent("a server that is gone for good does not keep the worker from stopping in time", async () => {
    await using bench = await FaultBench.start(mode, () => passTime(50));
    await bench.enqueueMany(3);
    await until(() => bench.runs.size === 3);
    await bench.server.down();
    await passTime(200);
    expect(await bench.timeOf(() => bench.worker.stop({ grace: 300 }))).toBeLessThan(300 + 5_000);
    expect(bench.worker.health()).toMatchObject({ healthy: false, status: "stopped" });
  });

  it.concurrent("kept connections that the server closes between requests cost nothing", async () => {
    await using bench = await FaultBench.start(mode);
    for (let round = 0; round < 10; round += 1) {
      // Before the enqueue: its job is handed out in the same commit, and that answer would be on its way already.
      await (round % 2 === 0 ? bench.server.closeConnections() : bench.server.resetConnections());
      const id = await bench.enqueue();
      await bench.expectSoon(() => bench.expectDone([id], { runs: 1, attempt: 1 }));
    }
    await bench.expectWorksAgain();
    await bench.finish();
  });

  it.concurrent("a job that cannot be read harms no other of its batch", async () => {
    await using bench = await FaultBench.start(mode);
    bench.server.break("fetch", garbled(poison));
    const ids = await bench.enqueueMany(5);
    await bench.expectDone(ids, { runs: 1, attempt: 1 });
    expect(bench.complaints().some((line) => line.includes("cannot be read"))).toBe(true);
    await bench.finish();
  });

  it.concurrent("409 for an outcome ends the job here, without a second outcome", async () => {
    await using bench = await FaultBench.start(mode, undefined, { visibilityTimeout: "600ms" });
    bench.server.break("outcome", refusal(409, "conflict"), (call) => call === 1);
    const [id = ""] = await bench.enqueueMany(1);
    await bench.untilCompleted([id]);
    expect(bench.server.of("outcome").flatMap(({ nacks }) => nacks)).toEqual([]);
    await bench.finish();
  });

  // An exchange that is too large as a whole says nothing of a single result.
  it.skipIf(mode === "exchange").concurrent("413 for a result ends the job for good, and says so", async () => {
    await using bench = await FaultBench.start(mode, () => "large");
    bench.server.break("outcome", instead(413, "<html>413 Request Entity Too Large</html>"), (call) => call === 1);
    const [id = ""] = await bench.enqueueMany(1);
    await until(async () => (await bench.client.getJob(id)).state === "discarded");
    expect(await bench.client.getJob(id)).toMatchObject({ state: "discarded", error: { code: "result_rejected" } });
    await bench.expectWorksAgain();
  });
});

describe("ten thousand failures in a row", () => {
  it("make no hot loop, fill no log, keep no memory, and the next fetch after them works", async () => {
    const made = await startedBench(() => 1, { exchange: false } as object);
    made.server.replies.fetch = disconnect;
    made.server.replies.heartbeat = disconnect;
    const since = made.clock.now();
    const fetches = (): number => made.server.of("fetch").length;
    await made.clock.advance(600_000, shortRest);
    const before = memoryAfterGc();
    while (fetches() < 10_000) await made.clock.advance(60_000, shortRest);
    expect((made.clock.now() - since) / fetches()).toBeGreaterThan(400); // milliseconds between two
    expect(made.log.length).toBeLessThan(40);
    expect(made.worker.health()).toMatchObject({ healthy: false, consecutiveFailures: expect.any(Number) });
    made.server.received.length = 0;
    made.log.length = 0;
    expect(memoryAfterGc() - before).toBeLessThan(8_000_000);
    delete made.server.replies.fetch;
    delete made.server.replies.heartbeat;
    made.server.push(wireJob());
    await made.clock.advance(1_000);
    expect(made.server.acked).toHaveLength(1);
  });

  it("fill no log with heartbeats either", async () => {
    const made = await startedBench(() => 1, { exchange: false } as object);
    made.server.replies.heartbeat = () => respond(502, "<html>");
    await made.clock.advance(3_600_000, shortRest);
    expect(made.log.length).toBeLessThan(50);
  });
});

/** The first job of every batch as no SDK could read it; the real one stays, behind it. */
function poison(body: string): string {
  const answer = JSON.parse(body);
  if (!Array.isArray(answer.jobs) || answer.jobs.length === 0) return body;
  return JSON.stringify({ ...answer, jobs: [null, 7, { id: 3, type: {} }, ...answer.jobs] });
}

async function shortRest(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function memoryAfterGc(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}
