/** Progress and checkpoints (ojs-progress, ojs-durable-execution; conformance contract 2.6), on every driver. */
import { describe, expect, it, vi } from "vitest";
import { memory } from "../../src/storage/memory/index.ts";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { TestClock } from "../../src/testing/test-clock.ts";
import { openPostgres } from "../storage/postgres-scratch.ts";
import { describeOnPostgres } from "../support/postgres-server.ts";
import { sharedStorage } from "../support/storage-wrapper.ts";
import { type TestServer, testServer } from "./test-server.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const RETRIED = { retry: { max_attempts: 3, initial_interval: "PT1S", jitter: false } };

const put = (test: TestServer, id: string, what: string, body: object) =>
  test.call("PUT", `/ojs/v1/jobs/${id}/${what}`, { body });
const get = (test: TestServer, id: string, what: string) => test.get(`/ojs/v1/jobs/${id}/${what}`);

async function running(test: TestServer, options: object = {}) {
  await test.enqueue({ options });
  return test.fetchOne({ worker_id: "w1" });
}

async function failOnce(test: TestServer, id: string, clock: TestClock) {
  await test.post("/ojs/v1/workers/nack", { job_id: id, error: { code: "x", message: "m" } });
  await clock.advance(2_000);
  return fetchSoon(test, "w2");
}

/** A database does its work while the virtual clock stands still. */
function fetchSoon(test: TestServer, worker: string) {
  return vi.waitFor(async () => {
    const job = await test.fetchOne({ worker_id: worker });
    expect(job).toBeDefined();
    return job;
  });
}

function suite(open: () => Promise<Storage>): void {
  const started = async () => {
    const clock = new TestClock(Date.now());
    const storage = await open();
    return { clock, storage, test: await testServer({ storage, clock, retention: { completed: "30d" } }) };
  };

  it("answers how far a job is, between 0 and 1, and never goes back", async () => {
    const { test } = await started();
    await using _ = test;
    const { id } = await running(test);
    expect((await get(test, id, "progress")).body).toEqual({
      ...{ job_id: id, state: "active", progress: null, message: null, data: null, updated_at: null },
    });
    const answer = await put(test, id, "progress", { progress: 0.5, message: "half", data: { rows: 7 } });
    expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ progress: 0.5, message: "half" })]);
    expect((await put(test, id, "progress", { progress: 0.2 })).body.progress).toBe(0.5);
    expect((await put(test, id, "progress", { progress: 1.5 })).body.progress).toBe(1);
    expect((await get(test, id, "progress")).body).toMatchObject({ progress: 1, message: "half", data: { rows: 7 } });
    const { events } = (await test.get("/ojs/v1/events?types=job.progress")).body;
    expect(events.map(({ data }: { data: object }) => data)).toMatchObject([
      { progress_percent: 50, progress_message: "half", worker_id: "w1", attempt: 1 },
      { progress_percent: 50 },
      { progress_percent: 100 },
    ]);
  });

  it("takes progress for a heartbeat", async () => {
    const { test, clock } = await started();
    await using _ = test;
    const { id } = await running(test);
    for (let n = 1; n <= 4; n += 1) {
      await clock.advance(20_000);
      await put(test, id, "progress", { progress: n / 10 });
    }
    expect((await test.get(`/ojs/v1/jobs/${id}`)).body.job).toMatchObject({ state: "active", attempt: 1 });
  });

  it("ignores what comes late or from somebody else, with 200", async () => {
    const { test } = await started();
    await using _ = test;
    const { id, lease } = await running(test);
    expect((await put(test, id, "progress", { progress: 0.9, worker_id: "other" })).body.progress).toBeNull();
    expect((await put(test, id, "progress", { progress: 0.9, lease: lease + 1 })).body.progress).toBeNull();
    await put(test, id, "progress", { progress: 0.3, lease });
    await test.post("/ojs/v1/workers/ack", { job_id: id });
    const late = await put(test, id, "progress", { progress: 0.4 });
    expect([late.status, late.body]).toEqual([200, expect.objectContaining({ state: "completed", progress: 1 })]);
    expect((await put(test, "019b76da-a800-7000-8000-000000000001", "progress", { progress: 1 })).status).toBe(404);
  });

  it("keeps the last word of a failed attempt until the next one begins", async () => {
    const { test, clock } = await started();
    await using _ = test;
    const { id } = await running(test, RETRIED);
    await put(test, id, "progress", { progress: 0.7 });
    await test.post("/ojs/v1/workers/nack", { job_id: id, error: { code: "x", message: "m" } });
    expect((await get(test, id, "progress")).body).toMatchObject({ state: "retryable", progress: 0.7 });
    await clock.advance(2_000);
    await fetchSoon(test, "w2");
    expect((await get(test, id, "progress")).body).toMatchObject({ state: "active", progress: null });
    expect((await put(test, id, "progress", { progress: 0.1 })).body.progress).toBe(0.1);
  });

  it("keeps one checkpoint a job, numbers each, and starts again after it is dropped", async () => {
    const { test } = await started();
    await using _ = test;
    const { id } = await running(test);
    expect((await get(test, id, "checkpoint")).status).toBe(404);
    expect((await put(test, id, "checkpoint", { state: { cursor: "a" } })).body).toMatchObject({
      job_id: id,
      sequence: 1,
    });
    expect((await put(test, id, "checkpoint", { state: [1, null] })).body.sequence).toBe(2);
    const { body } = await get(test, id, "checkpoint");
    expect(body).toMatchObject({ job_id: id, state: [1, null], sequence: 2, checkpoint: { state: [1, null] } });
    for (let n = 0; n < 2; n += 1) {
      expect((await test.del(`/ojs/v1/jobs/${id}/checkpoint`)).body).toMatchObject({ deleted: true, existed: n === 0 });
    }
    expect((await get(test, id, "checkpoint")).status).toBe(404);
    expect((await put(test, id, "checkpoint", { state: null })).body).toMatchObject({ state: null, sequence: 1 });
  });

  it("hands a checkpoint out with the next attempt, and keeps it after the end", async () => {
    const { test, clock } = await started();
    await using _ = test;
    const { id, checkpoint } = await running(test, RETRIED);
    expect(checkpoint).toBeUndefined();
    await put(test, id, "checkpoint", { state: { cursor: "abc" }, worker_id: "w1" });
    const again = await failOnce(test, id, clock);
    expect(again).toMatchObject({ id, attempt: 2, checkpoint: { state: { cursor: "abc" }, sequence: 1 } });
    await test.post("/ojs/v1/workers/ack", { job_id: id });
    expect((await get(test, id, "checkpoint")).body.sequence).toBe(1);
    expect((await put(test, id, "checkpoint", { state: 1 })).status).toBe(409);
  });

  it("takes a checkpoint in a report of progress", async () => {
    const { test, clock } = await started();
    await using _ = test;
    const { id } = await running(test, RETRIED);
    await put(test, id, "progress", { progress: 0.4, checkpoint: { row: 4 } });
    await put(test, id, "progress", { progress: 0.5, checkpoint: { row: 5 } });
    expect(await failOnce(test, id, clock)).toMatchObject({ last_checkpoint: { state: { row: 5 }, sequence: 2 } });
  });

  it("lets a job that waits have one, but nobody who has lost the job", async () => {
    const { test, clock } = await started();
    await using _ = test;
    const { id } = await test.enqueue({ options: RETRIED });
    expect((await put(test, id, "checkpoint", { state: 1 })).status).toBe(200);
    const { lease, checkpoint } = await test.fetchOne({ worker_id: "w1" });
    expect(checkpoint).toMatchObject({ state: 1 });
    await test.post("/ojs/v1/workers/nack", { job_id: id, error: { code: "x", message: "m" } });
    expect((await put(test, id, "checkpoint", { state: 2, lease })).status).toBe(409);
    await clock.advance(2_000);
    await fetchSoon(test, "w2");
    expect((await put(test, id, "checkpoint", { state: 2, lease })).status).toBe(409);
    expect((await put(test, id, "checkpoint", { state: 2, worker_id: "w1" })).status).toBe(409);
    expect((await get(test, id, "checkpoint")).body.state).toBe(1);
  });

  it("loses none of many reports at the same time", async () => {
    const { test } = await started();
    await using _ = test;
    const { id } = await running(test);
    await Promise.all([
      ...Array.from({ length: 8 }, (_value, n) => put(test, id, "progress", { progress: n / 10 })),
      ...Array.from({ length: 8 }, (_value, n) => put(test, id, "checkpoint", { state: n })),
    ]);
    expect((await get(test, id, "progress")).body.progress).toBe(0.7);
    expect((await get(test, id, "checkpoint")).body.sequence).toBe(8);
  });

  it("removes what is left of jobs that are gone, and nothing else", async () => {
    const { test, clock, storage } = await started();
    await using _ = test;
    const [gone, kept] = [await running(test), await running(test)];
    for (const { id } of [gone, kept]) {
      await put(test, id, "progress", { progress: 0.5, checkpoint: {} });
    }
    await test.post("/ojs/v1/workers/ack", { job_id: gone.id });
    await test.post("/ojs/v1/workers/ack", { job_id: kept.id });
    await test.post("/ojs/v1/jobs/bulk/delete", { job_ids: [gone.id] });
    expect((await get(test, gone.id, "checkpoint")).status).toBe(404);
    await clock.advance(DAY_MS + 3_700_000);
    for (const kind of ["progress", "checkpoint"]) {
      await vi.waitFor(async () => {
        const [left, own] = await storage.records.get(kind, [gone.id, kept.id]);
        expect([kind, left, own?.id]).toEqual([kind, undefined, kept.id]);
      });
    }
  });

  it("tells a job from another one that had its id before", async () => {
    const { test, clock } = await started();
    await using _ = test;
    const { id } = await running(test);
    await put(test, id, "progress", { progress: 0.5, checkpoint: { old: true } });
    await test.post("/ojs/v1/workers/ack", { job_id: id });
    await test.post("/ojs/v1/jobs/bulk/delete", { job_ids: [id] });
    await clock.advance(10);
    await test.enqueue({ id });
    expect((await get(test, id, "progress")).body.progress).toBeNull();
    expect((await get(test, id, "checkpoint")).status).toBe(404);
    expect((await put(test, id, "checkpoint", { state: 1 })).body.sequence).toBe(1);
  });
}

describe("on memory", () => suite(async () => memory()));
describe("on SQLite", () => suite(async () => sqlite(":memory:")));
describeOnPostgres("on PostgreSQL", () => suite(async () => sharedStorage((await openPostgres()).storage)));

describe("after a restart", () => {
  it("a checkpoint is still handed out", async () => {
    const inner = memory();
    await inner.open();
    const storage = sharedStorage(inner);
    await using first = await testServer({ storage });
    const { id } = await running(first);
    await put(first, id, "checkpoint", { state: "kept" });
    await first.post("/ojs/v1/workers/nack", { job_id: id, error: { code: "x", message: "m" }, requeue: true });
    await using second = await testServer({ storage });
    expect(await second.fetchOne()).toMatchObject({ id, checkpoint: { state: "kept" } });
  });
});

describe("what is refused", () => {
  it.each([
    ["progress", {}],
    ["progress", { progress: "half" }],
    ["data", { data: [1] }],
    ["message", { progress: 1, message: 7 }],
    ["message", { progress: 1, message: "x".repeat(1_001) }],
    ["checkpoint", { progress: 1, checkpoint: 7 }],
  ])("a report with a wrong %s", async (field, body) => {
    await using test = await testServer();
    const { id } = await running(test);
    const { status, body: answer } = await put(test, id, "progress", body);
    expect([status, answer.error.details.field]).toEqual([400, field]);
  });

  it("too much", async () => {
    await using test = await testServer();
    const { id } = await running(test);
    const large = await put(test, id, "progress", { data: { text: "x".repeat(4_096) } });
    expect([large.status, large.body.error.details]).toEqual([413, { field: "data", actual: 4_107, max: 4_096 }]);
    expect((await put(test, id, "checkpoint", { state: "x".repeat(1_048_576) })).status).toBe(413);
    expect((await put(test, id, "checkpoint", {})).status).toBe(400);
  });
});
