/**
 * The official SDKs, as their wire formats say they are (sdk-wire-contract §1.4, §5, §7): what they send is understood, and
 * what they get passes the strictest of them, the Rust SDK, which refuses a whole fetch for one field of a wrong type.
 */
import { describe, expect, it } from "vitest";
import { strictAnswerProblems, strictJobProblems } from "../support/strict-decoder.ts";
import { type TestAnswer, type TestServer, testServer } from "./test-server.ts";

const RUST = {
  "content-type": "application/openjobspec+json",
  accept: "application/openjobspec+json",
  "ojs-version": "1.0",
  "x-request-id": "6f1c0000-0000-4000-8000-000000000000",
};
const GO = { "content-type": "application/openjobspec+json", "ojs-version": "1.0.0-rc.1" };

const retry = {
  max_attempts: 5,
  initial_interval: "PT1S",
  backoff_coefficient: 2.0,
  max_interval: "PT5M",
  jitter: true,
  non_retryable_errors: [],
  on_exhaustion: "dead_letter",
};

/** Jobs as each SDK sends them. */
const requests: readonly [string, object][] = [
  ["Rust, simple", { type: "email.send", args: [{ to: "u@e.com" }] }],
  [
    "Rust, everything",
    {
      type: "report.generate",
      args: [{ id: 42 }],
      meta: { source: "test" },
      schema: "urn:ojs:schema:report",
      options: {
        queue: "default",
        priority: 3,
        timeout_ms: 30_000,
        expires_at: "2999-02-12T10:35:00.123456789Z",
        retry,
        unique: { keys: ["type"], states: ["available", "active"], on_conflict: "reject" },
        tags: ["a", "b"],
        visibility_timeout_ms: 60_000,
      },
    },
  ],
  [
    "JS, with its own unique key",
    { type: "a.b", args: [{ x: 1 }], options: { unique: { key: ["x"] }, retry: { max_attempts: 2 } } },
  ],
  [
    "Go, with milliseconds",
    {
      type: "go.job",
      args: [],
      options: {
        queue: "default",
        retry: { max_attempts: 2, initial_interval_ms: 500, max_interval_ms: 1_000, backoff_coefficient: 1.5 },
        unique: { key: ["type", "args"], period_ms: 1_000 },
      },
    },
  ],
  [
    "core, at the top level",
    { type: "c.d", args: [1], queue: "default", priority: 1, timeout: 30, tags: ["t"], retry },
  ],
  ["someone with an attribute called job", { type: "e.f", args: [], job: "mine" }],
];

function expectReadable(answer: TestAnswer): void {
  expect(strictAnswerProblems(answer.text ?? "")).toEqual([]);
}

async function everyAnswerAbout(test: TestServer, request: object): Promise<TestAnswer[]> {
  const enqueued = await test.post("/ojs/v1/jobs", request, RUST);
  const { id } = enqueued.body.job;
  const fetched = await test.post("/ojs/v1/workers/fetch", { queues: ["default"], count: 10, worker_id: "w" }, RUST);
  const error = { code: "handler_error", message: "boom", retryable: false };
  await test.post("/ojs/v1/workers/nack", { job_id: id, error }, RUST);
  const failed = await test.get(`/ojs/v1/jobs/${id}`, RUST);
  return [enqueued, fetched, failed];
}

describe("the Rust SDK can read", () => {
  it.each(requests.slice(0, -1))("every answer about a job of %s", async (_name, request) => {
    await using test = await testServer();
    for (const answer of await everyAnswerAbout(test, request)) expectReadable(answer);
  });

  it("the wrapper at least when a job has an attribute that is called job", async () => {
    await using test = await testServer();
    const [enqueued, fetched] = await everyAnswerAbout(test, requests.at(-1)?.[1] ?? {});
    expect(strictJobProblems(enqueued?.body.job)).toEqual([]);
    expect(strictJobProblems(fetched?.body.jobs[0])).toEqual([]);
    expect(enqueued?.body.job.job).toBe("mine");
  });

  it("cancelled, activated and revived jobs", async () => {
    await using test = await testServer();
    const pending = await test.enqueue({ options: { queue: "other", pending: true } });
    expectReadable(await test.post(`/ojs/v1/jobs/${pending.id}/activate`, "", RUST));
    const cancelled = await test.enqueue({ options: { queue: "other" } });
    expectReadable(await test.del(`/ojs/v1/jobs/${cancelled.id}`));
    const { id } = await test.enqueue({ options: { retry: { max_attempts: 1, on_exhaustion: "dead_letter" } } });
    await test.fetchOne();
    await test.post("/ojs/v1/workers/nack", { job_id: id, error: "boom" });
    expectReadable(await test.get("/ojs/v1/dead-letter?queue=default&limit=10&offset=0", RUST));
    expectReadable(await test.post(`/ojs/v1/dead-letter/${id}/retry`, "", RUST));
    expectReadable(await test.post("/ojs/v1/workers/fetch", { queues: ["default"], count: 1 }, RUST));
  });

  it("a batch, with its count", async () => {
    await using test = await testServer();
    const jobs = [1, 2].map((user_id) => ({ type: "notify", args: [{ user_id }] }));
    const answer = await test.post("/ojs/v1/jobs/batch", { jobs }, RUST);
    expectReadable(answer);
    expect(answer.body.count).toBe(2);
  });

  it("a heartbeat: state is a string, jobs_extended a list of strings", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue();
    await test.fetchOne({ worker_id: "worker_1" });
    const { body } = await test.post("/ojs/v1/workers/heartbeat", { worker_id: "worker_1", active_jobs: [id] }, RUST);
    expect(body).toMatchObject({ state: "running", jobs_extended: [id], server_time: expect.any(String) });
  });

  it("the statistics of a queue: counts are whole numbers, nothing is null", async () => {
    await using test = await testServer();
    await test.enqueue({ options: { queue: "my-queue" } });
    const { body } = await test.get("/ojs/v1/queues/my%2Dqueue/stats", RUST);
    expect(typeof body.queue).toBe("string");
    expect(Number.isNaN(Date.parse(body.computed_at))).toBe(false);
    const { queue, avg_duration_ms, avg_wait_ms, throughput_per_second, ...counts } = body.stats;
    expect(queue).toBe("my-queue");
    for (const rate of [avg_duration_ms, avg_wait_ms, throughput_per_second]) expect(typeof rate).toBe("number");
    for (const count of Object.values(counts)) expect(Number.isInteger(count)).toBe(true);
  });

  it("pagination: total, limit, offset and has_more together", async () => {
    await using test = await testServer();
    for (const path of ["/ojs/v1/queues", "/ojs/v1/dead-letter"]) {
      const { pagination } = (await test.get(path, RUST)).body;
      expect(pagination).toMatchObject({ total: 0, limit: 50, offset: 0, has_more: false });
    }
  });

  it("errors: code and message are strings, retryable is a boolean, details an object", async () => {
    await using test = await testServer();
    for (const answer of [
      await test.get("/ojs/v1/jobs/x", RUST),
      await test.post("/ojs/v1/jobs", {}, RUST),
      await test.post("/ojs/v1/jobs", "", RUST),
    ]) {
      const { code, message, retryable, details, request_id } = answer.body.error;
      expect([typeof code, typeof message, typeof retryable]).toEqual(["string", "string", "boolean"]);
      expect(details === undefined || (typeof details === "object" && !Array.isArray(details))).toBe(true);
      expect(request_id).toBe(RUST["x-request-id"]);
    }
  });
});

describe("the Go SDK", () => {
  it("asks for version 1.0.0-rc.1, sends numbers in heartbeats and gets its answer", async () => {
    await using test = await testServer();
    expect((await test.post("/ojs/v1/jobs", { type: "go.job", args: [] }, GO)).status).toBe(201);
    const { id } = await test.fetchOne({ worker_id: "go-1" });
    const beat = { worker_id: "go-1", state: "running", active_jobs: 1, active_job_ids: [id] };
    expect((await test.post("/ojs/v1/workers/heartbeat", beat, GO)).body.jobs_extended).toEqual([id]);
  });
});
