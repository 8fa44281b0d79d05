import { describe, expect, it } from "vitest";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import { TestClock } from "../../src/testing/test-clock.ts";
import { jobId } from "../support/jobs.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type TestServer, testServer } from "./test-server.ts";

const BULK = "/ojs/v1/jobs/bulk";
const GOOD = { type: "a", args: [1] };
const BAD = { type: "No Type", args: [] };

async function available(test: TestServer): Promise<number> {
  const { body } = await test.get("/ojs/v1/queues/default/stats");
  return body.stats?.available ?? body.available ?? body.counts?.available ?? 0;
}

describe("POST /jobs/bulk", () => {
  it("answers 201 with one item for each job, in order", async () => {
    await using test = await testServer();
    const jobs = Array.from({ length: 40 }, (_, n) => ({ type: "notify", args: [n] }));
    const { status, body, headers } = await test.post(BULK, { jobs });
    expect(status).toBe(201);
    expect(body).toMatchObject({ total: 40, succeeded: 40, failed: 0 });
    expect(headers["x-ojs-batch-size"]).toBe("40");
    body.items.forEach((item: { job: object }, index: number) => {
      expect(item).toMatchObject({
        index,
        status: "created",
        job: { type: "notify", args: [index], state: "available" },
      });
    });
    const { id } = body.items[7].job;
    expect((await test.get(`/ojs/v1/jobs/${id}`)).body.job).toEqual(body.items[7].job);
  });

  it("answers 207 when some jobs are wrong, each with its own error, and enqueues the others", async () => {
    await using test = await testServer();
    const retry = { max_attempts: -1 };
    const { status, body } = await test.post(BULK, { jobs: [GOOD, BAD, 7, { ...GOOD, options: { retry } }, GOOD] });
    expect(status).toBe(207);
    expect(body).toMatchObject({ total: 5, succeeded: 2, failed: 3 });
    expect(body.items.map((item: { status: string }) => item.status)).toEqual([
      "created",
      "failed",
      "failed",
      "failed",
      "created",
    ]);
    expect(body.items[1]).toMatchObject({
      index: 1,
      http_status: 400,
      error: {
        code: "invalid_request",
        retryable: false,
        details: { field: "jobs[1].type" },
        hint: expect.any(String),
      },
    });
    expect(body.items[2].error.details.field).toBe("jobs[2]");
    expect(body.items[3]).toMatchObject({
      http_status: 422,
      error: { type: "validation_error", details: { field: "jobs[3].options.retry.max_attempts" } },
    });
    expect(await available(test)).toBe(2);
  });

  it("answers 422 when all jobs are wrong", async () => {
    await using test = await testServer();
    const { status, body } = await test.post(BULK, { jobs: [BAD, BAD] });
    expect(status).toBe(422);
    expect(body).toMatchObject({ total: 2, succeeded: 0, failed: 2, items: [{ index: 0 }, { index: 1 }] });
  });

  it("calls a job that was there before a duplicate, and another one with its id a failure", async () => {
    await using test = await testServer();
    const first = { id: jobId(1), ...GOOD };
    await test.post(BULK, { jobs: [first] });
    const again = await test.post(BULK, { jobs: [first] });
    expect(again.status).toBe(200);
    expect(again.body.items[0]).toMatchObject({ status: "duplicate", job: { id: jobId(1), args: [1] } });
    const other = await test.post(BULK, { jobs: [first, { ...first, args: [2] }] });
    expect(other.status).toBe(207);
    expect(other.body.items[1]).toMatchObject({
      http_status: 409,
      error: { code: "duplicate", details: { field: "jobs[1].id", existing_job_id: jobId(1) } },
    });
  });

  it("enqueues all or nothing when asked to", async () => {
    await using test = await testServer();
    const refused = await test.post(BULK, { atomicity: "atomic", jobs: [GOOD, BAD] });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ succeeded: 0, failed: 2, items: [{ error: { code: "rolled_back" } }, {}] });
    expect(refused.body.items[1].error.details.field).toBe("jobs[1].type");
    expect(await available(test)).toBe(0);
    const accepted = await test.post(BULK, { atomicity: "atomic", jobs: [GOOD, GOOD] });
    expect([accepted.status, await available(test)]).toEqual([201, 2]);
  });

  it.each([
    [{}, "jobs"],
    [{ jobs: [] }, "jobs"],
    [{ jobs: { 0: GOOD } }, "jobs"],
    [{ jobs: [GOOD], atomicity: "some" }, "atomicity"],
    [{ jobs: [GOOD], idempotency_key: "" }, "idempotency_key"],
    [{ jobs: [GOOD], idempotency_key: "x".repeat(257) }, "idempotency_key"],
    [{ jobs: [GOOD], idempotency_key: "a\nb" }, "idempotency_key"],
    [{ jobs: [GOOD], idempotency_key: 7 }, "idempotency_key"],
  ])("refuses %j", async (body, field) => {
    await using test = await testServer();
    const { status, body: answer } = await test.post(BULK, body);
    expect([status, answer.error.code, answer.error.details.field]).toEqual([400, "invalid_request", field]);
    expect((await test.get("/ojs/v1/queues")).body.queues).toEqual([]);
  });

  it("takes 10,000 jobs, and says with a 413 that more are too many", async () => {
    await using test = await testServer();
    const jobs = Array.from({ length: 10_001 }, () => ({ type: "a", args: [] }));
    const { status, body, headers } = await test.post(BULK, { jobs });
    expect([status, body.error.code, headers["x-ojs-max-batch-size"]]).toEqual([413, "payload_too_large", "10000"]);
    expect(body.error.details).toMatchObject({ field: "jobs", actual: 10_001, max_batch_size: 10_000 });
    expect((await test.post(BULK, { jobs: jobs.slice(1) })).body.succeeded).toBe(10_000);
  });

  it("refuses a body over the limit with a 413", async () => {
    await using test = await testServer({ maxBodyBytes: 1_000 });
    const { status, body } = await test.post(BULK, { jobs: [{ type: "a", args: ["x".repeat(1_000)] }] });
    expect([status, body.error.details.field]).toEqual([413, "body"]);
  });

  it("is a 405 for other methods, and is listed in the manifest", async () => {
    await using test = await testServer();
    expect((await test.call("PUT", BULK)).status).toBe(405);
    const { body } = await test.get("/ojs/manifest");
    expect(body.extensions).toContain("urn:ojs:ext:x:openjobs:bulk-enqueue");
    expect(body.extensions).toContain("urn:ojs:ext:bulk-operations");
    expect(body.endpoints.bulk_enqueue).toBe(BULK);
  });
});

describe("an idempotency key", () => {
  const key = { "idempotency-key": "import-42" };

  it("makes a repeated request answer the same and enqueue nothing", async () => {
    await using test = await testServer();
    const first = await test.post(BULK, { jobs: [GOOD, BAD] }, key);
    expect(first.status).toBe(207);
    await test.fetchOne();
    const again = await test.post(BULK, `{ "jobs": [${JSON.stringify(GOOD)}, ${JSON.stringify(BAD)}] }`, key);
    expect([again.status, again.text]).toEqual([207, first.text]);
    expect(await available(test)).toBe(0);
  });

  it("is refused with a 409 under another body, and the header goes before the body's own", async () => {
    await using test = await testServer();
    await test.post(BULK, { jobs: [GOOD], idempotency_key: "other" }, key);
    const clash = await test.post(BULK, { jobs: [GOOD, GOOD] }, key);
    expect([clash.status, clash.body.error.code]).toEqual([409, "conflict"]);
    const atomic = await test.post(BULK, { jobs: [GOOD], atomicity: "atomic" }, key);
    expect(atomic.status).toBe(409);
    expect((await test.post(BULK, { jobs: [GOOD, GOOD], idempotency_key: "other" })).status).toBe(201);
  });

  it("is forgotten after a day, and not before", async () => {
    const clock = new TestClock(Date.UTC(2026, 0, 1));
    await using test = await testServer({ clock });
    const first = await test.post(BULK, { jobs: [GOOD] }, key);
    await clock.advance(86_399_000);
    expect((await test.post(BULK, { jobs: [GOOD] }, key)).text).toBe(first.text);
    await clock.advance(1_000);
    expect((await test.post(BULK, { jobs: [GOOD] }, key)).text).not.toBe(first.text);
  });

  it("survives a restart on SQLite", async () => {
    using folder = temporaryFolder();
    const storage = () => sqlite(folder.file("jobs.db"));
    const first = await (async () => {
      await using test = await testServer({ storage: storage() });
      return test.post(BULK, { jobs: [GOOD, GOOD] }, key);
    })();
    await using test = await testServer({ storage: storage() });
    expect((await test.post(BULK, { jobs: [GOOD, GOOD] }, key)).text).toBe(first.text);
    expect((await test.post(BULK, { jobs: [GOOD] }, key)).status).toBe(409);
    expect(await available(test)).toBe(2);
  });
});

describe("Prefer: return=minimal", () => {
  const minimal = { prefer: "return=minimal" };
  const job = {
    id: jobId(1),
    type: "a",
    args: ["long"],
    options: { tags: ["t"], delay_until: "2999-01-01T00:00:00Z" },
  };
  const receipt = {
    id: jobId(1),
    state: "scheduled",
    max_attempts: 3,
    enqueued_at: expect.any(String),
    tags: ["t"],
    scheduled_at: "2999-01-01T00:00:00Z",
  };

  it("is content with what the sender of a job cannot know", async () => {
    await using test = await testServer();
    const { status, body, headers } = await test.post("/ojs/v1/jobs", job, minimal);
    expect([status, headers["preference-applied"]]).toEqual([201, "return=minimal"]);
    expect(headers.location).toBe(`/ojs/v1/jobs/${jobId(1)}`);
    expect(body).toEqual(receipt);
  });

  it("gives the whole job when it was there before: the sender cannot know what has become of it", async () => {
    await using test = await testServer();
    for (const path of ["/ojs/v1/jobs", "/ojs/v1/jobs/batch", BULK]) {
      const body = path === "/ojs/v1/jobs" ? job : { jobs: [job] };
      await test.post(path, body, minimal);
      const { body: answer } = await test.post(path, body, minimal);
      const [again] = answer.jobs ?? answer.items?.map((item: { job: object }) => item.job) ?? [answer.job];
      expect(again).toMatchObject({ ...receipt, type: "a", args: ["long"] });
    }
  });

  it("works for batches and bulks", async () => {
    await using test = await testServer();
    const batch = await test.post("/ojs/v1/jobs/batch", { jobs: [job] }, minimal);
    expect(batch.body).toEqual({ jobs: [receipt], count: 1 });
    const bulk = await test.post(BULK, { jobs: [{ ...job, id: jobId(2) }, BAD] }, minimal);
    expect(bulk.headers["preference-applied"]).toBe("return=minimal");
    expect(bulk.body.items[0]).toEqual({ index: 0, status: "created", job: { ...receipt, id: jobId(2) } });
    expect(bulk.body.items[1].error.details.field).toBe("jobs[1].type");
  });

  it.each([
    ["respond-async, return=minimal; foo=1", true],
    ['RETURN = "minimal"', true],
    ["return=representation, return=minimal", false],
    ["return=minimalistic", false],
    ["x-return=minimal", false],
  ])("reads %s as %s", async (prefer, wanted) => {
    await using test = await testServer();
    const { body } = await test.post("/ojs/v1/jobs", GOOD, { prefer });
    expect(body.type === undefined).toBe(wanted);
  });
});
