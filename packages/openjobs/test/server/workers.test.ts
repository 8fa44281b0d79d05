import { describe, expect, it } from "vitest";
import { testServer } from "./test-server.ts";

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
const V7 = "019414d4-8b2e-7c3a-b5d1-f0e2a3b4c5d6";

describe("POST /workers/fetch", () => {
  it("answers claimed jobs with everything a worker needs", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue({ args: [{ to: "u@example.com" }] });
    const answer = await test.post("/ojs/v1/workers/fetch", { queues: ["default"], worker_id: "w1", count: 10 });
    expect(answer.status).toBe(200);
    expect(answer.body.jobs).toHaveLength(1);
    expect(answer.body.jobs[0]).toMatchObject({
      id,
      state: "active",
      attempt: 1,
      lease: 1,
      worker_id: "w1",
      started_at: TIME,
      args: [{ to: "u@example.com" }],
    });
  });

  it("answers an empty list when there is nothing", async () => {
    await using test = await testServer();
    const answer = await test.post("/ojs/v1/workers/fetch", { queues: ["default"] });
    expect([answer.status, answer.body]).toEqual([200, { jobs: [] }]);
  });

  it("gives one job unless told otherwise, and never more than asked for", async () => {
    await using test = await testServer();
    for (let n = 0; n < 5; n += 1) await test.enqueue();
    const fetch = async (count?: number): Promise<number> =>
      (await test.post("/ojs/v1/workers/fetch", { queues: ["default"], count })).body.jobs.length;
    expect([await fetch(), await fetch(2), await fetch(1_000_000)]).toEqual([1, 2, 2]);
  });

  it("waits for a job when asked to", async () => {
    await using test = await testServer();
    const waiting = test.post("/ojs/v1/workers/fetch", { queues: ["default"], wait_ms: 10_000 });
    const { id } = await test.enqueue();
    expect((await waiting).body.jobs[0].id).toBe(id);
  });

  it("gives back what it could not deliver, without an attempt", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue({ options: { retry: { max_attempts: 1 } } });
    const { raw } = await test.post("/ojs/v1/workers/fetch", { queues: ["default"] });
    raw.undelivered?.();
    const waiting = await test.post("/ojs/v1/workers/fetch", { queues: ["default"], wait_ms: 5_000 });
    expect(waiting.body.jobs[0].id).toBe(id);
  });

  it("hands out no more than fits into an answer", async () => {
    await using test = await testServer();
    const jobs = Array.from({ length: 15 }, () => ({ type: "large", args: ["x".repeat(1_000_000)] }));
    for (let round = 0; round < 2; round += 1) await test.post("/ojs/v1/jobs/batch", { jobs });
    const fetch = () => test.post("/ojs/v1/workers/fetch", { queues: ["default"], count: 30, wait_ms: 5_000 });
    const first = (await fetch()).body.jobs.length;
    expect(first).toBe(16);
    expect((await fetch()).body.jobs).toHaveLength(30 - first);
  });

  it("answers a waiting fetch whose caller has gone, and claims nothing for it", async () => {
    await using test = await testServer();
    const caller = new AbortController();
    const body = { queues: ["default"], wait_ms: 30_000 };
    const waiting = test.call("POST", "/ojs/v1/workers/fetch", { body, signal: caller.signal });
    await test.get("/ojs/v1/health");
    caller.abort();
    expect((await waiting).body.jobs).toEqual([]);
    const { id } = await test.enqueue();
    expect((await test.fetchOne()).id).toBe(id);
  });
});

describe("POST /workers/ack", () => {
  it("answers under every name that somebody reads", async () => {
    await using test = await testServer();
    await test.enqueue();
    const { id } = await test.fetchOne();
    const answer = await test.post("/ojs/v1/workers/ack", { job_id: id, result: { message_id: "m" } });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      acknowledged: true,
      id,
      job_id: id,
      state: "completed",
      completed_at: TIME,
      job: { id, state: "completed" },
    });
    const { job } = (await test.get(`/ojs/v1/jobs/${id}`)).body;
    expect(job).toMatchObject({ state: "completed", result: { message_id: "m" }, completed_at: TIME });
  });

  it.each([[1], [0], [false], ["text"], [[1, [2]]], [{ a: null }], [""]])("takes the result %j", async (result) => {
    await using test = await testServer();
    await test.enqueue();
    const { id } = await test.fetchOne();
    expect((await test.post("/ojs/v1/workers/ack", { job_id: id, result })).status).toBe(200);
    expect((await test.get(`/ojs/v1/jobs/${id}`)).body.job.result).toEqual(result);
  });

  it("is fenced by lease, worker and attempt, and repeatable for the lease that completed the job", async () => {
    await using test = await testServer();
    await test.enqueue();
    const { id, lease } = await test.fetchOne({ worker_id: "w1" });
    const ack = (fence: object) => test.post("/ojs/v1/workers/ack", { job_id: id, ...fence });
    expect((await ack({ lease: lease + 1 })).status).toBe(409);
    expect((await ack({ worker_id: "w2" })).status).toBe(409);
    const done = await ack({ lease });
    const again = await ack({ lease });
    expect([done.status, again.status]).toEqual([200, 200]);
    expect(again.body).toEqual(done.body);
    expect((await ack({})).status).toBe(409);
  });
});

describe("POST /workers/nack", () => {
  const error = { code: "handler_error", message: "boom", retryable: true, details: { error_class: "Smtp" } };

  it("answers when the job is tried again", async () => {
    await using test = await testServer();
    await test.enqueue({ options: { retry: { max_attempts: 3, initial_interval: "PT1S", jitter: false } } });
    const { id } = await test.fetchOne();
    const answer = await test.post("/ojs/v1/workers/nack", { job_id: id, error });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id,
      job_id: id,
      state: "retryable",
      attempt: 1,
      max_attempts: 3,
      next_attempt_at: TIME,
      retry_delay_ms: 1_000,
      job: { id, state: "retryable" },
    });
    for (const absent of ["completed_at", "discarded_at"]) expect(answer.body).not.toHaveProperty(absent);
    const { job } = (await test.get(`/ojs/v1/jobs/${id}`)).body;
    expect(job.error).toMatchObject({ type: "Smtp", code: "handler_error", message: "boom" });
    expect(job.errors).toHaveLength(1);
  });

  it("answers when the job is given up", async () => {
    await using test = await testServer();
    await test.enqueue({ options: { retry: { max_attempts: 1 } } });
    const { id } = await test.fetchOne();
    const answer = await test.post("/ojs/v1/workers/nack", { job_id: id, error });
    expect(answer.body).toMatchObject({ state: "discarded", attempt: 1, completed_at: TIME, discarded_at: TIME });
    expect(answer.body).not.toHaveProperty("next_attempt_at");
  });

  it("takes a bare string", async () => {
    await using test = await testServer();
    await test.enqueue();
    const { id } = await test.fetchOne();
    const answer = await test.post("/ojs/v1/workers/nack", { job_id: id, error: "went wrong" });
    expect(answer.body.job.error).toMatchObject({ message: "went wrong", type: expect.any(String) });
  });

  it("hands a job back without losing an attempt", async () => {
    await using test = await testServer();
    await test.enqueue({ options: { retry: { max_attempts: 1 } } });
    const { id } = await test.fetchOne();
    const answer = await test.post("/ojs/v1/workers/nack", {
      job_id: id,
      requeue: true,
      error: { code: "shutdown", message: "going", retryable: false },
    });
    expect(answer.body.state).toBe("available");
    expect((await test.fetchOne()).id).toBe(id);
  });
});

describe("POST /workers/heartbeat", () => {
  it.each([
    ["ids (Rust, Python)", (id: string) => ({ active_jobs: [id] })],
    ["a number and ids (JS, Go)", (id: string) => ({ active_jobs: 1, active_job_ids: [id], state: "running" })],
    ["ids and leases (ours)", (id: string) => ({ active_jobs: [id], leases: [1] })],
    ["ids and an unknown lease", (id: string) => ({ active_jobs: [id], leases: [null] })],
  ])("takes %s", async (_name, jobs) => {
    await using test = await testServer();
    await test.enqueue();
    const { id } = await test.fetchOne({ worker_id: "w1" });
    const answer = await test.post("/ojs/v1/workers/heartbeat", { worker_id: "w1", ...jobs(id) });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      acknowledged: true,
      state: "running",
      directive: "",
      jobs_extended: [id],
      lost: [],
      cancelled: [],
      server_time: TIME,
    });
  });

  it("takes every fact about the worker, and bears unusable ones", async () => {
    await using test = await testServer();
    const facts = {
      hostname: "h",
      pid: 1,
      queues: ["a"],
      labels: ["b"],
      concurrency: 10,
      started_at: "2026-01-01T00:00:00Z",
    };
    expect((await test.post("/ojs/v1/workers/heartbeat", { worker_id: "w", ...facts })).status).toBe(200);
    const nonsense = {
      hostname: 1,
      pid: "x",
      queues: {},
      labels: [1, "ok"],
      concurrency: -1,
      state: 7,
      started_at: "x",
    };
    expect((await test.post("/ojs/v1/workers/heartbeat", { worker_id: "w", ...nonsense })).status).toBe(200);
  });

  it("tells which jobs are not held any more, also those that never were jobs", async () => {
    await using test = await testServer();
    await test.enqueue();
    const { id } = await test.fetchOne({ worker_id: "w1" });
    await test.del(`/ojs/v1/jobs/${id}`);
    const answer = await test.post("/ojs/v1/workers/heartbeat", { worker_id: "w1", active_jobs: [id, V7, "nonsense"] });
    expect(answer.body.jobs_extended).toEqual([]);
    expect(answer.body.lost.sort()).toEqual([id, V7, "nonsense"].sort());
    expect(answer.body.cancelled).toEqual([id]);
  });

  it("extends nothing for another lease", async () => {
    await using test = await testServer();
    await test.enqueue();
    const { id } = await test.fetchOne({ worker_id: "w1" });
    const answer = await test.post("/ojs/v1/workers/heartbeat", { worker_id: "w1", active_jobs: [id], leases: [9] });
    expect(answer.body).toMatchObject({ jobs_extended: [], lost: [id] });
  });

  it("passes directives on when the test hooks are enabled, and only then", async () => {
    for (const testHooks of [true, false]) {
      await using test = await testServer({ testHooks });
      await test.enqueue({ options: { metadata: { test_directive: "quiet" } } });
      const { id } = await test.fetchOne({ worker_id: "w1" });
      const answer = await test.post("/ojs/v1/workers/heartbeat", { worker_id: "w1", active_jobs: [id] });
      expect(answer.body).toMatchObject(
        testHooks ? { state: "quiet", directive: "quiet" } : { state: "running", directive: "" },
      );
    }
  });
});
