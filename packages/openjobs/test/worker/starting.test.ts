/** What happens to a worker between the call of `start` and the moment at which its machinery is loaded. */
import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { bench, Gate, obedient } from "./bench.ts";
import { FakeProcess } from "./fake-process.ts";
import { wireJob } from "./stub-server.ts";

describe("a worker that is starting", () => {
  it("is running, has sent nothing, and does not say that it consumes", async () => {
    const { worker, server, clock } = bench({ concurrency: 3 });
    const starting = worker.start();
    expect(worker.state).toBe("running");
    expect(worker.activeJobs).toBe(0);
    expect(worker.health()).toEqual({
      healthy: false,
      status: "stopped",
      reasons: ["the worker is starting"],
      consecutiveFailures: 0,
      activeJobs: 0,
      freeSlots: 3,
      eventLoopDelayMs: 0,
    });
    expect(server.received).toEqual([]);
    await starting;
    await clock.advance(0);
    expect(worker.health()).toMatchObject({ healthy: true, status: "consuming" });
  });

  it("ends without a word to the server when it is stopped, and lets go of its signal", async () => {
    const { worker, server, clock } = bench();
    const { signal } = new AbortController();
    const starting = worker.start({ signal });
    await worker.stop();
    expect(worker.state).toBe("terminated");
    await starting;
    await clock.advance(60_000);
    expect(worker.state).toBe("terminated");
    expect(server.received).toEqual([]);
    expect(clock.nextAlarm).toBeUndefined();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it.each(["SIGTERM", "SIGINT"])("is ended by %s", async (name) => {
    const signals = new FakeProcess();
    const { worker, server } = bench({}, { signals });
    const running = worker.run();
    signals.send(name);
    await running;
    expect(worker.state).toBe("terminated");
    expect(server.received).toEqual([]);
    expect(signals.listening).toBe(0);
  });

  it("is ended by the signal that it was given, as `run` tells", async () => {
    const { worker, server } = bench();
    const controller = new AbortController();
    const running = worker.run({ signal: controller.signal });
    controller.abort();
    await running;
    expect(worker.state).toBe("terminated");
    expect(server.received).toEqual([]);
  });

  it("beats and fetches nothing when it is quieted, until it is resumed", async () => {
    const gate = new Gate();
    const { worker, server, clock } = bench();
    worker.register("test.job", gate.handler);
    server.push(wireJob());
    const starting = worker.start();
    worker.quiet();
    await starting;
    await clock.advance(10_000);
    expect(worker.state).toBe("quiet");
    expect(server.of("fetch")).toEqual([]);
    expect(server.of("heartbeat")[0]?.body.state).toBe("quiet");
    worker.resume();
    await clock.advance(0);
    expect(gate.running).toBe(1);
  });

  it("is not started twice, and keeps its middleware", async () => {
    const { worker } = bench();
    const starting = worker.start();
    await expect(worker.start()).rejects.toThrow("it is running");
    expect(() => worker.use({ name: "late", execute: (_, next) => next() })).toThrow("the worker is running");
    await starting;
  });

  it("runs what is registered meanwhile, and the handler that was registered last", async () => {
    const { worker, server, clock } = bench({ concurrency: 5 });
    const first = new Gate();
    const last = new Gate();
    worker.register("test.job", first.handler);
    const starting = worker.start();
    worker.register("test.job", last.handler, { concurrency: 2 });
    await starting;
    server.push(wireJob(), wireJob(), wireJob());
    await clock.advance(0);
    expect([first.most, last.most]).toEqual([0, 2]);
  });

  it("takes a handler of a type that got its limit before the start, and loses it after", async () => {
    const { worker, server, clock } = bench({ concurrency: 5 });
    const gate = new Gate();
    worker.register("test.job", obedient, { concurrency: 1 });
    await worker.start();
    worker.register("test.job", gate.handler);
    server.push(wireJob(), wireJob(), wireJob());
    await clock.advance(0);
    expect(gate.most).toBe(3);
  });
});
