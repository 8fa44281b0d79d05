import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { jobId } from "../support/jobs.ts";
import { type TestAnswer, type TestServer, testServer } from "./test-server.ts";

const JOBS = "/ojs/v1/jobs";
const MINIMAL = { prefer: "return=minimal" };

function uniqueJob(unique: object = {}, more: object = {}): object {
  return { type: "mail.send", args: [{ user: 1 }], options: { unique: { keys: ["args"], ...unique } }, ...more };
}

function enqueue(test: TestServer, unique?: object, more?: object): Promise<TestAnswer> {
  return test.post(JOBS, uniqueJob(unique, more));
}

describe("POST /jobs with a uniqueness policy", () => {
  it("answers a conflict 409 with the job that is there", async () => {
    await using test = await testServer();
    const { id } = (await enqueue(test)).body.job;
    const { status, body } = await enqueue(test);
    expect(status).toBe(409);
    expect(body.error).toMatchObject({
      code: "duplicate",
      retryable: false,
      message: expect.stringContaining(id),
      hint: expect.any(String),
      details: { field: "unique", existing_job_id: id, existing_job_state: "available" },
    });
    const identity = '{"args":[{"user":1}],"type":"mail.send"}';
    expect(body.error.details.uniqueness_key).toBe(createHash("sha256").update(identity).digest("hex"));
  });

  it("answers 200 with the job that is there when the policy ignores the new one", async () => {
    await using test = await testServer();
    const first = (await enqueue(test)).body.job;
    for (const word of ["ignore", "use_existing"]) {
      const { status, body, headers } = await test.post(JOBS, uniqueJob({ on_conflict: word }), MINIMAL);
      expect([status, headers.location]).toEqual([200, `${JOBS}/${first.id}`]);
      expect(body).toMatchObject({ deduplicated: true, id: first.id, job: { id: first.id, state: "available" } });
    }
    expect((await test.get(`${JOBS}/${first.id}`)).body.job).toEqual(first);
  });

  it("answers 201 with the new job when it replaces another, which is cancelled", async () => {
    await using test = await testServer();
    const old = (await enqueue(test)).body.job;
    const { status, body } = await enqueue(test, { on_conflict: "replace" }, { args: [{ user: 1 }] });
    expect([status, body.job.state, body.deduplicated]).toEqual([201, "available", undefined]);
    const cancelled = (await test.get(`${JOBS}/${old.id}`)).body.job;
    expect(cancelled).toMatchObject({ state: "cancelled", cancelled_at: expect.any(String) });
  });

  it("keeps the time of the job that it replaces except for its schedule, as it was written", async () => {
    await using test = await testServer();
    const policy = { on_conflict: "replace_except_schedule", args_keys: ["user"] };
    const job = (text: string, at: string): object => {
      const options = { unique: { keys: ["args"], ...policy }, scheduled_at: at };
      return { type: "digest", args: [{ user: 1, text }], options };
    };
    await test.post(JOBS, job("old", "2999-01-01T09:00:00+02:00"));
    const { body } = await test.post(JOBS, job("new", "2999-01-01T10:00:00Z"));
    expect(body.job).toMatchObject({
      state: "scheduled",
      scheduled_at: "2999-01-01T09:00:00+02:00",
      args: [{ user: 1, text: "new" }],
    });
  });

  it("answers a repeated request 200 with its own job, not as a conflict", async () => {
    await using test = await testServer();
    const request = uniqueJob({}, { id: jobId(1) });
    const first = await test.post(JOBS, request);
    const again = await test.post(JOBS, request);
    expect([first.status, again.status, again.body.job.id]).toEqual([201, 200, jobId(1)]);
    expect(again.body.deduplicated).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ["meta without names", { keys: ["meta"] }, "options.unique.meta_keys"],
    ["a name that the job does not have", { args_keys: ["usr"] }, "options.unique.args_keys[0]"],
    ["a state that does not exist", { states: ["done"] }, "options.unique.states[0]"],
    ["a misspelt member", { onConflict: "ignore" }, "options.unique.onConflict"],
  ])("refuses %s with 400, and stores nothing", async (_name, policy, field) => {
    await using test = await testServer();
    const { status, body } = await enqueue(test, policy);
    expect([status, body.error.code, body.error.details.field]).toEqual([400, "invalid_request", field]);
    expect((await test.get("/ojs/v1/queues")).body.queues).toEqual([]);
  });

  it("ignores what a client says about being deduplicated", async () => {
    await using test = await testServer();
    expect((await enqueue(test, {}, { deduplicated: true })).body.job.deduplicated).toBeUndefined();
  });
});

describe("a batch and a bulk with uniqueness policies", () => {
  it("refuses the whole batch for one job, and says which", async () => {
    await using test = await testServer();
    const { id } = (await enqueue(test)).body.job;
    const jobs = [{ type: "a", args: [] }, uniqueJob()];
    const { status, body } = await test.post(`${JOBS}/batch`, { jobs });
    expect([status, body.error.code]).toEqual([409, "duplicate"]);
    expect(body.error.details).toMatchObject({ field: "jobs[1].unique", existing_job_id: id });
    expect((await test.get("/ojs/v1/queues/default/stats")).body.stats.available).toBe(1);
  });

  it("answers jobs of a batch that others take the place of, also when all of them are", async () => {
    await using test = await testServer();
    const { id } = (await enqueue(test)).body.job;
    const ignoring = uniqueJob({ on_conflict: "ignore" });
    const some = await test.post(`${JOBS}/batch`, { jobs: [ignoring, { type: "a", args: [] }] }, MINIMAL);
    expect(some.status).toBe(201);
    expect(some.body.jobs[0]).toMatchObject({ id, deduplicated: true, type: "mail.send" });
    expect(some.body.jobs[1].deduplicated).toBeUndefined();
    const all = await test.post(`${JOBS}/batch`, { jobs: [ignoring] }, MINIMAL);
    expect([all.status, all.body.jobs[0].id]).toEqual([200, id]);
  });

  it("gives each job of a bulk its own outcome", async () => {
    await using test = await testServer();
    const { id } = (await enqueue(test)).body.job;
    const jobs = [uniqueJob(), uniqueJob({ on_conflict: "ignore" }), uniqueJob({ on_conflict: "replace" })];
    const { status, body } = await test.post(`${JOBS}/bulk`, { jobs });
    expect([status, body.succeeded, body.failed]).toEqual([207, 2, 1]);
    const [refused, ignored, replaced] = body.items;
    expect(refused).toMatchObject({ status: "failed", http_status: 409, error: { code: "duplicate" } });
    expect(ignored).toMatchObject({ status: "duplicate", job: { id, deduplicated: true } });
    expect(replaced).toMatchObject({ status: "created", job: { state: "available" } });
    expect((await test.get(`${JOBS}/${id}`)).body.job.state).toBe("cancelled");
  });
});

describe("the manifest", () => {
  it("says that jobs can be unique, and how sure that is", async () => {
    await using test = await testServer();
    const { body } = await test.get("/ojs/manifest");
    expect(body.capabilities.unique_jobs).toBe(true);
    expect(body.guarantees).toMatchObject({ uniqueness: "strong", uniqueness_mechanism: expect.any(String) });
  });
});

describe("events", () => {
  it("carry the uniqueness key of a job that has one", async () => {
    await using test = await testServer();
    await enqueue(test);
    await test.enqueue();
    const { events } = (await test.get("/ojs/v1/events?types=job.enqueued")).body;
    expect(events.map(({ data }: { data: { unique_key?: string } }) => data.unique_key?.length)).toEqual([
      64,
      undefined,
    ]);
  });
});
