/** Queues, dead letters, events: the lists of the server and what can be done with their items. */
import { describe, expect, it } from "vitest";
import { type TestServer, testServer } from "./test-server.ts";

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
const SDK = { "ojs-version": "1.0" };

/** Enqueues jobs that end in the dead letter queue; answers their ids, oldest first. */
async function bury(test: TestServer, count: number, queue = "default"): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const retry = { max_attempts: 1, on_exhaustion: "dead_letter" };
    const { id } = await test.enqueue({ options: { queue, retry } });
    await test.fetchOne({ queues: [queue] });
    await test.post("/ojs/v1/workers/nack", { job_id: id, error: { code: "x", message: "m" } });
    ids.push(id);
  }
  return ids;
}

describe("queues", () => {
  it("are listed by name with status and paging", async () => {
    await using test = await testServer();
    for (const queue of ["beta", "alpha", "gamma"]) await test.enqueue({ options: { queue } });
    await test.post("/ojs/v1/queues/beta/pause");
    const { body } = await test.get("/ojs/v1/queues");
    expect(body.queues).toMatchObject([
      { name: "alpha", status: "active", paused: false, created_at: TIME },
      { name: "beta", status: "paused", paused: true, created_at: TIME },
      { name: "gamma", status: "active", paused: false, created_at: TIME },
    ]);
    expect(body.pagination).toEqual({ total: 3, limit: 50, offset: 0, has_more: false, next_cursor: "" });
  });

  it("are paged by cursor and by offset", async () => {
    await using test = await testServer();
    for (let n = 0; n < 5; n += 1) await test.enqueue({ options: { queue: `q${n}` } });
    const names = ({ body }: { body: { queues: { name: string }[] } }): string[] => body.queues.map(({ name }) => name);
    const first = await test.get("/ojs/v1/queues?limit=2");
    expect(names(first)).toEqual(["q0", "q1"]);
    expect(first.body.pagination).toMatchObject({ total: 5, limit: 2, has_more: true });
    const cursor = encodeURIComponent(first.body.pagination.next_cursor);
    expect(names(await test.get(`/ojs/v1/queues?limit=2&cursor=${cursor}`))).toEqual(["q2", "q3"]);
    expect(names(await test.get("/ojs/v1/queues?limit=2&offset=4"))).toEqual(["q4"]);
    expect((await test.get("/ojs/v1/queues?limit=500")).body.pagination.limit).toBe(200);
  });

  it("pause and resume, also when nobody has used them yet", async () => {
    await using test = await testServer();
    const paused = await test.post("/ojs/v1/queues/new-one/pause");
    expect(paused.body).toEqual({ queue: { name: "new-one", paused: true }, status: "paused", paused_at: TIME });
    expect((await test.enqueue({ options: { queue: "new-one" } })).state).toBe("available");
    expect(await test.fetchOne({ queues: ["new-one"] })).toBeUndefined();
    const resumed = await test.post("/ojs/v1/queues/new-one/resume");
    expect(resumed.body).toEqual({ queue: { name: "new-one", paused: false }, status: "active", resumed_at: TIME });
    expect(await test.fetchOne({ queues: ["new-one"] })).toBeDefined();
  });

  it("have statistics in the suites' shape and, for SDKs, in the specification's", async () => {
    await using test = await testServer();
    for (let n = 0; n < 3; n += 1) await test.enqueue();
    const { id } = await test.fetchOne();
    await test.post("/ojs/v1/workers/ack", { job_id: id });
    await test.fetchOne();
    const stats = { queue: "default", depth: 1, available: 1, active: 1, completed: 1, completed_last_hour: 1 };
    const suites = (await test.get("/ojs/v1/queues/default/stats")).body;
    const counts = { name: "default", paused: false, available: 1, active: 1, completed: 1, dead_letter: 0 };
    expect(suites).toMatchObject({ queue: counts, status: "active", stats, computed_at: TIME });
    const sdk = (await test.get("/ojs/v1/queues/default/stats", SDK)).body;
    expect(sdk).toMatchObject({ ...counts, queue: "default", status: "active", stats, computed_at: TIME });
    for (const name of ["scheduled", "retryable", "discarded", "failed_last_hour", "avg_duration_ms", "avg_wait_ms"]) {
      expect(typeof sdk.stats[name]).toBe("number");
    }
  });

  it("have no statistics under an unknown name", async () => {
    await using test = await testServer();
    expect((await test.get("/ojs/v1/queues/nobody/stats")).status).toBe(404);
    expect((await test.get("/ojs/v1/queues/No%20Queue/stats")).status).toBe(400);
  });
});

describe("dead letters", () => {
  it("are listed whole, newest first, by queue and in pages", async () => {
    await using test = await testServer();
    const ids = await bury(test, 3);
    const [other] = await bury(test, 1, "other");
    const all = (await test.get("/ojs/v1/dead-letter")).body;
    expect(all.pagination).toEqual({ total: 4, limit: 50, offset: 0, has_more: false, next_cursor: "" });
    expect(new Set(all.jobs.map((job: { id: string }) => job.id))).toEqual(new Set([...ids, other]));
    expect(all.jobs[0]).toMatchObject({ state: "discarded", error: { type: "x" }, discarded_at: TIME });
    const filtered = (await test.get("/ojs/v1/dead-letter?queue=other")).body;
    expect(filtered.jobs.map((job: { id: string }) => job.id)).toEqual([other]);
    const page = (await test.get("/ojs/v1/dead-letter?queue=default&limit=2&offset=0")).body;
    expect(page.jobs).toHaveLength(2);
    expect(page.pagination).toMatchObject({ total: 3, limit: 2, offset: 0, has_more: true });
    const rest = (await test.get(`/ojs/v1/dead-letter?queue=default&cursor=${page.pagination.next_cursor}`)).body;
    expect(rest.jobs).toHaveLength(1);
  });

  it("are retried with fresh attempts", async () => {
    await using test = await testServer();
    const [id] = await bury(test, 1);
    const answer = await test.post(`/ojs/v1/dead-letter/${id}/retry`);
    expect(answer.status).toBe(200);
    expect(answer.body.job).toMatchObject({ id, state: "available", attempt: 0, re_enqueued_at: TIME });
    expect(answer.body.id).toBe(id);
    expect((await test.post(`/ojs/v1/dead-letter/${id}/retry`)).status).toBe(404);
  });

  it("are deleted for good", async () => {
    await using test = await testServer();
    const [id] = await bury(test, 1);
    const answer = await test.del(`/ojs/v1/dead-letter/${id}`);
    expect([answer.status, answer.body]).toMatchObject([200, { deleted: true, job_id: id }]);
    expect((await test.del(`/ojs/v1/dead-letter/${id}`)).status).toBe(404);
    expect((await test.get(`/ojs/v1/jobs/${id}`)).status).toBe(404);
  });
});

describe("events", () => {
  it("are listed by type and queue, oldest first, and go on from a cursor", async () => {
    await using test = await testServer();
    await test.enqueue({ options: { queue: "a" } });
    await test.enqueue({ options: { queue: "b" } });
    const { id } = await test.fetchOne({ queues: ["a"] });
    await test.post("/ojs/v1/workers/ack", { job_id: id });
    const enqueued = (await test.get("/ojs/v1/events?types=job.enqueued&queues=a,b")).body;
    expect(enqueued.events).toMatchObject([
      { specversion: "1.0", type: "job.enqueued", time: TIME, data: { job_type: "test.job", queue: "a" } },
      { type: "job.enqueued", data: { queue: "b" } },
    ]);
    const done = (await test.get("/ojs/v1/events?types=job.completed&queues=a&limit=10")).body;
    expect(done.events).toMatchObject([{ data: { attempt: 1, duration_ms: expect.any(Number) } }]);
    const first = (await test.get("/ojs/v1/events?limit=1")).body;
    expect(first.has_more).toBe(true);
    const rest = (await test.get(`/ojs/v1/events?after=${first.cursor}&limit=1000`)).body;
    expect(rest).toMatchObject({ has_more: false, gap: false });
    expect(rest.events.map((event: { id: string }) => event.id)).not.toContain(first.events[0].id);
  });

  it("say when the cursor is too old to be known", async () => {
    await using test = await testServer();
    await test.enqueue();
    const { body } = await test.get("/ojs/v1/events?after=evt_unknown");
    expect(body.gap).toBe(true);
    expect(body.events).toHaveLength(1);
  });

  it("are an empty list on a new server", async () => {
    await using test = await testServer();
    expect((await test.get("/ojs/v1/events")).body).toEqual({ events: [], cursor: "", has_more: false, gap: false });
  });
});
