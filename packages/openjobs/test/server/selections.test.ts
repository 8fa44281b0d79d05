import { describe, expect, it } from "vitest";
import { jobId } from "../support/jobs.ts";
import { type TestServer, testServer } from "./test-server.ts";

const CANCEL = "/ojs/v1/jobs/bulk/cancel";
const RETRY = "/ojs/v1/jobs/bulk/retry";
const DELETE = "/ojs/v1/jobs/bulk/delete";

async function ids(test: TestServer, count: number, fields: object = {}): Promise<string[]> {
  const jobs = Array.from({ length: count }, () => ({ type: "a.b", args: [], ...fields }));
  const { body } = await test.post("/ojs/v1/jobs/batch", { jobs });
  return body.jobs.map(({ id }: { id: string }) => id);
}

describe("POST /jobs/bulk/{cancel,retry,delete}", () => {
  it("answers 200 when all was done, with one item for each job", async () => {
    await using test = await testServer();
    const [a, b] = await ids(test, 2);
    const { status, body, headers } = await test.post(CANCEL, { job_ids: [a, b] });
    expect(status).toBe(200);
    expect(headers["x-ojs-batch-size"]).toBe("2");
    expect(body).toEqual({
      total: 2,
      total_matched: 2,
      succeeded: 2,
      failed: 0,
      cancelled: 2,
      skipped: 0,
      items: [
        { index: 0, job_id: a, status: "cancelled" },
        { index: 1, job_id: b, status: "cancelled" },
      ],
    });
    expect((await test.get(`/ojs/v1/jobs/${a}`)).body.job.state).toBe("cancelled");
    expect((await test.post(DELETE, { job_ids: [a] })).body).toMatchObject({ deleted: 1 });
    expect((await test.get(`/ojs/v1/jobs/${a}`)).status).toBe(404);
  });

  it("answers 207 when some was done, and says what is wrong with the rest", async () => {
    await using test = await testServer();
    const [running] = await ids(test, 1);
    await test.fetchOne();
    const [waiting] = await ids(test, 1);
    const { status, body } = await test.post(CANCEL, { job_ids: [running, waiting, jobId(77)] });
    expect(status).toBe(207);
    expect(body).toMatchObject({ total: 3, total_matched: 2, cancelled: 1, skipped: 2 });
    expect(body.items).toMatchObject([
      {
        status: "skipped",
        reason: expect.stringContaining("active"),
        http_status: 409,
        error: { code: "conflict", details: { job_id: running, current_state: "active" } },
      },
      { status: "cancelled" },
      { status: "skipped", http_status: 404, error: { code: "not_found", retryable: false } },
    ]);
  });

  it("answers 422 when nothing could be done, or an atomic operation was taken back", async () => {
    await using test = await testServer();
    const [a] = await ids(test, 1);
    const none = await test.post(RETRY, { job_ids: [a] });
    expect(none.status).toBe(422);
    expect(none.body).toMatchObject({ retried: 0, skipped: 1 });
    const atomic = await test.post(CANCEL, { job_ids: [a, jobId(77)], atomicity: "atomic" });
    expect(atomic.status).toBe(422);
    expect(atomic.body.items[0]).toMatchObject({ status: "skipped", error: { code: "rolled_back" } });
    expect((await test.get(`/ojs/v1/jobs/${a}`)).body.job.state).toBe("available");
  });

  it("works on what meets a filter, and answers 200 when nothing does", async () => {
    await using test = await testServer();
    await ids(test, 3, { options: { queue: "a" } });
    await ids(test, 2);
    const { status, body } = await test.post(CANCEL, { filter: { queue: "a", type: "a.b" } });
    expect([status, body.cancelled, body.items.length]).toEqual([200, 3, 3]);
    const again = await test.post(CANCEL, { filter: { queue: "a", type: "a.b" } });
    expect([again.status, again.body.total_matched, again.body.items]).toEqual([200, 0, []]);
    const gone = await test.post(DELETE, { filter: { state: ["cancelled"] } });
    expect(gone.body).toMatchObject({ deleted: 3, total_matched: 3 });
  });

  it("counts all jobs of a filter and names the first 10,000", async () => {
    await using test = await testServer();
    for (let batch = 0; batch < 2; batch += 1) await ids(test, 5_001);
    const { status, body } = await test.post(CANCEL, { filter: { queue: "default" } });
    expect(status).toBe(200);
    expect(body).toMatchObject({ total: 10_002, cancelled: 10_002, items_omitted: 2 });
    expect(body.items).toHaveLength(10_000);
  }, 20_000);

  it("is carried out once under a key, and refuses another request under it", async () => {
    await using test = await testServer();
    const [a, b] = await ids(test, 2);
    const key = { "idempotency-key": "key-1" };
    const first = await test.post(CANCEL, { job_ids: [a] }, key);
    const again = await test.post(CANCEL, { idempotency_key: "other", job_ids: [a] }, key);
    expect([again.status, again.text]).toEqual([200, first.text]);
    expect((await test.post(CANCEL, { job_ids: [b] }, key)).status).toBe(409);
    expect((await test.post(DELETE, { job_ids: [a] }, key)).status).toBe(200);
  });

  it.each<[string, object, string]>([
    ["neither ids nor filter", {}, "job_ids"],
    ["both", { job_ids: [jobId(1)], filter: { queue: "a" } }, "job_ids"],
    ["no ids", { job_ids: [] }, "job_ids"],
    ["what is no id", { job_ids: [jobId(1), "x"] }, "job_ids[1]"],
    ["an id twice", { job_ids: [jobId(1), jobId(1)] }, "job_ids[1]"],
    ["a filter without conditions", { filter: {} }, "filter"],
    ["a state that cannot be cancelled", { filter: { state: ["completed"] } }, "filter.state"],
    ["a misspelt member", { filter: { queue: "a" }, atomic: true }, "atomic"],
    ["another atomicity", { job_ids: [jobId(1)], atomicity: "all" }, "atomicity"],
    ["an endless key", { job_ids: [jobId(1)], idempotency_key: "k".repeat(257) }, "idempotency_key"],
  ])("answers 400 to %s", async (_, body, field) => {
    await using test = await testServer();
    const answer = await test.post(CANCEL, body);
    expect([answer.status, answer.body.error.code, answer.body.error.details.field]).toEqual([
      400,
      "invalid_request",
      field,
    ]);
  });

  it("answers 413 with the maximum to more ids than it takes", async () => {
    await using test = await testServer();
    const list = (count: number) => Array.from({ length: count }, (_, index) => jobId(index));
    for (const [job_ids, atomicity, max] of [
      [list(10_001), "partial", 10_000],
      [list(1_001), "atomic", 1_000],
    ] as const) {
      const { status, body, headers } = await test.post(DELETE, { job_ids, atomicity });
      expect([status, body.error.details.max_batch_size]).toEqual([413, max]);
      expect(headers["x-ojs-max-batch-size"]).toBe(`${max}`);
    }
  });
});

describe("PATCH /jobs/{id}", () => {
  const patch = (test: TestServer, id: string, body: unknown) => test.call("PATCH", `/ojs/v1/jobs/${id}`, { body });

  it("sets the priority of a job that waits, and tells what it was", async () => {
    await using test = await testServer();
    const [a, b] = await ids(test, 2);
    const { status, body } = await patch(test, `${b}`, { priority: 10 });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: b, priority: 10, previous_priority: 0, job: { id: b, priority: 10 } });
    expect([(await test.fetchOne()).id, (await test.fetchOne()).id]).toEqual([b, a]);
  });

  it("answers 409 when the job does not wait, 404 when there is none", async () => {
    await using test = await testServer();
    await ids(test, 1);
    const { id } = await test.fetchOne();
    expect((await patch(test, id, { priority: 1 })).body.error).toMatchObject({ code: "conflict" });
    expect((await patch(test, jobId(7), { priority: 1 })).status).toBe(404);
  });

  it.each<[unknown, string]>([
    [{}, "priority"],
    [{ priority: 101 }, "priority"],
    [{ priority: "high" }, "priority"],
    [{ priority: 1, queue: "a" }, "queue"],
  ])("answers 400 to %j", async (body, field) => {
    await using test = await testServer();
    const [id] = await ids(test, 1);
    const answer = await patch(test, `${id}`, body);
    expect([answer.status, answer.body.error.details.field]).toEqual([400, field]);
  });
});

describe("OPTIONS", () => {
  it("names PATCH where it is answered", async () => {
    await using test = await testServer();
    const { headers } = await test.call("OPTIONS", `/ojs/v1/jobs/${jobId(1)}`);
    expect(headers.allow).toBe("GET, PATCH, DELETE, HEAD, OPTIONS");
  });
});
