import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { OjsConflictError, OjsValidationError } from "../../src/index.ts";
import { bench, Gate, obedient, startedBench, stubborn } from "./bench.ts";
import { disconnect, hang, respond, wireJob } from "./stub-server.ts";

describe("stop", () => {
  it("waits for running jobs, then says goodbye, and nothing goes on after it", async () => {
    const gate = new Gate();
    const made = await startedBench(gate.handler);
    made.server.push(wireJob());
    await made.clock.advance(1_000);
    const stopping = made.worker.stop();
    expect(made.worker.state).toBe("terminate");
    await made.clock.advance(10_000);
    expect(made.server.acked).toHaveLength(0);
    await gate.end("done");
    await stopping;
    expect(made.server.acked).toHaveLength(1);
    expect(made.worker.state).toBe("terminated");
    const goodbye = made.server.received.at(-1);
    expect(goodbye?.operation).toBe("heartbeat");
    expect(goodbye?.body).toMatchObject({ state: "terminate", active_jobs: [], active_job_ids: [], leases: [] });
    expect(made.clock.nextAlarm).toBeUndefined();
  });

  it("goes on beating until the last job is settled, and says that it terminates", async () => {
    const gate = new Gate();
    const { server, clock, worker } = await startedBench(gate.handler, { heartbeatInterval: "5s" });
    const job = wireJob();
    server.push(job);
    await clock.advance(0);
    void worker.stop({ grace: "60s" });
    await clock.advance(40_000);
    const late = server.of("heartbeat").filter(({ at }) => at > clock.now() - 30_000);
    expect(late.length).toBeGreaterThanOrEqual(5);
    for (const { body } of late) expect(body).toMatchObject({ state: "terminate", active_jobs: [job.id] });
  });

  it("asks for no more work", async () => {
    const gate = new Gate();
    const { server, clock, worker } = await startedBench(gate.handler, { concurrency: 2 });
    server.push(wireJob(), wireJob());
    await clock.advance(1_000);
    const before = server.of("fetch").length;
    void worker.stop();
    await gate.end();
    await clock.advance(10_000);
    expect(server.of("fetch")).toHaveLength(before);
  });

  it("aborts what is still running after the grace period and hands it back without costing an attempt", async () => {
    const { server, clock, worker } = await startedBench(obedient, { gracePeriod: "10s" });
    server.push(wireJob({ lease: 3 }));
    await clock.advance(1_000);
    const stopping = worker.stop();
    await clock.advance(9_999);
    expect(server.of("nack")).toHaveLength(0);
    await clock.advance(1);
    await stopping;
    expect(server.of("nack")[0]?.body).toMatchObject({
      lease: 3,
      requeue: true,
      error: { type: "shutdown", code: "shutdown" },
    });
  });

  it("hands back the job of a handler that does not stop", async () => {
    const { server, clock, worker } = await startedBench(stubborn);
    server.push(wireJob());
    await clock.advance(1_000);
    const stopping = worker.stop({ grace: 0 });
    await clock.advance(1_000);
    await stopping;
    expect(server.of("nack")[0]?.body.requeue).toBe(true);
    expect(worker.activeJobs).toBe(0);
  });

  it("says goodbye after a heartbeat that is on its way: one that came later would register the worker again", async () => {
    const { server, clock, worker } = await startedBench(obedient);
    const answered: string[] = [];
    server.replies.heartbeat = ({ body }) =>
      new Promise((resolve) => {
        clock.schedule(clock.now() + 300, () => {
          answered.push(body.state);
          resolve(respond(200, { state: "running" }));
        });
      });
    await clock.advance(5_000);
    const stopping = worker.stop();
    await clock.advance(299);
    expect(server.of("heartbeat").at(-1)?.body.state).toBe("running");
    await clock.advance(1_000);
    await stopping;
    expect(answered).toEqual(["running", "terminate"]);
  });

  it("keeps within thirty seconds, though the server is gone and the handlers do not listen", async () => {
    const { server, clock, worker } = await startedBench(stubborn);
    server.push(wireJob(), wireJob());
    await clock.advance(1_000);
    server.replies.nack = hang;
    server.replies.heartbeat = hang;
    server.replies.fetch = hang;
    await clock.advance(6_000); // a beat hangs
    const stopping = worker.stop();
    await clock.advance(29_999);
    await stopping;
    expect(worker.state).toBe("terminated");
    expect(clock.nextAlarm).toBeUndefined();
  });

  it("may be called again with a shorter grace, but not to prolong it", async () => {
    const { server, clock, worker } = await startedBench(obedient);
    server.push(wireJob());
    await clock.advance(1_000);
    void worker.stop({ grace: "20s" });
    void worker.stop({ grace: "100s" });
    await clock.advance(5_000);
    const stopping = worker.stop({ grace: "5s" });
    await clock.advance(5_000);
    await stopping;
    expect(server.of("nack")).toHaveLength(1);
    expect(clock.nextAlarm).toBeUndefined();
    await worker.stop();
    await worker.stop({ grace: 0 });
    expect(clock.nextAlarm).toBeUndefined();
  });

  it("refuses a grace that is no duration, and goes on", async () => {
    const { worker } = await startedBench(obedient);
    await expect(worker.stop({ grace: "soon" })).rejects.toThrow(OjsValidationError);
    expect(worker.state).toBe("running");
  });

  it("before start ends the worker for good, without a word to the server", async () => {
    const { worker, server, clock } = bench();
    await worker.stop();
    expect(worker.state).toBe("terminated");
    await expect(worker.start()).rejects.toThrow(OjsConflictError);
    expect(server.received).toEqual([]);
    expect(clock.nextAlarm).toBeUndefined();
  });

  it("leaves a transport alone that was given to the worker", async () => {
    const { worker, server, clock } = await startedBench(obedient);
    const stopping = worker.stop();
    await clock.advance(1_000);
    await stopping;
    expect(server.closed).toBe(0);
  });

  it("happens at the end of an `await using` block", async () => {
    const { worker, clock } = await startedBench(obedient);
    const disposing = worker[Symbol.asyncDispose]();
    await clock.advance(1_000);
    await disposing;
    expect(worker.state).toBe("terminated");
  });
});

describe("a fetch on its way while the worker stops", () => {
  it("is waited for when it is young, and its jobs are handed back unstarted", async () => {
    const gate = new Gate();
    const { server, clock, worker } = await startedBench(gate.handler);
    const job = wireJob();
    server.push(job);
    const stopping = worker.stop(); // in the same turn: the answer is on its way
    await clock.advance(1_000);
    await stopping;
    expect(gate.entered).toEqual([]);
    expect(server.of("nack").map(({ body }) => [body.job_id, body.requeue])).toEqual([[job.id, true]]);
    expect(server.received.at(-1)?.body.state).toBe("terminate");
  });

  it("hands back a job that comes when everything else is settled, before the goodbye", async () => {
    const { server, clock, worker } = await startedBench(obedient);
    const job = wireJob();
    server.replies.fetch = () =>
      new Promise((resolve) => clock.schedule(clock.now() + 200, () => resolve(respond(200, { jobs: [job] }))));
    await clock.advance(20_000); // the parked one ends, the slow one begins
    const stopping = worker.stop();
    await clock.advance(5_000);
    await stopping;
    expect(server.received.slice(-2).map(({ operation }) => operation)).toEqual(["nack", "heartbeat"]);
  });

  it("is aborted at once when it waits for work", async () => {
    const { server, clock, worker } = await startedBench(obedient);
    await clock.advance(5_000);
    const stopping = worker.stop();
    await clock.advance(0);
    await stopping;
    expect(server.of("fetch")[0]?.signal?.aborted).toBe(true);
  });
});

describe("start", () => {
  it("works once", async () => {
    const { worker } = await startedBench(obedient);
    await expect(worker.start()).rejects.toThrow(OjsConflictError);
  });

  it("stops the worker when its signal is aborted, and lets go of the signal", async () => {
    const { worker, clock } = bench();
    const controller = new AbortController();
    await worker.start({ signal: controller.signal });
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
    controller.abort();
    expect(worker.state).toBe("terminate");
    await clock.advance(1_000);
    expect(worker.state).toBe("terminated");
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("does not begin when its signal is aborted already", async () => {
    const { worker, server, clock } = bench();
    await worker.start({ signal: AbortSignal.abort() });
    await clock.advance(1_000);
    expect(worker.state).toBe("terminated");
    expect(server.received).toEqual([]);
  });
});

describe("run", () => {
  it("resolves when the worker has stopped", async () => {
    const { worker, clock } = bench();
    let over = false;
    const running = worker.run().then(() => {
      over = true;
    });
    await clock.advance(60_000);
    expect(over).toBe(false);
    void worker.stop();
    await clock.advance(1_000);
    await running;
    expect(over).toBe(true);
  });

  it("resolves also when it was told to stop before it began", async () => {
    const { worker } = bench();
    await worker.run({ signal: AbortSignal.abort() });
    expect(worker.state).toBe("terminated");
  });
});

describe("quiet", () => {
  it("stops fetching, lets jobs run, keeps beating, and is undone by resume", async () => {
    const gate = new Gate();
    const { server, clock, worker } = await startedBench(gate.handler, { concurrency: 2 });
    server.push(wireJob());
    await clock.advance(1_000);
    worker.quiet();
    await clock.advance(0);
    const before = server.of("fetch").length;
    server.push(wireJob());
    await clock.advance(60_000);
    expect(worker.state).toBe("quiet");
    expect(server.of("fetch")).toHaveLength(before);
    expect(server.of("heartbeat").at(-1)?.body.state).toBe("quiet");
    await gate.end("done");
    expect(server.acked).toHaveLength(1);
    worker.resume();
    await clock.advance(0);
    expect(worker.state).toBe("running");
    expect(gate.running).toBe(1);
  });

  it("followed by resume at once never has two fetches on their way", async () => {
    const { server, clock, worker } = await startedBench(obedient);
    for (let round = 0; round < 5; round += 1) {
      worker.quiet();
      worker.resume();
    }
    await clock.advance(30_000);
    expect(server.fetchesInFlight).toBe(1);
    expect(worker.state).toBe("running");
  });
});

describe("a server's directive", () => {
  it("quiet, running, terminate is obeyed", async () => {
    const { server, clock, worker } = await startedBench(obedient);
    server.directive = "quiet";
    await clock.advance(5_000);
    expect(worker.state).toBe("quiet");
    server.directive = "running";
    await clock.advance(5_000);
    expect(worker.state).toBe("running");
    server.directive = "terminate";
    await clock.advance(6_000);
    expect(worker.state).toBe("terminated");
  });

  it("running does not undo a quiet that was asked for here, before or after the server's own", async () => {
    const { server, clock, worker } = await startedBench(obedient);
    worker.quiet();
    await clock.advance(20_000);
    expect(worker.state).toBe("quiet");
    worker.resume();
    server.directive = "quiet";
    await clock.advance(5_000);
    worker.quiet();
    server.directive = "running";
    await clock.advance(20_000);
    expect(worker.state).toBe("quiet");
  });

  it("cannot bring back a worker that terminates", async () => {
    const gate = new Gate();
    const { server, clock, worker } = await startedBench(gate.handler);
    server.push(wireJob());
    await clock.advance(0);
    void worker.stop();
    for (const directive of ["quiet", "running", "terminate"]) {
      server.directive = directive;
      await clock.advance(5_000);
      expect(worker.state).toBe("terminate");
    }
  });

  it.each([undefined, "", "dance"])("%s changes nothing", async (directive) => {
    const { server, clock, worker } = await startedBench(obedient);
    server.directive = directive;
    await clock.advance(20_000);
    expect(worker.state).toBe("running");
  });

  it("that does not come, because heartbeats fail, changes nothing either", async () => {
    const { server, clock, worker, complaints } = await startedBench(obedient);
    server.replies.heartbeat = disconnect;
    await clock.advance(60_000);
    expect(worker.state).toBe("running");
    expect(complaints()).toContain("a heartbeat failed");
  });
});
