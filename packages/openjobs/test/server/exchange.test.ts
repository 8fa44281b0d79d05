/** `POST /ojs/v1/workers/exchange`: outcomes and the next fetch in one request. */
import { describe, expect, it } from "vitest";
import { memory } from "../../src/storage/memory/index.ts";
import type { Group, Storage } from "../../src/storage/storage.ts";
import { wrapStorage } from "../support/storage-wrapper.ts";
import { type TestServer, testServer } from "./test-server.ts";

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/);
const V7 = "019414d4-8b2e-7c3a-b5d1-f0e2a3b4c5d6";
const PATH = "/ojs/v1/workers/exchange";
const boom = { code: "handler_error", message: "boom", retryable: true };

async function claimed(test: TestServer, count: number): Promise<{ id: string; lease: number }[]> {
  for (let n = 0; n < count; n += 1) await test.enqueue();
  const wanted = { queues: ["default"], worker_id: "w1", count };
  return (await test.post("/ojs/v1/workers/fetch", wanted)).body.jobs;
}

/** A storage that shows the groups that it was asked to commit. */
function watched(): { storage: Storage; groups: Group[] } {
  const inner = memory();
  const groups: Group[] = [];
  const storage = wrapStorage(inner, {
    commit: (group) => {
      groups.push(group);
      return inner.commit(group);
    },
  });
  return { storage, groups };
}

describe("the outcomes of an exchange", () => {
  it("are answered index by index, with the jobs for the slots that they free", async () => {
    await using test = await testServer();
    const [done, failed] = await claimed(test, 2);
    const next = await test.enqueue();
    const answer = await test.post(PATH, {
      worker_id: "w1",
      acks: [{ job_id: done?.id, lease: done?.lease, result: { ok: true } }],
      nacks: [{ job_id: failed?.id, lease: failed?.lease, error: boom }],
      fetch: { queues: ["default"], count: 2 },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      acks: [{ job_id: done?.id, state: "completed", completed_at: TIME }],
      nacks: [expect.objectContaining({ job_id: failed?.id, state: "retryable", attempt: 1, next_attempt_at: TIME })],
      jobs: [expect.objectContaining({ id: next.id, state: "active", worker_id: "w1", lease: 1 })],
      server_time: TIME,
    });
    const { job } = (await test.get(`/ojs/v1/jobs/${done?.id}`)).body;
    expect(job).toMatchObject({ state: "completed", result: { ok: true } });
  });

  it("share one commit with the claim, which sees what they have set free", async () => {
    const { storage, groups } = watched();
    await using test = await testServer({ storage });
    const jobs = await claimed(test, 3);
    const outcomes = jobs.map(({ id, lease }) => ({ job_id: id, lease }));
    groups.length = 0;
    const answer = await test.post(PATH, {
      worker_id: "w1",
      acks: outcomes.slice(0, 2),
      nacks: [{ ...outcomes[2], requeue: true, error: boom }],
      fetch: { queues: ["default"], count: 3 },
    });
    expect(groups.map(({ completions, units, claims }) => [completions.length, units.length, claims.length])).toEqual([
      [2, 1, 1],
    ]);
    // The job that went back is there for the claim of the same commit.
    expect(answer.body.jobs.map(({ id }: { id: string }) => id)).toEqual([jobs[2]?.id]);
  });

  it("do not harm each other: each has the error that it would have had alone", async () => {
    await using test = await testServer();
    const [good, stale] = await claimed(test, 2);
    const { body, status } = await test.post(PATH, {
      worker_id: "w1",
      acks: [
        7,
        { job_id: V7, lease: 1 },
        { job_id: stale?.id, lease: 99 },
        { job_id: good?.id, lease: good?.lease },
        { job_id: stale?.id, lease: stale?.lease, result: "x".repeat(2_000_000) },
        { lease: 1 },
      ],
      nacks: [{ job_id: stale?.id, lease: stale?.lease, requeue: "yes", error: boom }],
    });
    expect(status).toBe(200);
    expect(body.acks.map((one: { status?: number; state?: string }) => one.status ?? one.state)).toEqual([
      400,
      404,
      409,
      "completed",
      413,
      400,
    ]);
    expect(body.acks[0].job_id).toBeNull();
    expect(body.acks[2]).toMatchObject({
      job_id: stale?.id,
      error: { code: "conflict", retryable: false, message: expect.any(String) },
    });
    expect(body.nacks[0]).toMatchObject({ job_id: stale?.id, status: 400, error: { details: { field: "requeue" } } });
    expect((await test.get(`/ojs/v1/jobs/${stale?.id}`)).body.job.state).toBe("active");
  });

  it("are answered by `true` when they were accepted and the client wants no more", async () => {
    await using test = await testServer();
    const [done, stale] = await claimed(test, 2);
    const acks = [
      { job_id: stale?.id, lease: 99 },
      { job_id: done?.id, lease: done?.lease },
    ];
    const answer = await test.post(PATH, { worker_id: "w1", acks }, { prefer: "return=minimal" });
    expect(answer.headers["preference-applied"]).toBe("return=minimal");
    expect(answer.body.acks).toEqual([expect.objectContaining({ job_id: stale?.id, status: 409 }), true]);
  });

  it("may be sent again: the lease that completed the job is answered 200 again", async () => {
    await using test = await testServer();
    const [job] = await claimed(test, 1);
    const body = { worker_id: "w1", acks: [{ job_id: job?.id, lease: job?.lease }] };
    const first = await test.post(PATH, body);
    const again = await test.post(PATH, body);
    expect(again.body.acks).toEqual(first.body.acks);
    expect(again.body.acks[0].state).toBe("completed");
  });

  it("are fenced by the worker of the exchange, where they bring no lease", async () => {
    await using test = await testServer();
    const [job] = await claimed(test, 1);
    const ack = async (worker: string) =>
      (await test.post(PATH, { worker_id: worker, acks: [{ job_id: job?.id }] })).body.acks[0];
    expect(await ack("w2")).toMatchObject({ status: 409 });
    expect(await ack("w1")).toMatchObject({ state: "completed" });
  });

  it("never wait for jobs, whatever the fetch beside them asks for", async () => {
    await using test = await testServer();
    const [job] = await claimed(test, 1);
    const acks = [{ job_id: job?.id, lease: job?.lease }];
    const fetch = { queues: ["default"], wait_ms: 30_000 };
    const answer = await test.post(PATH, { worker_id: "w1", acks, fetch });
    expect(answer.body).toMatchObject({ acks: [{ state: "completed" }], jobs: [] });
  });

  it("are kept when the fetch beside them cannot be understood", async () => {
    await using test = await testServer();
    const [job] = await claimed(test, 1);
    const acks = [{ job_id: job?.id, lease: job?.lease }];
    const answer = await test.post(PATH, { worker_id: "w1", acks, fetch: { queues: [] } });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      acks: [{ state: "completed" }],
      jobs: [],
      fetch_error: { status: 400, error: { code: "invalid_request", details: { field: "queues" } } },
    });
  });

  it("are told to come again when the store does not answer, each for itself", async () => {
    const inner = memory();
    let broken = false;
    const storage = wrapStorage(inner, {
      commit: (group) => (broken ? Promise.reject(new Error("the disk is gone")) : inner.commit(group)),
    });
    await using test = await testServer({ storage });
    const jobs = await claimed(test, 2);
    broken = true;
    const acks = jobs.map(({ id, lease }) => ({ job_id: id, lease }));
    const { body } = await test.post(PATH, { worker_id: "w1", acks, fetch: { queues: ["default"] } });
    const refusal = {
      status: 503,
      retry_after_ms: expect.any(Number),
      error: { code: "backend_error", retryable: true },
    };
    for (const told of [...body.acks, body.fetch_error]) expect(told).toMatchObject(refusal);
    broken = false;
    const again = await test.post(PATH, { worker_id: "w1", acks });
    expect(again.body.acks.map(({ state }: { state: string }) => state)).toEqual(["completed", "completed"]);
  });
});

describe("an exchange without outcomes", () => {
  it("waits for a job like a fetch", async () => {
    await using test = await testServer();
    const fetch = { queues: ["default"], wait_ms: 10_000 };
    const waiting = test.post(PATH, { worker_id: "w1", fetch });
    const { id } = await test.enqueue();
    expect((await waiting).body).toMatchObject({ acks: [], nacks: [], jobs: [{ id }] });
  });

  it("is refused like a fetch", async () => {
    await using test = await testServer();
    const answer = await test.post(PATH, { worker_id: "w1", fetch: { queues: ["Not A Name"] } });
    expect([answer.status, answer.body.error.details.field]).toEqual([400, "queues"]);
  });

  it("may ask for nothing at all", async () => {
    await using test = await testServer();
    const answer = await test.post(PATH, { worker_id: "w1" });
    expect(answer.body).toEqual({ acks: [], nacks: [], jobs: [], server_time: TIME });
  });
});

describe("an exchange whose answer is lost", () => {
  it.each([
    ["with outcomes", true],
    ["without", false],
  ])("%s gives its jobs back without an attempt; its outcomes stay", async (_, withOutcome) => {
    await using test = await testServer();
    const [job] = await claimed(test, 1);
    const { id } = await test.enqueue({ options: { retry: { max_attempts: 1 } } });
    const acks = withOutcome ? [{ job_id: job?.id, lease: job?.lease }] : [];
    const { raw, body } = await test.post(PATH, { worker_id: "w1", acks, fetch: { queues: ["default"] } });
    expect(body.jobs[0].id).toBe(id);
    raw.undelivered?.();
    const waiting = await test.post("/ojs/v1/workers/fetch", { queues: ["default"], wait_ms: 5_000 });
    expect(waiting.body.jobs[0].id).toBe(id);
    const { state } = (await test.get(`/ojs/v1/jobs/${job?.id}`)).body.job;
    expect(state).toBe(withOutcome ? "completed" : "active");
  });
});

describe("an exchange that cannot be understood", () => {
  const item = { job_id: V7 };
  it.each<[string, unknown]>([
    ["no object", []],
    ["no worker", { acks: [item] }],
    ["acks that are no list", { worker_id: "w1", acks: item }],
    ["nacks that are no list", { worker_id: "w1", nacks: "all" }],
    ["more outcomes than one may carry", { worker_id: "w1", acks: Array.from({ length: 1_001 }, () => item) }],
  ])("is refused whole: %s", async (_, body) => {
    await using test = await testServer();
    expect((await test.post(PATH, body)).status).toBe(400);
  });
});

describe("the manifest", () => {
  it("lists the extension and says where it is", async () => {
    await using test = await testServer();
    const { extensions, endpoints, limits } = (await test.get("/ojs/manifest")).body;
    expect(extensions).toContain("urn:ojs:ext:x:openjobs:worker-exchange");
    expect(endpoints.worker_exchange).toBe(PATH);
    expect(limits.max_exchange_outcomes).toBe(1_000);
  });
});
