import { describe, expect, it } from "vitest";
import { type TestAnswer, type TestServer, testServer } from "./test-server.ts";

const JOBS = "/ojs/v1/jobs";

function enqueue(test: TestServer, rateLimit: object, queue = "limited"): Promise<TestAnswer> {
  return test.post(JOBS, { type: "api.call", args: [], options: { queue, rate_limit: rateLimit } });
}

async function fetchIds(test: TestServer, body: object = {}): Promise<string[]> {
  const answer = await test.post("/ojs/v1/workers/fetch", { queues: ["limited"], worker_id: "w1", count: 10, ...body });
  expect(answer.status).toBe(200);
  return answer.body.jobs.map(({ id }: { id: string }) => id);
}

describe("a job with rate_limit", () => {
  it("is accepted, shown with its limit as it was sent, and stays available while it has to wait", async () => {
    await using test = await testServer();
    const limit = { key: "stripe", concurrency: 1, on_limit: "wait" };
    const first = await enqueue(test, limit);
    expect(first).toMatchObject({ status: 201, body: { job: { state: "available", rate_limit: limit } } });
    const second = (await enqueue(test, limit)).body.job;
    expect(await fetchIds(test)).toEqual([first.body.job.id]);
    expect(await fetchIds(test)).toEqual([]);
    expect((await test.get(`${JOBS}/${second.id}`)).body.job).toMatchObject({ state: "available", rate_limit: limit });
    await test.post("/ojs/v1/workers/ack", { job_id: first.body.job.id });
    expect(await fetchIds(test)).toEqual([second.id]);
  });

  it.each([
    ["max_per_second", { max_per_second: 1 }],
    ["a throttle", { key: "k", throttle: { limit: 1, period: "PT1S" } }],
    ["a rate in words", { key: "k", rate: 1, period: "second" }],
    ["a rate beside its period", { key: "k", limit: 1, period: "PT1M" }],
  ])("starts no sooner after another than %s allows", async (_, limit) => {
    await using test = await testServer();
    const ids = [(await enqueue(test, limit)).body.job.id, (await enqueue(test, limit)).body.job.id];
    expect(await fetchIds(test)).toEqual(ids.slice(0, 1));
    expect(await fetchIds(test)).toEqual([]);
  });

  it("reaches a fetch that waits when the one before it is done", async () => {
    await using test = await testServer();
    const limit = { key: "stripe", concurrency: 1 };
    const first = (await enqueue(test, limit)).body.job;
    const second = (await enqueue(test, limit)).body.job;
    expect(await fetchIds(test)).toEqual([first.id]);
    const waiting = fetchIds(test, { wait_ms: 20_000 });
    await test.post("/ojs/v1/workers/ack", { job_id: first.id });
    expect(await waiting).toEqual([second.id]);
  });

  it("is refused with the name of the member that makes no sense, in a batch with that of the job", async () => {
    await using test = await testServer();
    const refused = await enqueue(test, { key: "stripe", concurency: 1 });
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { code: "invalid_request", details: { field: "options.rate_limit.concurency" } } },
    });
    const job = { type: "api.call", args: [], options: { rate_limit: { key: "a b", concurrency: 1 } } };
    const batch = await test.post("/ojs/v1/jobs/batch", { jobs: [{ type: "api.call", args: [] }, job] });
    expect(batch.body.error.details.field).toBe("jobs[1].options.rate_limit.key");
    expect((await test.get("/ojs/v1/queues")).body.queues).toEqual([]);
  });

  it("can be a step of a workflow and a cron job", async () => {
    await using test = await testServer();
    const options = { queue: "limited", rate_limit: { key: "stripe", concurrency: 1 } };
    const step = { type: "api.call", args: [], options };
    await test.post("/ojs/v1/workflows", { type: "group", jobs: [step, step] });
    const cron = { name: "hourly", cron: "0 * * * *", type: "api.call", args: [], options };
    expect((await test.post("/ojs/v1/cron", cron)).status).toBe(201);
    await test.post("/ojs/v1/cron/hourly/trigger", {});
    expect(await fetchIds(test)).toHaveLength(1);
    expect(await fetchIds(test)).toEqual([]);
  });

  it("is what the manifest claims", async () => {
    await using test = await testServer();
    const { body } = await test.get("/ojs/manifest");
    expect(body.capabilities.rate_limiting).toBe(true);
    expect(body.guarantees.rate_limit_window).toBe("sliding");
  });
});

describe("GET /ojs/v1/rate-limits/{key}", () => {
  const look = (test: TestServer, key: string) => test.get(`/ojs/v1/rate-limits/${key}`);

  it("tells how far a limit is used up, and an enqueue what it is", async () => {
    await using test = await testServer();
    const limit = {
      key: "tenant:acme",
      concurrency: 2,
      rate: { limit: 100, period: "PT1M" },
      throttle: { limit: 1, period: "PT1S" },
    };
    const answers = [await enqueue(test, limit), await enqueue(test, limit)];
    expect(answers.map(({ headers }) => headers["x-ratelimit-limit"])).toEqual(["100", "100"]);
    expect((await enqueue(test, { key: "other", concurrency: 3 })).headers["x-ratelimit-limit"]).toBe("3");
    expect((await test.post(JOBS, { type: "a.b", args: [] })).headers).not.toHaveProperty("x-ratelimit-limit");
    await fetchIds(test);
    const seen = await look(test, "tenant:acme");
    expect([seen.status, seen.body]).toEqual([
      200,
      {
        key: "tenant:acme",
        active: 1,
        waiting_count: 1,
        waiting_count_is_exact: true,
        concurrency: { limit: 2, active: 1, available: 1 },
        rate: { limit: 100, period: "PT1M", current_count: 1, window_resets_at: expect.stringMatching(/Z$/) },
        throttle: { limit: 1, period: "PT1S", next_allowed_at: expect.stringMatching(/Z$/) },
      },
    ]);
  });

  it("shows no limit for a key that no job has now, and answers 400 for what is no key", async () => {
    await using test = await testServer();
    const { job } = (await enqueue(test, { key: "k", concurrency: 1 })).body;
    expect((await look(test, "k")).body).toMatchObject({ waiting_count: 1, concurrency: { limit: 1, available: 1 } });
    await test.del(`${JOBS}/${job.id}`);
    const idle = { key: "k", active: 0, waiting_count: 0, waiting_count_is_exact: true };
    expect((await look(test, "k")).body).toEqual(idle);
    const wrong = await look(test, "a%20b");
    expect([wrong.status, wrong.body.error.details.field]).toEqual([400, "key"]);
  });
});
