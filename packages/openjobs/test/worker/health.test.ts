import { describe, expect, it } from "vitest";
import { OjsWorker, type TransportResponse, type WorkerHealth } from "../../src/index.ts";
import { steadyClock } from "../../src/worker/steady-clock.ts";
import { bench, startedBench, stopped, stubborn } from "./bench.ts";
import { disconnect, hang, refuse, wireJob } from "./stub-server.ts";

const options = { fetchWait: "20s", heartbeatInterval: "5s", requestTimeout: "10s" } as const;

describe("health()", () => {
  it("is not healthy before the start and after the stop", async () => {
    const made = bench(options);
    expect(made.worker.health()).toMatchObject({
      healthy: false,
      status: "stopped",
      reasons: ["the worker is idle"],
      consecutiveFailures: 0,
      activeJobs: 0,
      freeSlots: 10,
    });
    await made.worker.start();
    await stopped(made);
    expect(made.worker.health()).toMatchObject({ healthy: false, status: "stopped" });
  });

  it("is healthy while a fetch waits for work, for as long as there is none", async () => {
    const { worker, clock } = await startedBench(() => 1, options);
    for (let minute = 0; minute < 10; minute += 1) {
      expect(worker.health()).toMatchObject({ healthy: true, status: "consuming", reasons: [] });
      await clock.advance(61_000);
    }
  });

  it("says when things last went well, in a form that JSON carries", async () => {
    const { worker, clock } = await startedBench(() => 1, options);
    await clock.advance(21_000);
    const health = worker.health();
    expect(health).toMatchObject({
      lastFetchAt: "2026-01-01T00:00:20.000Z",
      lastFetchOkAt: "2026-01-01T00:00:20.000Z",
      lastHeartbeatOkAt: "2026-01-01T00:00:20.000Z",
      consumingSince: "2026-01-01T00:00:20.000Z",
      eventLoopDelayMs: 0,
    });
    expect(JSON.parse(JSON.stringify(health))).toEqual(health);
  });

  it("is healthy when every slot is busy, though nothing is fetched", async () => {
    const { worker, clock, server } = await startedBench(stubborn, { ...options, concurrency: 2 });
    server.push(wireJob(), wireJob());
    await clock.advance(600_000);
    expect(worker.health()).toMatchObject({ healthy: true, activeJobs: 2, freeSlots: 0 });
  });

  it.each([
    ["is not reached", disconnect, "connection_error"],
    ["refuses", () => refuse(401, "unauthorized"), "unauthorized"],
    ["answers with nonsense", () => ({ status: 200, headers: {}, body: "<html>" }), "invalid_response"],
  ])("bears a server that %s for a few seconds, not for longer", async (_, reply, code) => {
    const { worker, clock, server } = await startedBench(() => 1, options);
    server.replies.fetch = reply;
    server.replies.heartbeat = reply;
    await clock.advance(24_000);
    expect(worker.health()).toMatchObject({ healthy: false, status: "failing", lastError: { code } });
    expect(worker.health().reasons.join()).toContain("no heartbeat was answered");
    await clock.advance(3_000);
    expect(worker.health().reasons.join()).toContain("fetches have failed");
    expect(worker.health()).not.toHaveProperty("consumingSince");
    delete server.replies.fetch;
    delete server.replies.heartbeat;
    await clock.advance(6_200); // the longest pause after a refusal, and a second to see that the fetch is held
    expect(worker.health()).toMatchObject({ healthy: true, lastError: { code } });
    await clock.advance(20_000);
    expect(worker.health()).toMatchObject({ healthy: true, consecutiveFailures: 0, lastError: { code } });
  });

  it("is healthy through a restart of the server that takes three seconds", async () => {
    const { worker, clock, server } = await startedBench(() => 1, options);
    await clock.advance(20_500);
    server.replies.fetch = disconnect;
    server.push(wireJob());
    for (let second = 0; second < 3; second += 1) {
      await clock.advance(1_000);
      expect(worker.health().healthy).toBe(true);
    }
  });

  it("notices a connection that is open and says nothing", async () => {
    const { worker, clock, server } = await startedBench(() => 1, options);
    await clock.advance(19_000);
    server.replies.fetch = hang;
    await clock.advance(25_000);
    expect(worker.health().healthy).toBe(true);
    await clock.advance(2_000);
    expect(worker.health().reasons).toEqual([expect.stringMatching(/^a fetch has had no answer for/)]);
    await clock.advance(60_000);
    expect(worker.health().healthy).toBe(false);
  });

  it("is not healthy when only heartbeats fail: the leases are in danger", async () => {
    const { worker, clock, server } = await startedBench(() => 1, options);
    server.replies.heartbeat = disconnect;
    await clock.advance(14_000);
    expect(worker.health().healthy).toBe(true);
    await clock.advance(2_000);
    expect(worker.health()).toMatchObject({ healthy: false, reasons: [expect.stringContaining("heartbeat")] });
  });

  it.each([false, true])("is not healthy when only outcomes cannot be told (exchange: %s)", async (exchange) => {
    const { worker, clock, server } = await startedBench(() => 1, { ...options, exchange, concurrency: 2 });
    const broken = (): TransportResponse => refuse(500, "internal_error");
    Object.assign(server.replies, { ack: broken, exchange: broken });
    server.push(wireJob(), wireJob());
    await clock.advance(4_000);
    expect(worker.health().healthy).toBe(true);
    await clock.advance(5_000);
    expect(worker.health()).toMatchObject({ healthy: false, reasons: [expect.stringContaining("outcomes")] });
    for (const operation of ["ack", "exchange"] as const) delete server.replies[operation];
    await clock.advance(2_000);
    expect(worker.health()).toMatchObject({ healthy: true, activeJobs: 0, reasons: [] });
  });

  it("is healthy when the server refuses outcomes that come too late", async () => {
    const { worker, clock, server } = await startedBench(() => 1, { ...options, exchange: false });
    server.replies.ack = () => refuse(409, "conflict");
    server.push(wireJob(), wireJob());
    await clock.advance(9_000);
    expect(worker.health()).toMatchObject({ healthy: true, consecutiveFailures: 0 });
  });

  it("forgets outcomes that it has given up with their leases", async () => {
    const made = await startedBench(() => 1, { ...options, exchange: false, visibilityTimeout: "10s" });
    made.server.replies.ack = disconnect;
    made.server.replies.heartbeat = disconnect;
    made.server.push(wireJob());
    await made.clock.advance(30_000);
    delete made.server.replies.heartbeat;
    await made.clock.advance(6_000);
    expect(made.worker.health()).toMatchObject({ healthy: true, activeJobs: 0 });
  });

  it("is paused while quiet, and a fetch that was given up for that is no failure", async () => {
    const { worker, clock } = await startedBench(() => 1, options);
    await clock.advance(1_000);
    worker.quiet();
    await clock.advance(1_000);
    expect(worker.health()).toMatchObject({ healthy: false, status: "paused", consecutiveFailures: 0 });
    worker.resume();
    await clock.advance(1_000);
    expect(worker.health()).toMatchObject({ healthy: true, consecutiveFailures: 0 });
  });
});

describe("a blocked event loop", () => {
  it("is told with the job that did it, and remembered for one probe", async () => {
    const made = await startedBench(() => made.clock.jump(3_000), options);
    const { worker, clock, server, log } = made;
    server.push(wireJob());
    await clock.advance(1);
    expect(worker.health()).toMatchObject({ healthy: true, eventLoopDelayMs: 3_000 });
    const lines = log.filter(({ message }) => message.includes("event loop was blocked"));
    expect(lines).toMatchObject([{ level: "warn", facts: { delayMs: 3_000, type: "test.job" } }]);
    await clock.advance(15_000);
    expect(worker.health().eventLoopDelayMs).toBe(0);
  });

  it("is noticed by timers that fire late, whoever blocked it", async () => {
    const { worker, clock, log } = await startedBench(() => 1, options);
    clock.jump(12_000);
    await clock.advance(0);
    expect(worker.health().eventLoopDelayMs).toBe(7_000); // the heartbeat was due after 5 s
    expect(log.some(({ message }) => message.includes("event loop was blocked"))).toBe(true);
  });

  it("for longer than a lease is a reason not to be healthy", async () => {
    const made = await startedBench(() => made.clock.jump(31_000), { ...options, visibilityTimeout: "30s" });
    made.server.push(wireJob());
    await made.clock.advance(0);
    const seen: WorkerHealth[] = [];
    for (let probe = 0; probe < 3; probe += 1) {
      await made.clock.advance(7_000);
      seen.push(made.worker.health());
    }
    expect(seen.map(({ healthy }) => healthy)).toEqual([false, false, true]);
    expect(seen[0]?.reasons).toEqual(["the event loop was blocked for 31000 ms"]);
  });

  it("again and again fills no log", async () => {
    const made = await startedBench(() => made.clock.jump(2_000), options);
    for (let job = 0; job < 100; job += 1) made.server.push(wireJob());
    await made.clock.advance(1_000);
    const lines = made.log.filter(({ message }) => message.includes("event loop was blocked"));
    expect(made.server.acked).toHaveLength(100);
    expect(lines.length).toBeLessThanOrEqual(4); // 200 s, one a minute
  });

  it("costs no timer: an idle worker has the same two alarms as before", async () => {
    const { clock } = await startedBench(() => 1, options);
    const alarms: number[] = [];
    const end = clock.now() + 60_000;
    for (let next = clock.nextAlarm; next !== undefined && next < end; next = clock.nextAlarm) {
      alarms.push(next);
      await clock.advance(next - clock.now());
    }
    // Twelve heartbeats, and three parked fetches with the ends of their waits.
    expect(alarms.length).toBeLessThanOrEqual(20);
  });
});

describe("the wall clock", () => {
  it.each([3_600_000, -3_600_000])("may be set by %d ms: the worker's own time goes on as before", async (jumpMs) => {
    const before = steadyClock.now();
    const real = Date.now;
    try {
      Date.now = () => real() + jumpMs;
      expect(Math.abs(steadyClock.now() - before)).toBeLessThan(1_000);
      const due = steadyClock.now() + 20;
      await new Promise<void>((resolve) => void steadyClock.schedule(due, resolve));
      expect(steadyClock.now() - due).toBeGreaterThanOrEqual(-2);
      expect(steadyClock.now() - due).toBeLessThan(1_000);
    } finally {
      Date.now = real;
    }
  });

  it("is not what a worker goes by when nobody gave it another", () => {
    expect(new OjsWorker({ handleSignals: false }).health().eventLoopDelayMs).toBe(0);
  });
});
