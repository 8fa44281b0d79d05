/** The operators' view (ojs-admin-api): what it shows, and that nothing is removed by mistake. */
import { describe, expect, it } from "vitest";
import { TestClock } from "../../src/testing/test-clock.ts";
import { type TestServer, testServer } from "./test-server.ts";

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
const BASE = "/ojs/v1/admin";

async function bury(test: TestServer, queue = "default"): Promise<string> {
  const { id } = await test.enqueue({ options: { queue, retry: { max_attempts: 1, on_exhaustion: "dead_letter" } } });
  await test.fetchOne({ queues: [queue] });
  await test.post("/ojs/v1/workers/nack", { job_id: id, error: { code: "x", message: "m" } });
  return id;
}

async function finish(test: TestServer, queue = "default"): Promise<string> {
  const { id } = await test.enqueue({ options: { queue } });
  await test.fetchOne({ queues: [queue] });
  await test.post("/ojs/v1/workers/ack", { job_id: id });
  return id;
}

const beat = (test: TestServer, worker: object) =>
  test.post("/ojs/v1/workers/heartbeat", { active_jobs: [], ...worker });

describe("everything in sum", () => {
  it("counts queues, workers, jobs, and what happened lately", async () => {
    await using test = await testServer({ clock: new TestClock(Date.UTC(2026, 0, 1, 0, 0, 30)) });
    await bury(test, "mail");
    await finish(test);
    await test.enqueue();
    await beat(test, { worker_id: "w1" });
    const { body } = await test.get(`${BASE}/stats`);
    expect(body).toMatchObject({
      queues: 2,
      workers: 1,
      jobs: { available: 1, active: 0, completed: 1, discarded: 1, dead_letter: 1 },
      throughput: { processed_per_minute: 1 / 1.5, failed_per_minute: 1 / 1.5 },
      uptime_seconds: 0,
    });
  });
});

describe("queues", () => {
  it("are listed in numbered pages", async () => {
    await using test = await testServer();
    for (const queue of ["a", "b", "c"]) await test.enqueue({ options: { queue } });
    await test.post(`${BASE}/queues/b/pause`);
    const { body } = await test.get(`${BASE}/queues?page=2&per_page=1`);
    expect(body.items).toMatchObject([{ name: "b", state: "paused", paused: true, paused_at: TIME, created_at: TIME }]);
    expect(body.pagination).toMatchObject({ total: 3, page: 2, per_page: 1 });
    const next = encodeURIComponent(body.pagination.next_cursor);
    expect((await test.get(`${BASE}/queues?per_page=1&cursor=${next}`)).body.items).toMatchObject([{ name: "c" }]);
    expect((await test.get(`${BASE}/queues?page=0`)).status).toBe(400);
    expect((await test.get(`${BASE}/queues?page=99999`)).body.error.details).toMatchObject({ parameter: "page" });
  });

  it("are shown with their settings, and 404 when nobody has used them", async () => {
    await using test = await testServer();
    await finish(test, "mail");
    await test.call("PUT", "/ojs/v1/queues/mail/config", { body: { max_attempts: 7 } });
    const { body } = await test.get(`${BASE}/queues/mail`);
    expect(body).toMatchObject({
      name: "mail",
      counts: { completed: 1 },
      throughput: { processed_per_minute: 1 / 60 },
    });
    expect(body.configuration).toBeTypeOf("object");
    expect((await test.get(`${BASE}/queues/nobody`)).status).toBe(404);
  });

  it("stop and go on handing out jobs", async () => {
    await using test = await testServer();
    await test.enqueue();
    expect((await test.post(`${BASE}/queues/default/pause`)).body).toMatchObject({ name: "default", paused: true });
    expect(await test.fetchOne()).toBeUndefined();
    expect((await test.post(`${BASE}/queues/default/resume`)).body).toEqual({ name: "default", paused: false });
    expect(await test.fetchOne()).toBeDefined();
  });

  it("lose the jobs that have ended, if that is confirmed, and no others", async () => {
    const clock = new TestClock(Date.UTC(2026, 0, 1));
    await using test = await testServer({ clock });
    const old = await finish(test);
    await clock.advance(10_000);
    const recent = await finish(test);
    const waiting = (await test.enqueue()).id;
    const elsewhere = await finish(test, "mail");
    const purge = (body: object) => test.call("DELETE", `${BASE}/queues/default/jobs`, { body });
    for (const confirm of [false, undefined, "true", 1]) {
      const { status, body } = await purge({ states: ["completed"], confirm });
      expect([status, body.error.details.field]).toEqual([400, "confirm"]);
    }
    expect((await purge({ states: ["available"], confirm: true })).status).toBe(400);
    expect((await purge({ states: ["completed"], older_than: "yesterday", confirm: true })).status).toBe(400);
    const before = new Date(clock.now() - 5_000).toISOString();
    const answer = await purge({ states: ["completed"], older_than: before, confirm: true });
    expect(answer.body).toEqual({ purged_count: 1, states: ["completed"] });
    expect((await test.get(`/ojs/v1/jobs/${old}`)).status).toBe(404);
    for (const id of [recent, waiting, elsewhere]) expect((await test.get(`/ojs/v1/jobs/${id}`)).status).toBe(200);
  });
});

describe("jobs", () => {
  it("are shown flat, and are cancelled and retried", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue();
    const { body } = await test.get(`${BASE}/jobs/${id}`);
    expect(body).toMatchObject({ id, type: expect.any(String), queue: "default", state: "available" });
    expect(body.job).toBeUndefined();
    expect((await test.post(`${BASE}/jobs/${id}/retry`)).status).toBe(409);
    expect((await test.post(`${BASE}/jobs/${id}/cancel`)).body.job).toMatchObject({ state: "cancelled" });
    const dead = await bury(test);
    expect((await test.post(`${BASE}/jobs/${dead}/retry`)).body.job).toMatchObject({ state: "available", attempt: 0 });
    expect((await test.post(`${BASE}/jobs/019b76da-a800-7000-8000-000000000001/retry`)).status).toBe(404);
  });

  it("are changed by a filter, if that is confirmed", async () => {
    await using test = await testServer();
    const dead = [await bury(test), await bury(test)];
    await bury(test, "mail");
    const retry = (body: object) => test.post(`${BASE}/jobs/bulk/retry`, body);
    expect((await retry({ filter: { state: "discarded" }, confirm: false })).status).toBe(400);
    expect((await retry({ confirm: true })).status).toBe(400);
    expect((await retry({ filter: {}, confirm: true })).status).toBe(400);
    expect((await retry({ filter: { colour: "red" }, confirm: true })).status).toBe(400);
    const none = await retry({ filter: { state: "discarded", since: "2100-01-01T00:00:00Z" }, confirm: true });
    expect(none.body).toEqual({ action: "retry", matched: 0, succeeded: 0, failed: 0, errors: [] });
    const some = await retry({ filter: { state: "discarded", queue: "default" }, confirm: true });
    expect(some.body).toMatchObject({ action: "retry", matched: 2, succeeded: 2, failed: 0 });
    for (const id of dead) expect((await test.get(`${BASE}/jobs/${id}`)).body.state).toBe("available");
    const gone = await test.post(`${BASE}/jobs/bulk/cancel`, { filter: { queue: "default" }, confirm: true });
    expect(gone.body).toMatchObject({ action: "cancel", succeeded: 2 });
    const removed = await test.post(`${BASE}/jobs/bulk/delete`, { filter: { state: "cancelled" }, confirm: true });
    expect(removed.body).toMatchObject({ action: "delete", succeeded: 2 });
  });
});

describe("the list of jobs", () => {
  it("is filtered by its parameters, and paged with a cursor", async () => {
    await using test = await testServer();
    const mails = [await finish(test, "mail"), await bury(test, "mail"), await finish(test, "mail")];
    await test.enqueue({ type: "report.build", options: { tags: ["big"] } });
    const list = async (query: string) => (await test.get(`${BASE}/jobs?${query}`)).body;
    const { items, pagination } = await list("queue=mail&state=completed&per_page=1");
    expect(items).toMatchObject([{ id: mails[0], state: "completed", queue: "mail", args: expect.any(Array) }]);
    expect(pagination).toMatchObject({ total: 2, limit: 1, has_more: true, next_cursor: expect.stringMatching(/./) });
    const cursor = encodeURIComponent(pagination.next_cursor);
    const rest = await list(`queue=mail&state=completed&per_page=1&cursor=${cursor}`);
    expect(rest).toMatchObject({ items: [{ id: mails[2] }], pagination: { has_more: false, next_cursor: "" } });
    expect(rest.pagination).not.toHaveProperty("total");
    for (const query of ["type=report.*", "type=report.build", "tags=big", "state=available,scheduled"]) {
      expect((await list(query)).items).toMatchObject([{ type: "report.build" }]);
    }
    expect((await list("until=2000-01-01T00:00:00Z")).items).toEqual([]);
    expect((await list("since=2000-01-01T00:00:00Z")).items).toHaveLength(4);
  });

  it.each([
    ["state=sleeping", "state"],
    ["since=yesterday", "since"],
    ["queue=A%20B", "queue"],
    ["cursor=x", "cursor"],
    ["sort=priority", "sort"],
    ["page=2", "page"],
  ])("refuses %s by name", async (query, named) => {
    await using test = await testServer();
    const { status, body } = await test.get(`${BASE}/jobs?${query}`);
    expect(status).toBe(400);
    expect([body.error.details.field, body.error.details.parameter]).toContain(named);
  });
});

describe("workers", () => {
  it("are listed with what they say, and are stale once they are silent", async () => {
    const clock = new TestClock(Date.UTC(2026, 0, 1));
    await using test = await testServer({ clock });
    await beat(test, { worker_id: "w/1", hostname: "host", queues: ["mail"], concurrency: 5, labels: ["eu"] });
    await beat(test, { worker_id: "w2", state: "quiet" });
    const { body } = await test.get(`${BASE}/workers`);
    expect(body.items).toMatchObject([
      { id: "w/1", state: "running", hostname: "host", queues: ["mail"], concurrency: 5, last_heartbeat_at: TIME },
      { id: "w2", state: "quiet", active_jobs: 0 },
    ]);
    expect(body.summary).toEqual({ total: 2, running: 1, quiet: 1, terminate: 0, stale: 0 });
    expect(body.pagination).toMatchObject({ total: 2, page: 1 });
  });

  it("are shown with the jobs that they hold", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue();
    await test.fetchOne({ worker_id: "w/1" });
    await beat(test, { worker_id: "w/1", active_jobs: [id] });
    const { body } = await test.get(`${BASE}/workers/w%2F1`);
    expect(body).toMatchObject({ id: "w/1", active_jobs: 1, jobs: [{ id, state: "active" }] });
    expect((await test.get(`${BASE}/workers/nobody`)).status).toBe(404);
  });
});

describe("dead letters", () => {
  it("are listed, counted, shown, retried and removed", async () => {
    await using test = await testServer();
    expect((await test.get(`${BASE}/dead-letter/stats`)).body).toEqual({ total: 0 });
    const [kept, removed, retried] = [await bury(test), await bury(test), await bury(test, "mail")];
    expect((await test.get(`${BASE}/dead-letter/stats`)).body).toEqual({ total: 3, newest_at: TIME });
    const { body } = await test.get(`${BASE}/dead-letter?queue=mail`);
    expect(body).toMatchObject({ items: [{ id: retried }], pagination: { total: 1, page: 1 } });
    expect((await test.post(`${BASE}/dead-letter/${retried}/retry`)).body.job.state).toBe("available");
    expect((await test.del(`${BASE}/dead-letter/${removed}`)).status).toBe(204);
    expect((await test.del(`${BASE}/dead-letter/${removed}`)).status).toBe(404);
    expect((await test.get(`${BASE}/dead-letter/${retried}`)).status).toBe(404);
    expect((await test.get(`${BASE}/dead-letter/${kept}`)).body).toMatchObject({ id: kept, state: "discarded" });
  });
});

describe("worker pools", () => {
  it("are kept and shown, and said not to be enforced", async () => {
    await using test = await testServer();
    const put = (body: object, name = "critical") => test.call("PUT", `${BASE}/pools/${name}`, { body });
    const first = await put({ queues: ["critical"], concurrency: 20, strategy: "weighted", weights: { critical: 3 } });
    expect([first.status, first.body.pool]).toEqual([
      201,
      {
        ...{ name: "critical", queues: ["critical"], concurrency: 20 },
        ...{ strategy: "weighted", weights: { critical: 3 }, enforced: false },
      },
    ]);
    expect((await put({ strategy: "round-robin" })).body.pool.strategy).toBe("round_robin");
    expect((await put({ strategy: "luck" })).body.error.details.field).toBe("strategy");
    expect((await put({ queue: [] })).body.error.details.field).toBe("queue");
    await put({}, "other");
    const { body } = await test.get(`${BASE}/pools`);
    expect(body).toMatchObject({ items: [{ name: "critical" }, { name: "other" }], pagination: { total: 2 } });
    await test.enqueue();
    expect((await test.get(`${BASE}/scheduling/stats`)).body.stats).toMatchObject({
      ...{ pools: 2, available: 1, queues: [{ name: "default", available: 1, active: 0 }] },
    });
  });
});
