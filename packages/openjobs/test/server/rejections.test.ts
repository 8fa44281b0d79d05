/** Every rejection of an enqueue that the conformance contract (2.1, 2.2) and ojs-core §5 ask for, through the edge. */
import { describe, expect, it } from "vitest";
import { testServer } from "./test-server.ts";

const V4 = "6f1c2b1e-8b2e-4c3a-b5d1-f0e2a3b4c5d6";
const V7 = "019414d4-8b2e-7c3a-b5d1-f0e2a3b4c5d6";

const base = { type: "test.job", args: [] };

/** What is wrong, the job, the status, and the field that the error names. */
const rejections: readonly [string, object, number, string?][] = [
  ["a missing type", { args: [] }, 400, "type"],
  ["a null type", { ...base, type: null }, 400, "type"],
  ["a type that is no string", { ...base, type: 7 }, 400, "type"],
  ["an empty type", { ...base, type: "" }, 400, "type"],
  ["an upper-case type", { ...base, type: "Test.Job" }, 400, "type"],
  ["a type with a digit in front", { ...base, type: "1test" }, 400, "type"],
  ["a type with an empty segment", { ...base, type: "test..job" }, 400, "type"],
  ["a type with a space", { ...base, type: "test job" }, 400, "type"],
  ["a type that is too long", { ...base, type: "a".repeat(256) }, 400, "type"],
  ["missing args", { type: "test.job" }, 400, "args"],
  ["null args", { ...base, args: null }, 400, "args"],
  ["object args", { ...base, args: {} }, 400, "args"],
  ["string args", { ...base, args: "[]" }, 400, "args"],
  ["an id of version 4", { ...base, id: V4 }, 400, "id"],
  ["an upper-case id", { ...base, id: V7.toUpperCase() }, 400, "id"],
  ["an empty id", { ...base, id: "" }, 400, "id"],
  ["an id that is no string", { ...base, id: 1 }, 400, "id"],
  ["an upper-case queue", { ...base, options: { queue: "Default" } }, 400],
  ["an empty queue", { ...base, options: { queue: "" } }, 400],
  ["a queue with an underscore", { ...base, options: { queue: "a_b" } }, 400],
  ["a queue that starts with a dash", { ...base, options: { queue: "-a" } }, 400],
  ["a queue that is too long", { ...base, options: { queue: "a".repeat(129) } }, 400],
  ["a priority above 100", { ...base, options: { priority: 101 } }, 400],
  ["a priority below -100", { ...base, options: { priority: -101 } }, 400],
  ["a fractional priority", { ...base, options: { priority: 1.5 } }, 400],
  ["a priority that is a string", { ...base, options: { priority: "1" } }, 400],
  ["meta that is an array", { ...base, meta: [] }, 400, "meta"],
  ["meta that is too large", { ...base, meta: { m: "x".repeat(65_536) } }, 413, "meta"],
  ["options that are an array", { ...base, options: [] }, 400, "options"],
  ["a job that is too large", { ...base, args: ["x".repeat(1_048_576)] }, 413],
  ["an unreadable time", { ...base, options: { scheduled_at: "tomorrow" } }, 400],
  ["a time without zone", { ...base, options: { delay_until: "2030-01-01T00:00:00" } }, 400],
  ["a day that does not exist", { ...base, options: { expires_at: "2030-02-30T00:00:00Z" } }, 400],
  ["a negative timeout", { ...base, options: { timeout_ms: -1 } }, 400],
  ["tags that are no list", { ...base, options: { tags: "a" } }, 400],
  ["tags that are no strings", { ...base, options: { tags: [1] } }, 400],
  ["specversion 2.0", { ...base, specversion: "2.0" }, 400, "specversion"],
];

/** What is wrong with a retry policy, and what the message must name. */
const policies: readonly [object, string][] = [
  [{ max_attempts: -1 }, "max_attempts"],
  [{ max_attempts: 1.5 }, "max_attempts"],
  [{ max_attempts: "3" }, "max_attempts"],
  [{ backoff_coefficient: 0.5 }, "backoff_coefficient"],
  [{ initial_interval: "soon" }, "initial_interval"],
  [{ max_interval: "P1" }, "max_interval"],
  [{ jitter: "yes" }, "jitter"],
  [{ on_exhaustion: "explode" }, "on_exhaustion"],
  [{ backoff_strategy: "random" }, "backoff_strategy"],
  [{ non_retryable_errors: "Auth.*" }, "non_retryable_errors"],
];

describe("enqueue refuses", () => {
  it.each(rejections)("%s", async (_name, job, status, field) => {
    await using test = await testServer();
    const answer = await test.post("/ojs/v1/jobs", job);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatchObject({
      code: status === 413 ? "payload_too_large" : "invalid_request",
      message: expect.any(String),
      retryable: false,
      hint: expect.any(String),
      details: expect.any(Object),
    });
    if (field !== undefined) expect(answer.body.error.details.field).toBe(field);
    expect((await test.get("/ojs/v1/queues")).body.queues).toEqual([]);
  });

  it.each(policies)("the retry policy %j", async (retry, named) => {
    await using test = await testServer();
    const answer = await test.post("/ojs/v1/jobs", { ...base, options: { retry } });
    expect(answer.status).toBe(422);
    expect(answer.body.error).toMatchObject({ type: "validation_error", retryable: false });
    expect(answer.body.error.message).toContain(named);
  });

  it("numbers that JavaScript would change", async () => {
    await using test = await testServer();
    for (const number of ["12345678901234567890", "1e400", "9007199254740993"]) {
      const answer = await test.post("/ojs/v1/jobs", `{"type":"test.job","args":[{"n":${number}}]}`);
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatchObject({ code: "invalid_request", details: { path: "args[0].n" } });
    }
  });

  it("bodies that are nested too deeply", async () => {
    await using test = await testServer();
    const deep = (levels: number): string => `{"type":"test.job","args":${"[".repeat(levels)}${"]".repeat(levels)}}`;
    expect((await test.post("/ojs/v1/jobs", deep(20))).status).toBe(201);
    for (const levels of [40, 10_000, 200_000]) {
      const answer = await test.post("/ojs/v1/jobs", deep(levels));
      expect(answer.status).toBe(413);
      expect(answer.body.error.code).toBe("payload_too_large");
    }
  });

  it("another request under a known id", async () => {
    await using test = await testServer();
    const first = await test.post("/ojs/v1/jobs", { ...base, id: V7 });
    const replay = await test.post("/ojs/v1/jobs", { ...base, id: V7 });
    const clash = await test.post("/ojs/v1/jobs", { ...base, id: V7, args: [1] });
    expect([first.status, replay.status, clash.status]).toEqual([201, 200, 409]);
    expect(replay.body).toEqual(first.body);
    expect(clash.body.error).toMatchObject({ code: "duplicate", retryable: false });
  });
});

describe("a batch refuses", () => {
  it.each([
    ["nothing", {}],
    ["an empty list", { jobs: [] }],
    ["no list", { jobs: {} }],
  ])("%s", async (_name, body) => {
    await using test = await testServer();
    const answer = await test.post("/ojs/v1/jobs/batch", body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.details.field).toBe("jobs");
  });

  it("itself as a whole when one job is wrong, and says which", async () => {
    await using test = await testServer();
    for (const bad of [{ args: [] }, null, 7, "job", { ...base, options: { queue: "A" } }]) {
      const answer = await test.post("/ojs/v1/jobs/batch", { jobs: [base, bad, base] });
      expect(answer.status).toBe(400);
      expect(answer.body.error.details.field).toMatch(/^jobs\[1\]/);
    }
    expect((await test.get("/ojs/v1/queues")).body.queues).toEqual([]);
  });

  it("more than 10,000 jobs", async () => {
    await using test = await testServer();
    const answer = await test.post("/ojs/v1/jobs/batch", { jobs: Array.from({ length: 10_001 }, () => base) });
    expect(answer.status).toBe(413);
    expect(answer.body.error.details).toMatchObject({ field: "jobs", actual: 10_001, max: 10_000 });
  });
});

describe("worker requests refuse", () => {
  it.each([
    ["fetch", {}, "queues"],
    ["fetch", { queues: [] }, "queues"],
    ["fetch", { queues: "default" }, "queues"],
    ["fetch", { queues: ["Default"] }, "queues"],
    ["fetch", { queues: [1] }, "queues"],
    ["fetch", { queues: ["a"], count: 0 }, "count"],
    ["fetch", { queues: ["a"], count: "1" }, "count"],
    ["fetch", { queues: ["a"], count: 1.5 }, "count"],
    ["fetch", { queues: ["a"], worker_id: "" }, "worker_id"],
    ["fetch", { queues: ["a"], worker_id: "a\u0000b" }, "worker_id"],
    ["fetch", { queues: ["a"], worker_id: "\ud800" }, "worker_id"],
    ["fetch", { queues: ["a"], worker_id: "a".repeat(256) }, "worker_id"],
    ["fetch", { queues: ["a"], wait_ms: -1 }, "wait_ms"],
    ["fetch", { queues: ["a"], visibility_timeout_ms: 0 }, "visibility_timeout_ms"],
    ["ack", {}, "job_id"],
    ["ack", { job_id: 1 }, "job_id"],
    ["ack", { job_id: V7, lease: "1" }, "lease"],
    ["ack", { job_id: V7, attempt: 0 }, "attempt"],
    ["nack", { error: {} }, "job_id"],
    ["nack", { job_id: V7 }, "error"],
    ["nack", { job_id: V7, error: 7 }, "error"],
    ["nack", { job_id: V7, error: "x", requeue: "yes" }, "requeue"],
    ["heartbeat", {}, "worker_id"],
    ["heartbeat", { worker_id: "w", active_jobs: "x" }, "active_jobs"],
    ["heartbeat", { worker_id: "w", active_jobs: [1] }, "active_jobs"],
    ["heartbeat", { worker_id: "w", active_jobs: -1 }, "active_jobs"],
    ["heartbeat", { worker_id: "w", active_job_ids: {} }, "active_job_ids"],
    ["heartbeat", { worker_id: "w", active_jobs: [V7], leases: [1, 2] }, "leases"],
    ["heartbeat", { worker_id: "w", active_jobs: [V7], leases: ["1"] }, "leases"],
    ["heartbeat", { worker_id: "w", visibility_timeout_ms: "1" }, "visibility_timeout_ms"],
  ])("%s with %j", async (verb, body, field) => {
    await using test = await testServer();
    const answer = await test.post(`/ojs/v1/workers/${verb}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: "invalid_request", details: { field } });
  });

  it.each([["ack"], ["nack"]])("%s for a job that does not exist", async (verb) => {
    await using test = await testServer();
    for (const job_id of [V7, V4, "x"]) {
      const answer = await test.post(`/ojs/v1/workers/${verb}`, { job_id, error: "x" });
      expect(answer.status).toBe(404);
      expect(answer.body.error.code).toBe("not_found");
    }
  });

  it("outcomes of jobs that are not active", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue();
    for (const verb of ["ack", "nack"]) {
      const answer = await test.post(`/ojs/v1/workers/${verb}`, { job_id: id, error: "x" });
      expect(answer.status).toBe(409);
      expect(answer.body.error).toMatchObject({ code: "conflict", retryable: false });
    }
  });

  it("a result that is too large or too deep, and leaves the job active", async () => {
    await using test = await testServer();
    await test.enqueue();
    const { id } = await test.fetchOne();
    let deep: unknown = 1;
    for (let level = 0; level < 100; level += 1) deep = [deep];
    for (const result of ["x".repeat(1_048_576), deep]) {
      const answer = await test.post("/ojs/v1/workers/ack", { job_id: id, result });
      expect(answer.status).toBe(413);
      expect(answer.body.error.code).toBe("payload_too_large");
    }
    expect((await test.get(`/ojs/v1/jobs/${id}`)).body.job.state).toBe("active");
  });
});

describe("jobs that do not exist", () => {
  it.each([
    ["GET", `/ojs/v1/jobs/${V7}`],
    ["GET", "/ojs/v1/jobs/not-an-id"],
    ["GET", `/ojs/v1/jobs/${V7.toUpperCase()}`],
    ["DELETE", `/ojs/v1/jobs/${V7}`],
    ["POST", `/ojs/v1/jobs/${V7}/activate`],
    ["POST", `/ojs/v1/dead-letter/${V7}/retry`],
    ["DELETE", `/ojs/v1/dead-letter/${V7}`],
  ])("%s %s is 404", async (method, path) => {
    await using test = await testServer();
    const answer = await test.call(method, path);
    expect(answer.status).toBe(404);
    expect(answer.body.error).toMatchObject({
      code: "not_found",
      retryable: false,
      hint: expect.any(String),
      docs_url: expect.any(String),
    });
  });
});

describe("transitions that the lifecycle does not know", () => {
  it("cancel after the end", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue();
    expect((await test.del(`/ojs/v1/jobs/${id}`)).status).toBe(200);
    const again = await test.del(`/ojs/v1/jobs/${id}`);
    expect(again.status).toBe(409);
    expect(again.body.error).toMatchObject({ code: "conflict", retryable: false });
  });

  it("activate what is not pending", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue();
    expect((await test.post(`/ojs/v1/jobs/${id}/activate`)).status).toBe(409);
  });
});

describe("lists refuse", () => {
  it.each([
    ["/ojs/v1/queues?limit=0"],
    ["/ojs/v1/queues?limit=x"],
    ["/ojs/v1/queues?limit=-1"],
    ["/ojs/v1/queues?offset=1.5"],
    ["/ojs/v1/queues?offset=10001"],
    ["/ojs/v1/queues?cursor=nonsense"],
    ["/ojs/v1/dead-letter?cursor=nonsense"],
    ["/ojs/v1/dead-letter?queue=Not%20A%20Queue"],
    ["/ojs/v1/events?limit=0"],
  ])("%s", async (target) => {
    await using test = await testServer();
    const answer = await test.get(target);
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe("invalid_request");
  });
});
