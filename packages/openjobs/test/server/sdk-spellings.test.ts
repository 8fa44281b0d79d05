/**
 * What official SDKs say in other words than the HTTP binding (sdk-wire-contract §0.3, §2.2, §5, §6), each in the bytes that
 * they send: how a client is told from the official cases, how pages are counted, how Python is made to read an answer.
 */
import { describe, expect, it } from "vitest";
import { type TestServer, testServer } from "./test-server.ts";

const JS = {
  "content-type": "application/openjobspec+json",
  accept: "application/openjobspec+json",
  "ojs-version": "1.0",
  "user-agent": "node",
};
const GO = { "user-agent": "Go-http-client/1.1", "ojs-version": "1.0.0-rc.1", accept: "application/openjobspec+json" };
const PYTHON = { "user-agent": "python-httpx/0.28.1", "ojs-version": "1.0", accept: "application/openjobspec+json" };
/** Versions before it sent `OJS-Version`. */
const EARLY_PYTHON = { "user-agent": "python-httpx/0.27.0", accept: "application/openjobspec+json" };
const CASES = { accept: "application/openjobspec+json" };

const SDKS = [
  ["JS", JS],
  ["Go", GO],
  ["Python", PYTHON],
  ["an early Python", EARLY_PYTHON],
] as const;

async function crons(test: TestServer, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const answer = await test.post("/ojs/v1/cron", `{"name":"c${n}","cron":"@daily","type":"a.b","args":[]}`, JS);
    expect(answer.status).toBe(201);
  }
}

describe("queue statistics", () => {
  it.each(SDKS)("name the queue for the %s SDK", async (_name, headers) => {
    await using test = await testServer();
    await test.enqueue({ options: { queue: "emails" } });
    const { body } = await test.get("/ojs/v1/queues/emails/stats", headers);
    expect(body).toMatchObject({ queue: "emails", status: "active", stats: { available: 1 } });
    expect(body).toMatchObject({ name: "emails", available: 1, paused: false });
  });

  it("hold the queue for the official cases", async () => {
    await using test = await testServer();
    await test.enqueue({ options: { queue: "emails" } });
    const { body } = await test.get("/ojs/v1/queues/emails/stats", CASES);
    expect(body.queue).toMatchObject({ name: "emails", available: 1, paused: false });
  });
});

describe("a cron job that is registered", () => {
  const BY_EXPRESSION = '{"name":"e","expression":"@daily","job_template":{"type":"a.b","args":[]}}';

  it.each(SDKS)("has a text as `cron` for the %s SDK, whichever word it used", async (_name, headers) => {
    await using test = await testServer();
    for (const sent of ['{"name":"c","cron":"@daily","type":"a.b","args":[]}', BY_EXPRESSION]) {
      const { status, body } = await test.post("/ojs/v1/cron", sent, headers);
      expect([status, body.cron, body.cron_job.cron]).toEqual([201, "@daily", "@daily"]);
    }
  });

  it("is `cron` for the official cases", async () => {
    await using test = await testServer();
    const { body } = await test.post("/ojs/v1/cron", BY_EXPRESSION, CASES);
    expect(body.cron).toMatchObject({ name: "e", expression: "@daily" });
  });
});

describe("lists by the number of the page, as the JS SDK asks for cron jobs", () => {
  const names = (body: { cron_jobs: { name: string }[] }): string[] => body.cron_jobs.map(({ name }) => name);

  it("begin with page 1", async () => {
    await using test = await testServer();
    await crons(test, 5);
    const first = (await test.get("/ojs/v1/cron?page=1&per_page=2", JS)).body;
    expect([names(first), first.pagination]).toEqual([
      ["c0", "c1"],
      { total: 5, limit: 2, offset: 0, has_more: true, next_cursor: expect.any(String), page: 1, per_page: 2 },
    ]);
    const last = (await test.get("/ojs/v1/cron?page=3&per_page=2", JS)).body;
    expect([names(last), last.pagination.has_more, last.pagination.page]).toEqual([["c4"], false, 3]);
    expect(names((await test.get("/ojs/v1/cron?page=4&per_page=2", JS)).body)).toEqual([]);
    const sized = (await test.get("/ojs/v1/cron?per_page=4", JS)).body;
    expect([names(sized).length, sized.pagination.page]).toEqual([4, 1]);
  });

  it("go on by cursor, and give way to limit and offset", async () => {
    await using test = await testServer();
    await crons(test, 3);
    const { pagination } = (await test.get("/ojs/v1/cron?page=1&per_page=2", JS)).body;
    const cursor = encodeURIComponent(pagination.next_cursor);
    expect(names((await test.get(`/ojs/v1/cron?per_page=2&cursor=${cursor}`, JS)).body)).toEqual(["c2"]);
    const both = (await test.get("/ojs/v1/cron?limit=1&offset=1&page=9&per_page=50", JS)).body;
    expect([names(both), both.pagination.page]).toEqual([["c1"], undefined]);
  });

  it.each(["page=0", "page=x", "per_page=0", "page=-1", "page=200000&per_page=200"])("refuse %s", async (query) => {
    await using test = await testServer();
    const { status, body } = await test.get(`/ojs/v1/cron?${query}`, JS);
    expect([status, body.error.code]).toEqual([400, "invalid_request"]);
    expect(query).toContain(body.error.details.parameter);
  });
});

describe("the Python SDK", () => {
  it.each([
    ["an answer", "GET", "/ojs/v1/queues", 200],
    ["a refusal", "GET", "/ojs/v1/jobs/nonsense", 404],
    ["an unknown path", "GET", "/ojs/v1/nothing", 404],
    ["the manifest", "GET", "/ojs/manifest", 200],
    ["health", "GET", "/ojs/v1/health", 200],
  ])("is told that %s is JSON, and nobody else is", async (_name, method, path, status) => {
    await using test = await testServer();
    for (const headers of [PYTHON, EARLY_PYTHON]) {
      const answer = await test.call(method, path, { headers });
      expect(answer.status).toBe(status);
      expect(answer.headers["content-type"]).toBe('application/openjobspec+json; alias="application/json"');
    }
    for (const headers of [JS, GO, CASES, { "user-agent": "my python-httpx/1" }]) {
      expect((await test.call(method, path, { headers })).headers["content-type"]).toBe("application/openjobspec+json");
    }
  });
});
