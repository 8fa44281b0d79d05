import { describe, expect, it } from "vitest";
import type { JobContext, JobHandler } from "../../src/index.ts";
import { Gate, startedBench, ways } from "./bench.ts";
import { serverBench } from "./server-bench.ts";
import { disconnect, hang, refuse, wireJob } from "./stub-server.ts";

/** A running job, and what the server was told of it. */
async function running(way: (typeof ways)[number] = "alone") {
  const gate = new Gate();
  const made = await startedBench(gate.handler, {}, {}, way);
  const job = wireJob({ lease: 7 });
  made.server.push(job);
  await made.clock.advance(0);
  const [context] = gate.entered;
  if (context === undefined) throw new Error("the job does not run");
  const reports = () => made.server.of("progress").map(({ body }) => body);
  return { ...made, gate, job: context, id: job.id as string, reports };
}

describe("progress", () => {
  it("is told at once, under the lease", async () => {
    const { job, id, worker, reports, clock } = await running();
    job.progress(0.25, { file: "a.csv" });
    await clock.advance(0);
    expect(reports()).toEqual([
      { job_id: id, lease: 7, worker_id: worker.id, progress: 0.25, data: { file: "a.csv" } },
    ]);
  });

  it("may be a count, which travels with its fraction", async () => {
    const { job, reports, clock } = await running();
    job.progress({ current: 1, total: 4, message: "first" }, { file: "a" });
    await clock.advance(1_000);
    job.progress({ current: 0, total: 0 });
    await clock.advance(1_000);
    expect(reports()).toMatchObject([
      { progress: 0.25, message: "first", data: { current: 1, total: 4, file: "a" } },
      { data: { current: 0, total: 0 } },
    ]);
    expect(reports()[1]).not.toHaveProperty("progress");
  });

  it("travels once a second at most, with the last of each kind", async () => {
    const { job, reports, clock } = await running();
    for (let done = 0; done <= 50; done += 1) job.progress(done / 100, done === 10 ? { file: "b" } : undefined);
    await clock.advance(999);
    expect(reports().map(({ progress }) => progress)).toEqual([0]);
    await clock.advance(1);
    expect(reports()).toMatchObject([{ progress: 0 }, { progress: 0.5, data: { file: "b" } }]);
    await clock.advance(10_000);
    expect(reports()).toHaveLength(2);
    job.progress(0.6);
    await clock.advance(0);
    expect(reports()).toHaveLength(3);
  });

  it.each(ways)("arrives before the outcome does, which travels %s", async (way) => {
    const { job, gate, server, clock } = await running(way);
    job.progress(0.1);
    job.progress(0.9);
    await gate.end("done");
    await clock.advance(0);
    const told = server.received.map(({ operation, body }) => body.progress ?? operation);
    expect(told.filter((one) => [0.1, 0.9, "ack"].includes(one))).toEqual([0.1, 0.9, "ack"]);
  });

  it("arrives before a failure does, too", async () => {
    const { job, gate, server, clock } = await running();
    job.progress(0.1);
    job.progress(0.9);
    await gate.fail(new Error("no"));
    await clock.advance(0);
    expect(server.received.slice(-2).map(({ operation }) => operation)).toEqual(["progress", "nack"]);
  });

  it("keeps an outcome for a second at most, and leaves no timer behind", async () => {
    const { job, gate, server, clock, worker } = await running();
    server.replies.progress = hang;
    job.progress(0.9);
    await clock.advance(500);
    await gate.end("done");
    await clock.advance(999);
    expect(server.acked).toHaveLength(0);
    await clock.advance(1);
    expect(server.acked).toHaveLength(1);
    job.progress(1); // too late: dropped
    await clock.advance(20_000);
    expect(server.of("progress")).toHaveLength(1);
    expect(worker.activeJobs).toBe(0);
  });

  it.each<[string, () => unknown]>([
    ["is not there", disconnect],
    ["has trouble", () => refuse(500, "internal_error")],
  ])("does not hurt the job when the server %s", async (_, reply) => {
    const { job, gate, server, clock, complaints } = await running();
    server.replies.progress = reply as never;
    job.progress(0.5);
    await clock.advance(0);
    await gate.end("done");
    expect(server.acked).toHaveLength(1);
    expect(complaints()).toEqual([]);
  });

  it.each<[string, (job: JobContext) => void]>([
    ["data that JSON cannot write", (job) => job.progress(0.5, { big: 1n })],
    ["a number that is none", (job) => job.progress(Number.NaN)],
  ])("is a line in the log, not a failure, with %s", async (_, say) => {
    const { job, gate, server, clock, log } = await running();
    server.replies.progress = ({ body }) => (body.progress === undefined ? refuse(400, "invalid_request") : undefined);
    say(job);
    await gate.end("done");
    await clock.advance(0);
    expect(server.acked).toHaveLength(1);
    expect(log.find(({ level }) => level === "warn")).toMatchObject({
      message: "progress could not be reported",
      facts: { jobId: job.id, type: "test.job" },
    });
  });

  it("is not told of a job that somebody else has", async () => {
    const { job, gate, server, clock } = await running();
    job.progress(0.1);
    server.lost.add(job.id);
    await clock.advance(5_000);
    expect(job.signal.aborted).toBe(true);
    job.progress(0.2);
    await clock.advance(0);
    const before = server.of("progress").length;
    job.progress(0.3);
    await gate.fail(job.signal.reason);
    await clock.advance(5_000);
    expect(server.of("progress")).toHaveLength(before);
  });
});

describe("on the real server", () => {
  const at = serverBench();

  it("progress is kept, told as an event, and extends the lease", async () => {
    const { worker, client, server, pass } = at();
    const gate = new Gate();
    const made = worker({ visibilityTimeout: "30s" });
    made.register("test.job", gate.handler as JobHandler);
    await made.start();
    const { id } = await client.enqueue("test.job", []);
    await pass(0);
    gate.entered[0]?.progress({ current: 3, total: 4, message: "nearly" });
    await pass(0);
    const shown = await server.transport.request({
      ...{ method: "GET", path: `/ojs/v1/jobs/${id}/progress`, headers: {} },
    });
    expect(JSON.parse(shown.body)).toMatchObject({ progress: 0.75, message: "nearly", data: { current: 3, total: 4 } });
    gate.entered[0]?.progress(0.8);
    await gate.end("done");
    await pass(0);
    const { events } = await client.listEvents({ types: ["job.progress"] });
    expect(events.map(({ data }) => data.progress_percent)).toEqual([75, 80]);
    expect(await client.getJob(id)).toMatchObject({ state: "completed" });
  });
});
