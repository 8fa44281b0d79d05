/** The operator's client on a real server, in process and over HTTP. */
import { beforeEach, describe, expect, it } from "vitest";
import { OjsAdmin } from "../../src/admin/index.ts";
import { OjsClient, OjsConflictError, OjsNotFoundError, OjsValidationError, type Transport } from "../../src/index.ts";
import { answer, ScriptedTransport } from "./scripted-transport.ts";
import { serverWays } from "./server-ways.ts";

const UNKNOWN = "019b7000-0000-7000-8000-00000000dead";
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
const [inProcess, overHttp] = serverWays();

describe.each([inProcess, overHttp])("%s", (way, open) => {
  let transport: Transport;
  let client: OjsClient;
  let admin: OjsAdmin;
  let queue: string;
  let count = 0;

  beforeEach(() => {
    count += 1;
    queue = `${way}-${count}`;
    transport = open();
    client = new OjsClient({ transport });
    admin = new OjsAdmin({ transport });
  });

  async function post(path: string, body: object): Promise<string> {
    const headers = { "content-type": "application/json", "ojs-version": "1.0" };
    return (await transport.request({ method: "POST", path, headers, body: JSON.stringify(body) })).body;
  }

  async function fetched(worker_id = "w1"): Promise<string> {
    return JSON.parse(await post("/ojs/v1/workers/fetch", { queues: [queue], worker_id })).jobs[0].id;
  }

  /** Enqueues a job and lets its only attempt fail. */
  async function failed(onExhaustion: "discard" | "dead_letter"): Promise<string> {
    await client.enqueue("some.job", [], { queue, retry: { maxAttempts: 1, onExhaustion } });
    const id = await fetched();
    await post("/ojs/v1/workers/nack", { job_id: id, error: { code: "handler_error", message: "boom" } });
    return id;
  }

  it("lists jobs page by page, or all of them as they are asked for", async () => {
    const jobs = Array.from({ length: 5 }, (_, index) => ({
      type: `mail.m${index}`,
      options: { queue, tags: ["a", "b"] },
    }));
    const ids = (await client.enqueueBatch(jobs)).map(({ id }) => id);
    const first = await admin.listJobs({ queue, states: ["available"], limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(first).toMatchObject({ total: 5, hasMore: true });
    const found: string[] = [];
    for await (const { id } of admin.jobs({ queue, limit: 2, type: "mail.*", tags: ["b"] })) found.push(id);
    expect(found).toEqual(ids);
    expect((await admin.listJobs({ queue, until: new Date("2000-01-01") })).items).toEqual([]);
    await expect(admin.listJobs({ type: "a", since: new Date(Number.NaN) })).rejects.toBeInstanceOf(OjsValidationError);
    await expect(admin.listJobs({ states: ["asleep" as never] })).rejects.toMatchObject({
      details: { field: "state" },
    });
  });

  it("looks at a job, cancels it, retries it", async () => {
    const { id } = await client.enqueue("some.job", [1], { queue });
    expect((await admin.cancelJob(id)).state).toBe("cancelled");
    const { state, args } = await admin.getJob(id);
    expect([state, args]).toEqual(["cancelled", [1]]);
    await expect(admin.retryJob(id)).rejects.toBeInstanceOf(OjsConflictError);
    expect((await admin.retryJob(await failed("discard"))).state).toBe("available");
    await expect(admin.retryJob(UNKNOWN)).rejects.toBeInstanceOf(OjsNotFoundError);
  });

  it("gives jobs up, whatever they wait for", async () => {
    const waiting = await client.enqueue("some.job", [], { queue, delay: "1h" });
    await admin.discardJob(waiting.id);
    expect((await admin.getJob(waiting.id)).state).toBe("cancelled");
    const buried = await failed("dead_letter");
    await admin.discardJob(buried);
    await expect(admin.getJob(buried)).rejects.toBeInstanceOf(OjsNotFoundError);
    const gone = await failed("discard");
    await admin.discardJob(gone);
    expect((await admin.getJob(gone)).state).toBe("discarded");
    await client.enqueue("some.job", [], { queue });
    const done = await fetched();
    await post("/ojs/v1/workers/ack", { job_id: done });
    await expect(admin.discardJob(done)).rejects.toMatchObject({ code: "conflict", operation: "cancelJob" });
    await expect(admin.discardJob(UNKNOWN)).rejects.toBeInstanceOf(OjsNotFoundError);
  });

  it("looks after queues under the same names as a client, and removes what has ended", async () => {
    await client.enqueue("some.job", [], { queue });
    expect((await admin.pauseQueue(queue)).paused).toBe(true);
    expect((await admin.resumeQueue(queue)).paused).toBe(false);
    expect((await admin.getQueueStats(queue)).counts.available).toBe(1);
    expect((await admin.listQueues({ limit: 200 })).items.map(({ name }) => name)).toContain(queue);
    await post("/ojs/v1/workers/ack", { job_id: await fetched() });
    expect(await admin.purgeQueue(queue, { endedBefore: "2000-01-01T00:00:00Z" })).toBe(0);
    expect(await admin.purgeQueue(queue, { states: ["completed"] })).toBe(1);
    await expect(admin.purgeQueue(queue, { endedBefore: "soon" })).rejects.toBeInstanceOf(OjsValidationError);
  });

  it("sees workers, and the jobs that they hold", async () => {
    const { id } = await client.enqueue("some.job", [], { queue });
    const worker = `worker-${queue}`;
    await fetched(worker);
    const beat = { worker_id: worker, active_jobs: [id], hostname: "host", concurrency: 5, queues: [queue] };
    await post("/ojs/v1/workers/heartbeat", beat);
    const { items, summary } = await admin.listWorkers({ limit: 200 });
    const expected = { id: worker, state: "running", activeJobs: 1, hostname: "host", concurrency: 5, queues: [queue] };
    expect(items).toContainEqual(expect.objectContaining({ ...expected, lastHeartbeatAt: TIME }));
    expect(summary.total).toBeGreaterThan(0);
    expect((await admin.getWorker(worker)).jobs).toMatchObject([{ id, state: "active" }]);
    expect((await admin.listJobs({ states: ["active"], queue })).items).toMatchObject([{ id, workerId: worker }]);
    await expect(admin.getWorker("nobody")).rejects.toBeInstanceOf(OjsNotFoundError);
  });

  it("counts: everything, a tenant's jobs, dead letters, what waits for a limit", async () => {
    await failed("dead_letter");
    await client.enqueue("some.job", [], { queue, meta: { tenant_id: queue } });
    const rateLimit = { key: queue, concurrency: 3, rate: { limit: 7, period: "1m" } } as const;
    await client.enqueue("some.job", [], { queue, rateLimit });
    const stats = await admin.stats();
    expect(stats.jobs.available).toBeGreaterThanOrEqual(2);
    expect(stats.deadLetters).toBeGreaterThanOrEqual(1);
    expect(stats.uptimeSeconds).toBeGreaterThanOrEqual(0);
    expect(await admin.getTenantStats(queue)).toMatchObject({ available: 1, active: 0 });
    expect(await admin.getDeadLetterStats()).toMatchObject({ total: stats.deadLetters, newestAt: TIME });
    const limit = await admin.getRateLimit(queue);
    expect(limit).toMatchObject({ key: queue, active: 0, waiting: 1, concurrency: 3 });
    expect(limit.rate).toMatchObject({ limit: 7, period: "PT1M", count: 0 });
  });

  it("tells what happened to a job, and how far it has come", async () => {
    const id = await failed("discard");
    const { items, hasMore } = await client.getJobHistory(id, { limit: 1 });
    expect(items).toMatchObject([{ type: "job.created", time: TIME, data: { type: "some.job" } }]);
    expect(hasMore).toBe(true);
    expect((await admin.getJobHistory(id)).items.map(({ type }) => type)).toContain("job.attempt_failed");
    expect(await client.getJobProgress(id)).toEqual({ jobId: id, state: "discarded" });
  });
});

describe("an admin", () => {
  it("takes no middleware, because it enqueues nothing", () => {
    const admin = new OjsAdmin({ url: "http://localhost:1" });
    expect(() => admin.use({ name: "x", enqueue: (job, next) => next(job) })).toThrow(/enqueues nothing/);
  });

  it("goes on through empty pages, and stops where the list ends", async () => {
    const page = (ids: string[], next_cursor: string) =>
      answer(200, {
        items: ids.map((id) => ({ id, type: "t" })),
        pagination: { has_more: next_cursor !== "", next_cursor },
      });
    const transport = new ScriptedTransport(page(["a"], "c1"), page([], "c2"), page(["b"], ""));
    const found: string[] = [];
    for await (const { id } of new OjsAdmin({ transport }).jobs({ queue: "q", cursor: "c0" })) found.push(id);
    expect(found).toEqual(["a", "b"]);
    expect(transport.requests.map(({ path }) => path)).toEqual(
      ["c0", "c1", "c2"].map((cursor) => `/ojs/v1/admin/jobs?queue=q&cursor=${cursor}`),
    );
  });

  it("asks for no further page than it is asked for", async () => {
    const items = [{ id: "a", type: "t" }];
    const transport = new ScriptedTransport(answer(200, { items, pagination: { has_more: true, next_cursor: "c1" } }));
    for await (const _ of new OjsAdmin({ transport }).jobs()) break;
    expect(transport.requests).toHaveLength(1);
  });
});
