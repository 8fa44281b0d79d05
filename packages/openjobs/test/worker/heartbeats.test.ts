import { describe, expect, it } from "vitest";
import { JobAbortError, type JobContext, OjsConnectionError } from "../../src/index.ts";
import { turns } from "../../src/testing/test-clock.ts";
import { Gate, obedient, startedBench, stubborn } from "./bench.ts";
import { disconnect, hang, refuse, respond, wireJob } from "./stub-server.ts";

describe("heartbeats", () => {
  it("come every five seconds and say who beats, in which state, with which jobs and leases", async () => {
    const { server, clock, worker } = await startedBench(stubborn, { queues: ["a", "b"], labels: ["canary"] });
    const jobs = [wireJob({ lease: 4 }), wireJob({ lease: undefined })];
    server.push(...jobs);
    await clock.advance(14_999);
    expect(server.of("heartbeat").map(({ at }) => at - (server.received[0]?.at ?? 0))).toEqual([0, 5_000, 10_000]);
    const ids = jobs.map(({ id }) => id);
    expect(server.of("heartbeat").at(-1)?.body).toMatchObject({
      worker_id: worker.id,
      state: "running",
      active_jobs: ids,
      active_job_ids: ids,
      leases: [4, null],
      queues: ["a", "b"],
      concurrency: 10,
      labels: ["canary"],
      pid: process.pid,
      started_at: "2026-01-01T00:00:00.000Z",
    });
    expect(server.of("heartbeat").at(-1)?.body).not.toHaveProperty("visibility_timeout_ms");
  });

  it("come four times in the shortest lease, so that two in a row may fail", async () => {
    const { server, clock, worker } = await startedBench(stubborn, { visibilityTimeout: "30s" });
    await clock.advance(4_000);
    server.push(wireJob({ visibility_timeout_ms: 2_000 }));
    const before = server.of("heartbeat").length;
    await clock.advance(2_000);
    expect(server.of("heartbeat").length - before).toBeGreaterThanOrEqual(4);
    expect(worker.activeJobs).toBe(1);
  });

  it.each([
    ["hang", hang],
    ["fail", disconnect],
  ])("go on at their pace when they %s", async (_, reply) => {
    const { server, clock } = await startedBench(stubborn);
    server.replies.heartbeat = reply;
    await clock.advance(60_000);
    expect(server.of("heartbeat")).toHaveLength(13);
  });

  it("are not held up by one that hangs", async () => {
    const { server, clock } = await startedBench(stubborn);
    server.replies.heartbeat = hang;
    await clock.advance(5_000); // the one that hangs
    server.push(wireJob({ visibility_timeout_ms: 2_000 }));
    delete server.replies.heartbeat;
    const before = server.of("heartbeat").length;
    await clock.advance(2_000);
    expect(server.of("heartbeat").length - before).toBeGreaterThanOrEqual(4);
  });

  it("list a job whose ack is on its way, and take no offence when the server counts it as gone", async () => {
    let context: JobContext | undefined;
    const { server, clock, worker } = await startedBench((job) => {
      context = job;
    });
    let answer = (): void => undefined;
    server.replies.ack = () => new Promise((resolve) => (answer = () => resolve(respond(200, {}))));
    const job = wireJob();
    server.push(job);
    await clock.advance(0);
    server.lost.add(job.id);
    await clock.advance(5_000);
    expect(server.of("heartbeat").at(-1)?.body.active_jobs).toEqual([job.id]);
    expect(worker.activeJobs).toBe(1);
    expect(context?.signal.aborted).toBe(false);
    answer();
    await turns();
    expect(worker.activeJobs).toBe(0);
    expect(server.of("ack")).toHaveLength(1);
  });

  it("count listed jobs as extended where the server does not say which ones", async () => {
    const { server, clock, worker } = await startedBench(() => 1, { visibilityTimeout: "6s" });
    server.replies.heartbeat = () => respond(200, { state: "running" });
    server.replies.ack = () => refuse(503, "backend_error");
    server.push(wireJob());
    await clock.advance(30_000);
    expect(worker.activeJobs).toBe(1);
  });
});

describe("a job that the server has taken away", () => {
  it.each(["lost", "cancelled"] as const)("(%s) is aborted, and nothing is said about it any more", async (how) => {
    let reason: unknown;
    const { server, clock, worker } = await startedBench((job) => {
      job.signal.addEventListener("abort", () => {
        reason = job.signal.reason;
      });
      return obedient(job);
    });
    const job = wireJob();
    server.push(job);
    await clock.advance(1_000);
    server[how].add(job.id);
    await clock.advance(10_000);
    expect((reason as JobAbortError).cause).toBe(how === "lost" ? "lease_lost" : "cancelled");
    expect(server.of("ack").length + server.of("nack").length).toBe(0);
    expect(worker.activeJobs).toBe(0);
    expect(server.of("heartbeat").at(-1)?.body.active_jobs).toEqual([]);
  });

  it("frees its slot a second later, if the handler does not stop", async () => {
    const { server, clock, worker } = await startedBench(stubborn);
    const job = wireJob();
    server.push(job);
    await clock.advance(1_000);
    server.lost.add(job.id);
    await clock.advance(4_999);
    expect(worker.activeJobs).toBe(1);
    await clock.advance(1);
    expect(worker.activeJobs).toBe(0);
  });
});

describe("a job that comes back to the same worker while its first run goes on", () => {
  it("is two runs: the first is told and silent, the second has the lease", async () => {
    const gate = new Gate();
    const { server, clock, worker } = await startedBench(gate.handler, { concurrency: 3 });
    const job = wireJob({ lease: 1, attempt: 1 });
    server.push(job);
    await clock.advance(100);
    server.push({ ...job, lease: 2, attempt: 2 });
    await clock.advance(100);
    expect(worker.activeJobs).toBe(2);
    const [first, second] = gate.entered;
    expect(first?.signal.aborted).toBe(true);
    expect(first?.signal.reason).toMatchObject({ name: "JobAbortError", cause: "lease_lost" });
    expect(second?.signal.aborted).toBe(false);
    await clock.advance(500);
    await second?.heartbeat();
    expect(server.of("heartbeat").at(-1)?.body).toMatchObject({ active_jobs: [job.id], leases: [2] });
    await gate.end("stale");
    expect(server.of("ack")).toEqual([]);
    expect(worker.activeJobs).toBe(1);
    expect(second?.signal.aborted).toBe(false);
    await gate.end("fresh");
    expect(server.of("ack").map(({ body }) => [body.lease, body.result])).toEqual([[2, "fresh"]]);
    expect(worker.activeJobs).toBe(0);
  });

  it("is waited for as a whole by stop", async () => {
    const gate = new Gate();
    const { server, clock, worker } = await startedBench(gate.handler, { concurrency: 3 });
    const job = wireJob({ lease: 1 });
    server.push(job);
    await clock.advance(300);
    server.push({ ...job, lease: 2 });
    await clock.advance(300);
    let over = false;
    const stopping = worker.stop().then(() => {
      over = true;
    });
    await gate.end();
    await clock.advance(300);
    expect(over).toBe(false);
    await gate.end();
    await stopping;
    expect(server.of("ack").map(({ body }) => body.lease)).toEqual([2]);
  });

  it("keeps its slots counted exactly when the server's news about the first lease come late", async () => {
    const gate = new Gate();
    const { server, clock, worker } = await startedBench(gate.handler, { concurrency: 2 });
    let answer = (): void => undefined;
    const job = wireJob({ lease: 1 });
    server.push(job);
    await clock.advance(4_000);
    server.replies.heartbeat = ({ body }) =>
      new Promise((resolve) => {
        answer = () => resolve(respond(200, { state: "running", jobs_extended: [], lost: body.active_jobs }));
      });
    await clock.advance(1_000); // a beat that lists lease 1 is on its way
    delete server.replies.heartbeat;
    server.push({ ...job, lease: 2 });
    await clock.advance(0);
    answer();
    await turns();
    expect(gate.entered.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    await clock.advance(1_000); // the first is given up
    expect(worker.activeJobs).toBe(1);
    server.push(wireJob(), wireJob());
    await clock.advance(0);
    expect(worker.activeJobs).toBe(2);
  });
});

describe("job.heartbeat()", () => {
  it("beats now; several at once share a request", async () => {
    const { server, clock } = await startedBench(async (job) => {
      await Promise.all([job.heartbeat(), job.heartbeat(), job.heartbeat()]);
      await job.heartbeat();
    });
    const job = wireJob();
    server.push(job);
    await clock.advance(100);
    const beats = server.of("heartbeat").filter(({ body }) => body.active_jobs.includes(job.id));
    expect(beats).toHaveLength(2);
    expect(server.acked).toEqual([job.id]);
  });

  it("does not share a beat that was sent before the job came", async () => {
    let extended = false;
    const { server, clock } = await startedBench(async (job) => {
      await job.heartbeat();
      extended = true;
      await obedient(job);
    });
    server.replies.heartbeat = hang;
    await clock.advance(5_000); // the one that hangs
    delete server.replies.heartbeat;
    server.push(wireJob());
    await clock.advance(100);
    expect(extended).toBe(true);
  });

  it("rejects when the server cannot be reached, and the job goes on", async () => {
    const { server, clock } = await startedBench(async (job) => {
      await expect(job.heartbeat()).rejects.toThrow(OjsConnectionError);
      return "went on";
    });
    server.replies.heartbeat = disconnect;
    server.push(wireJob());
    await clock.advance(100);
    expect(server.of("ack")[0]?.body.result).toBe("went on");
  });

  it("throws when the job is not ours any more", async () => {
    let error: unknown;
    const { server, clock } = await startedBench(async (job) => {
      server.lost.add(job.id);
      await job.heartbeat().catch((thrown: unknown) => {
        error = thrown;
      });
      await expect(job.heartbeat()).rejects.toBe(error);
    });
    server.push(wireJob());
    await clock.advance(100);
    expect(error).toBeInstanceOf(JobAbortError);
    expect(server.of("heartbeat").filter(({ body }) => body.active_jobs.length > 0)).toHaveLength(1);
  });

  it("of a handler that outlives its worker sends nothing", async () => {
    let context: JobContext | undefined;
    const { server, clock, worker } = await startedBench((job) => {
      context = job;
    });
    server.push(wireJob());
    await clock.advance(1_000);
    const stopping = worker.stop();
    await clock.advance(1_000);
    await stopping;
    const before = server.received.length;
    await expect(context?.heartbeat()).rejects.toMatchObject({ code: "aborted" });
    expect(server.received).toHaveLength(before);
  });
});
