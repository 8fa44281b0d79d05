import { describe, expect, it } from "vitest";
import { testServer } from "./test-server.ts";

const V7 = "019414d4-8b2e-7c3a-b5d1-f0e2a3b4c5d6";
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe("POST /jobs", () => {
  it("answers 201 with the job, wrapped and flat, and where it is", async () => {
    await using test = await testServer();
    const answer = await test.post("/ojs/v1/jobs", { type: "email.send", args: ["a@example.com"], meta: { m: 1 } });
    expect(answer.status).toBe(201);
    const { job, ...flat } = answer.body;
    expect(job).toMatchObject({
      specversion: "1.0",
      type: "email.send",
      state: "available",
      queue: "default",
      args: ["a@example.com"],
      meta: { m: 1 },
      priority: 0,
      attempt: 0,
      max_attempts: 3,
      created_at: TIME,
      enqueued_at: TIME,
    });
    for (const absent of ["started_at", "completed_at", "error", "result"]) expect(job).not.toHaveProperty(absent);
    expect(flat).toEqual(job);
    expect(answer.headers.location).toBe(`/ojs/v1/jobs/${job.id}`);
  });

  it("keeps attributes that it does not know", async () => {
    await using test = await testServer();
    const { job } = (await test.post("/ojs/v1/jobs", { type: "a", args: [], x_custom: { deep: [1] } })).body;
    expect(job.x_custom).toEqual({ deep: [1] });
  });

  it("answers a replay with 200 and the job as it is now", async () => {
    await using test = await testServer();
    const request = { id: V7, type: "a", args: [1] };
    await test.post("/ojs/v1/jobs", request);
    await test.fetchOne();
    const replay = await test.post("/ojs/v1/jobs", request);
    expect(replay.status).toBe(200);
    expect(replay.body.job.state).toBe("active");
    expect(replay.headers.location).toBe(`/ojs/v1/jobs/${V7}`);
  });

  it.each([
    ["in the future", "2999-01-01T00:00:00Z", "scheduled"],
    ["in the past", "2000-01-01T00:00:00Z", "available"],
    ["relative", "+PT60S", "scheduled"],
  ])("takes a time %s", async (_name, delay_until, state) => {
    await using test = await testServer();
    expect((await test.enqueue({ options: { delay_until } })).state).toBe(state);
  });

  it("takes what the Rust SDK sends", async () => {
    await using test = await testServer();
    const answer = await test.post(
      "/ojs/v1/jobs",
      '{"type":"report.generate","args":[{"id":42}],"options":{"queue":"reports","delay_until":"2999-02-12T10:35:00.123456789Z","retry":{"max_attempts":5,"initial_interval":"PT1S","backoff_coefficient":2.0,"max_interval":"PT5M","jitter":true,"non_retryable_errors":[],"on_exhaustion":"discard"}}}',
      { "content-type": "application/openjobspec+json", "ojs-version": "1.0" },
    );
    expect(answer.status).toBe(201);
    expect(answer.body.job).toMatchObject({ queue: "reports", state: "scheduled", max_attempts: 5 });
  });

  it("carries bytes unharmed", async () => {
    await using test = await testServer();
    const args = '["\\u0000","\\ud800","\\u2028",{"__proto__":{"x":1}},0.1,-0.5,1e3,"é"]';
    const { id } = (await test.post("/ojs/v1/jobs", `{"type":"a","args":${args}}`)).body.job;
    const read = await test.get(`/ojs/v1/jobs/${id}`);
    expect(JSON.stringify(read.body.job.args)).toBe(JSON.stringify(JSON.parse(args)));
    expect(Object.hasOwn(read.body.job.args[3], "__proto__")).toBe(true);
  });
});

describe("POST /jobs/batch", () => {
  it("answers the jobs in order, with their number", async () => {
    await using test = await testServer();
    const jobs = Array.from({ length: 100 }, (_, n) => ({ type: "notify", args: [n] }));
    const answer = await test.post("/ojs/v1/jobs/batch", { jobs });
    expect(answer.status).toBe(201);
    expect(answer.body.count).toBe(100);
    expect(answer.body.jobs.map(({ args }: { args: number[] }) => args[0])).toEqual(jobs.map((_, n) => n));
  });

  it("takes 10,000 jobs", async () => {
    await using test = await testServer();
    const jobs = Array.from({ length: 10_000 }, () => ({ type: "notify", args: [] }));
    expect((await test.post("/ojs/v1/jobs/batch", { jobs })).body.count).toBe(10_000);
  });

  it("answers a replay with 200", async () => {
    await using test = await testServer();
    const jobs = [{ id: V7, type: "a", args: [] }];
    expect((await test.post("/ojs/v1/jobs/batch", { jobs })).status).toBe(201);
    expect((await test.post("/ojs/v1/jobs/batch", { jobs })).status).toBe(200);
  });
});

describe("one job", () => {
  it("is shown wrapped and flat, and looking changes nothing", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue();
    const first = await test.get(`/ojs/v1/jobs/${id}`);
    const { job, ...flat } = first.body;
    expect(flat).toEqual(job);
    expect((await test.get(`/ojs/v1/jobs/${id}`)).body).toEqual(first.body);
  });

  it.each([
    ["available", {}],
    ["scheduled", { options: { delay_until: "+PT1H" } }],
    ["pending", { options: { pending: true } }],
  ])("is cancelled while %s", async (state, job) => {
    await using test = await testServer();
    const { id } = await test.enqueue(job);
    const answer = await test.del(`/ojs/v1/jobs/${id}`);
    expect(answer.status).toBe(200);
    expect(answer.body.job).toMatchObject({ id, state: "cancelled", cancelled_at: TIME, previous_state: state });
    expect(answer.body.job).not.toHaveProperty("completed_at");
    expect(answer.body.id).toBe(id);
  });

  it("is activated when it waits for that", async () => {
    await using test = await testServer();
    const { id, state } = await test.enqueue({ options: { pending: true } });
    expect(state).toBe("pending");
    expect(await test.fetchOne()).toBeUndefined();
    const answer = await test.post(`/ojs/v1/jobs/${id}/activate`);
    expect(answer.status).toBe(200);
    expect(answer.body.job).toMatchObject({ id, state: "available", activated_at: TIME, previous_state: "pending" });
    expect((await test.fetchOne()).id).toBe(id);
  });
});
