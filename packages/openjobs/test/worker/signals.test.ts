import { describe, expect, it } from "vitest";
import { Gate, obedient, startedBench } from "./bench.ts";
import { FakeProcess } from "./fake-process.ts";
import { wireJob } from "./stub-server.ts";

describe("signals", () => {
  it.each(["SIGTERM", "SIGINT"])("%s drains", async (signal) => {
    const signals = new FakeProcess();
    const gate = new Gate();
    const { server, clock, worker } = await startedBench(gate.handler, {}, { signals });
    server.push(wireJob());
    await clock.advance(1_000);
    signals.send(signal);
    expect(worker.state).toBe("terminate");
    await clock.advance(5_000);
    await gate.end();
    await clock.advance(1_000);
    expect(server.acked).toHaveLength(1);
    expect(worker.state).toBe("terminated");
  });

  it("a second one stops at once and hands the jobs back; a third meets the default", async () => {
    const signals = new FakeProcess();
    const { server, clock, worker } = await startedBench(obedient, {}, { signals });
    server.push(wireJob());
    await clock.advance(1_000);
    signals.send("SIGTERM");
    await clock.advance(1_000);
    expect(server.of("nack")).toHaveLength(0);
    signals.send("SIGINT");
    expect(signals.send("SIGTERM")).toBe(false);
    await clock.advance(0);
    expect(server.of("nack")[0]?.body.requeue).toBe(true);
    expect(worker.state).toBe("terminated");
  });

  it("SIGTSTP quiets and SIGCONT resumes", async () => {
    const signals = new FakeProcess();
    const { worker } = await startedBench(obedient, {}, { signals });
    signals.send("SIGTSTP");
    expect(worker.state).toBe("quiet");
    signals.send("SIGCONT");
    expect(worker.state).toBe("running");
  });

  it("SIGCONT does not bring back a worker that terminates", async () => {
    const signals = new FakeProcess();
    const { worker, server, clock } = await startedBench(new Gate().handler, {}, { signals });
    server.push(wireJob());
    await clock.advance(0);
    signals.send("SIGTERM");
    signals.send("SIGCONT");
    expect(worker.state).toBe("terminate");
  });

  it("are left alone before start, after the end, and on request", async () => {
    const signals = new FakeProcess();
    const { worker, clock } = await startedBench(obedient, {}, { signals });
    expect(signals.listening).toBeGreaterThanOrEqual(4);
    const stopping = worker.stop();
    await clock.advance(1_000);
    await stopping;
    expect(signals.listening).toBe(0);
    await startedBench(obedient, { handleSignals: false }, { signals });
    expect(signals.listening).toBe(0);
  });
});
