/** Jobs that a worker holds ready: more travel together, and none runs that should not. */
import { describe, expect, it } from "vitest";
import { turns } from "../../src/testing/test-clock.ts";
import { Gate, startedBench, ways } from "./bench.ts";
import { wireJob } from "./stub-server.ts";

describe.each(ways)("jobs fetched ahead (outcomes %s)", (way) => {
  const started = (gate: Gate) => startedBench(gate.handler, { concurrency: 2, prefetch: 3 }, {}, way);

  it("are asked for beside those that run, and run in their order, no more at a time than the concurrency", async () => {
    const gate = new Gate();
    const { server, clock } = await started(gate);
    expect(server.of("fetch").map(({ body }) => body.count)).toEqual([5]);
    const jobs = Array.from({ length: 7 }, () => wireJob());
    server.push(...jobs);
    await clock.advance(0);
    expect(server.waiting).toBe(2);
    for (let ended = 0; ended < jobs.length; ended += 1) {
      expect(gate.running).toBe(Math.min(2, jobs.length - ended));
      await gate.end();
    }
    expect(gate.entered.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id));
    expect(gate.most).toBe(2);
    expect(server.acked).toHaveLength(7);
  });

  it("are kept alive by heartbeats while they wait", async () => {
    const gate = new Gate();
    const { server, clock } = await started(gate);
    const jobs = Array.from({ length: 4 }, () => wireJob());
    server.push(...jobs);
    await clock.advance(10_000);
    expect(server.of("heartbeat").at(-1)?.body.active_jobs).toEqual(jobs.map(({ id }) => id));
  });

  it("are handed back without losing an attempt when the worker stops", async () => {
    const gate = new Gate();
    const { server, clock, worker } = await started(gate);
    const jobs = Array.from({ length: 5 }, () => wireJob());
    server.push(...jobs);
    await clock.advance(0);
    const stopping = worker.stop({ grace: "10s" });
    await turns();
    expect(server.of("nack").map(({ body }) => [body.job_id, body.requeue])).toEqual(
      jobs.slice(2).map(({ id }) => [id, true]),
    );
    await gate.end();
    await gate.end();
    await clock.advance(20_000);
    await stopping;
    expect(gate.entered).toHaveLength(2);
    expect(server.acked).toHaveLength(2);
  });

  it("do not run after the server has cancelled them or given them away", async () => {
    const gate = new Gate();
    const { server, clock } = await started(gate);
    const jobs = Array.from({ length: 4 }, () => wireJob());
    server.push(...jobs);
    server.cancelled.add(jobs[2].id);
    server.lost.add(jobs[3].id);
    await clock.advance(10_000);
    await gate.end();
    await gate.end();
    await turns();
    expect(gate.entered).toHaveLength(2);
    expect(server.acked).toEqual([jobs[0].id, jobs[1].id]);
    expect(server.of("nack")).toEqual([]);
  });

  it("do not run when their lease may be over because no heartbeat came through", async () => {
    const gate = new Gate();
    const { server, clock } = await startedBench(gate.handler, { concurrency: 1, prefetch: 1 }, {}, way);
    server.replies.heartbeat = () => Promise.reject(new Error("no way"));
    server.push(wireJob(), wireJob());
    await clock.advance(30_000);
    await gate.end();
    expect(gate.entered).toHaveLength(1);
  });

  it("run one after another without growing the stack, however many there are", async () => {
    const { server, clock } = await startedBench(() => "done", { concurrency: 1, prefetch: 1_000 }, {}, way);
    server.push(...Array.from({ length: 1_001 }, () => wireJob()));
    await clock.advance(0);
    await turns(4_000);
    expect(server.acked).toHaveLength(1_001);
  });
});
