/**
 * A working day of each official SDK, in the bytes that it puts on the wire (sdk-wire-contract §1, §2.2, §5, §7), against a
 * real `ojs serve` with SQLite and an API key. The samples one by one, without a socket: test/server/sdk-wire.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OjsProcess, startOjs } from "../support/ojs-process.ts";
import type { Wire } from "../support/raw-ojs.ts";
import { strictAnswerProblems, strictJobProblems } from "../support/strict-decoder.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";
import { go } from "./sdk-dialects/go.ts";
import { javascript } from "./sdk-dialects/javascript.ts";
import { python } from "./sdk-dialects/python.ts";
import { RUST, type Speaker, type SpokenAnswer, speakTo } from "./sdk-speaker.ts";

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UNKNOWN = "019b76da-a800-7000-8000-00000000dead";

let folder: TemporaryFolder;
let server: OjsProcess;

beforeAll(async () => {
  folder = temporaryFolder();
  server = await startOjs({ storage: `sqlite:${folder.file("jobs.db")}`, env: { OJS_API_KEY: "T" } });
});

afterAll(async () => {
  await server.kill();
  folder[Symbol.dispose]();
});

/** Sends bodies with the headers of one SDK to the server under test. */
const speaker = (headers: readonly string[], pace?: number): Speaker => speakTo(() => server.port, headers, pace);

describe.each([
  ["in one piece", Number.POSITIVE_INFINITY],
  ["one byte at a time", 1],
])("the Rust SDK, %s", (_how, pace) => {
  const send = speaker(RUST, pace);
  const queue = `rust-${pace}`.toLowerCase();
  const fetchJobs = (count: number): Promise<SpokenAnswer> =>
    send("POST", "/ojs/v1/workers/fetch", `{"queues":["${queue}","email"],"count":${count},"worker_id":"worker_019"}`);

  it("enqueues with all seven retry keys and a time in nanoseconds", async () => {
    const { status, headers, text, body } = await send(
      "POST",
      "/ojs/v1/jobs",
      '{"type":"report.generate","args":[{"id":42}],"options":{"queue":"reports","delay_until":"2999-02-12T10:35:00.123456789Z",' +
        '"retry":{"max_attempts":5,"initial_interval":"PT1S","backoff_coefficient":2.0,"max_interval":"PT5M","jitter":true,"non_retryable_errors":[],"on_exhaustion":"discard"}}}',
    );
    expect(status).toBe(201);
    expect(strictAnswerProblems(text)).toEqual([]);
    expect(headers["content-type"]).toBe("application/openjobspec+json");
    expect(headers["x-request-id"]).toBe("6f1c2a40-8f0e-4c6b-9b5a-3f2d1e0c9a77");
    expect(headers["ojs-version"]).toMatch(/^1\.0/);
    expect(headers.location).toBe(`/ojs/v1/jobs/${body.job.id}`);
    expect(body.job).toMatchObject({ state: "scheduled", queue: "reports", args: [{ id: 42 }], max_attempts: 5 });
    expect(body.job.id).toMatch(UUID7);
  });

  it("runs a batch: one ack with, one without a result, one failure, one beat", async () => {
    const batch = await send(
      "POST",
      "/ojs/v1/jobs/batch",
      `{"jobs":[{"type":"notify","args":[{"user_id":1}],"options":{"queue":"${queue}"}},{"type":"notify","args":[{"user_id":2}],"options":{"queue":"${queue}"}},{"type":"notify","args":[{"user_id":3}],"options":{"queue":"${queue}","retry":{"max_attempts":1,"initial_interval":"PT1S","backoff_coefficient":2.0,"max_interval":"PT5M","jitter":true,"non_retryable_errors":[],"on_exhaustion":"dead_letter"}}}]}`,
    );
    expect([batch.status, batch.body.count, batch.body.jobs.length]).toEqual([201, 3, 3]);
    expect(batch.body.jobs.flatMap(strictJobProblems)).toEqual([]);

    const fetched = await fetchJobs(10);
    expect(fetched.status).toBe(200);
    expect(strictAnswerProblems(fetched.text)).toEqual([]);
    const ids: string[] = fetched.body.jobs.map(({ id }: Wire) => id);
    expect(ids).toEqual(batch.body.jobs.map(({ id }: Wire) => id));

    const beat = await send(
      "POST",
      "/ojs/v1/workers/heartbeat",
      `{"worker_id":"worker_019","active_jobs":["${ids.join('","')}"]}`,
    );
    expect(beat).toMatchObject({ status: 200, body: { state: "running", jobs_extended: ids } });
    expect(beat.body.server_time).toMatch(/^\d{4}-.*Z$/);

    const ack = await send("POST", "/ojs/v1/workers/ack", `{"job_id":"${ids[0]}","result":{"message_id":"msg_123"}}`);
    expect(ack).toMatchObject({ status: 200, body: { acknowledged: true, id: ids[0], job_id: ids[0] } });
    expect((await send("POST", "/ojs/v1/workers/ack", `{"job_id":"${ids[1]}"}`)).status).toBe(200);
    const nack = await send(
      "POST",
      "/ojs/v1/workers/nack",
      `{"job_id":"${ids[2]}","error":{"code":"handler_error","message":"it broke","retryable":true}}`,
    );
    expect(nack).toMatchObject({ status: 200, body: { state: "discarded", attempt: 1, max_attempts: 1 } });

    // get_job and cancel_job read flat jobs; get must show what the ack brought.
    const done = await send("GET", `/ojs/v1/jobs/${ids[0]}`);
    expect(strictAnswerProblems(done.text)).toEqual([]);
    expect(done.body).toMatchObject({ id: ids[0], state: "completed", result: { message_id: "msg_123" } });
    expect((await fetchJobs(1)).text).toBe('{"jobs":[]}');
  });

  it("finds the failure among the dead letters, retries it, cancels it", async () => {
    const list = await send("GET", `/ojs/v1/dead-letter?queue=${queue}&limit=10&offset=0`);
    expect(list.status).toBe(200);
    expect(list.body.jobs.flatMap(strictJobProblems)).toEqual([]);
    expect(list.body.pagination).toMatchObject({ total: 1, limit: 10, offset: 0, has_more: false });
    const [dead] = list.body.jobs;
    expect(dead.error).toMatchObject({ type: "handler_error", code: "handler_error", message: "it broke" });

    const retried = await send("POST", `/ojs/v1/dead-letter/${dead.id}/retry`);
    expect(strictAnswerProblems(retried.text)).toEqual([]);
    expect(retried).toMatchObject({ status: 200, body: { id: dead.id, state: "available", attempt: 0 } });
    const cancelled = await send("DELETE", `/ojs/v1/jobs/${dead.id}`);
    expect(strictAnswerProblems(cancelled.text)).toEqual([]);
    expect(cancelled.body).toMatchObject({ id: dead.id, state: "cancelled" });
    expect(cancelled.body.cancelled_at).toBeDefined();
  });

  it("looks after queues, whose names it escapes to the last hyphen", async () => {
    const path = `/ojs/v1/queues/${queue.replaceAll("-", "%2D")}`;
    // `content-type` JSON and a body of length zero.
    expect((await send("POST", `${path}/pause`)).status).toBe(200);
    const paused = await send("GET", `${path}/stats`);
    expect(paused.body).toMatchObject({ queue, status: "paused" });
    expect(paused.body.computed_at).toMatch(/^\d{4}-.*Z$/);
    for (const name of ["available", "active", "scheduled", "retryable", "discarded", "completed_last_hour"]) {
      expect([name, Number.isInteger(paused.body.stats[name])]).toEqual([name, true]);
    }
    for (const name of ["avg_duration_ms", "avg_wait_ms", "throughput_per_second"]) {
      expect([name, typeof paused.body.stats[name]]).toEqual([name, "number"]);
    }
    expect((await send("POST", `${path}/resume`)).status).toBe(200);
    const { body } = await send("GET", "/ojs/v1/queues");
    expect(body.queues).toContainEqual(expect.objectContaining({ name: queue, status: "active" }));
  });

  it("reads errors, health and the manifest", async () => {
    const missing = await send("GET", `/ojs/v1/jobs/${UNKNOWN}`);
    expect(missing).toMatchObject({ status: 404, body: { error: { code: "not_found", retryable: false } } });
    const taken = await send("POST", "/ojs/v1/workers/ack", `{"job_id":"${UNKNOWN}"}`);
    expect([404, 409]).toContain(taken.status);
    const health = await send("GET", "/ojs/v1/health");
    expect(health).toMatchObject({ status: 200, body: { status: expect.stringMatching(/^(ok|healthy)$/) } });
    expect(Number.isInteger(health.body.uptime_seconds ?? 0)).toBe(true);
    const { body } = await send("GET", "/ojs/manifest");
    expect(typeof body.ojs_version).toBe("string");
    expect(Number.isInteger(body.conformance_level)).toBe(true);
    expect(typeof body.backend).toBe("string");
    expect(body.protocols.every((name: unknown) => typeof name === "string")).toBe(true);
    expect((body.extensions ?? []).every((name: unknown) => typeof name === "string")).toBe(true);
    expect(Object.values(body.capabilities ?? {}).every((flag) => typeof flag === "boolean")).toBe(true);
  });
});

it("the Rust SDK sends a header twice when it was given one that it has already, and is understood", async () => {
  const twice = [
    "ojs-version: 1.0.0",
    "content-type: application/json",
    "authorization: Bearer T",
    "x-request-id: mine",
  ];
  const send = speaker([...RUST, ...twice]);
  const { status, headers } = await send("POST", "/ojs/v1/jobs", '{"type":"notify","args":[]}');
  expect([status, headers["x-request-id"]]).toEqual([201, "6f1c2a40-8f0e-4c6b-9b5a-3f2d1e0c9a77"]);
  const wrong = speaker([...RUST, "ojs-version: 2.0"]);
  expect((await wrong("GET", "/ojs/v1/queues")).status).toBe(422);
});

it("the JS SDK works a day: its options, its heartbeat with a number, its stack in a nack", async () => {
  const send = speaker(javascript.headers);
  const delayed = await send(
    "POST",
    "/ojs/v1/jobs",
    '{"type":"a.b","args":[{"x":1}],"meta":{"m":1},"options":{"delay_until":"PT5M","retry":{"max_attempts":2},"unique":{"key":["x"]}}}',
  );
  expect(delayed.status).toBe(201);
  expect(strictAnswerProblems(delayed.text)).toEqual([]);
  expect(delayed.body.job).toMatchObject({ state: "scheduled", meta: { m: 1 }, max_attempts: 2 });

  const batch = await send(
    "POST",
    "/ojs/v1/jobs/batch",
    '{"jobs":[{"type":"a.b","args":[{"x":1}],"options":{"queue":"js"}}]}',
  );
  const [{ id }] = batch.body.jobs;
  const fetched = await send(
    "POST",
    "/ojs/v1/workers/fetch",
    '{"queues":["js"],"count":10,"worker_id":"worker-1","visibility_timeout_ms":30000}',
  );
  expect(fetched.body.jobs).toMatchObject([{ id, attempt: 1, state: "active", args: [{ x: 1 }] }]);
  const beat = await send(
    "POST",
    "/ojs/v1/workers/heartbeat",
    `{"worker_id":"worker-1","state":"running","active_jobs":1,"active_job_ids":["${id}"],"hostname":"h","pid":7,"queues":["js"],"concurrency":10,"labels":["a"]}`,
  );
  expect(beat).toMatchObject({ status: 200, body: { state: "running", jobs_extended: [id] } });
  const nack = await send(
    "POST",
    "/ojs/v1/workers/nack",
    `{"job_id":"${id}","error":{"code":"handler_error","message":"boom","retryable":true,"details":{"stack":"Error: boom\\n    at x"}}}`,
  );
  expect(nack).toMatchObject({ status: 200, body: { id, state: "retryable", attempt: 1 } });
  const stats = await send("GET", "/ojs/v1/queues/js/stats");
  expect(stats.body).toMatchObject({ name: "js", retryable: 1, available: 0, active: 0, paused: false });
});

it("the Go SDK works a day: its version, its milliseconds, its queue in every job", async () => {
  const send = speaker(go.headers);
  const sent = await send(
    "POST",
    "/ojs/v1/jobs",
    '{"type":"go.job","args":[],"options":{"queue":"go","retry":{"max_attempts":2,"initial_interval_ms":500,"backoff_coefficient":1.5,"max_interval_ms":1000,"jitter":true},"unique":{"key":["type"],"period_ms":1000,"on_conflict":"reject"}}}',
  );
  expect(sent.status).toBe(201);
  expect(strictAnswerProblems(sent.text)).toEqual([]);
  expect(sent.body.job.retry).toMatchObject({ initial_interval: "PT0.5S", max_interval: "PT1S" });
  const { id } = sent.body.job;
  const fetched = await send("POST", "/ojs/v1/workers/fetch", '{"queues":["go"],"count":7,"worker_id":"go-1"}');
  expect(fetched.body.jobs.map((job: Wire) => job.id)).toEqual([id]);
  const beat = await send(
    "POST",
    "/ojs/v1/workers/heartbeat",
    `{"worker_id":"go-1","state":"running","active_jobs":1,"active_job_ids":["${id}"]}`,
  );
  expect(beat.body.jobs_extended).toEqual([id]);
  const ack = await send("POST", "/ojs/v1/workers/ack", `{"job_id":"${id}","result":{"n":1}}`);
  expect(ack.body).toMatchObject({ acknowledged: true, state: "completed" });
});

it("the Python SDK works a day: it reads only what calls itself JSON, and beats with a visibility timeout", async () => {
  const send = speaker(python.headers);
  const sent = await send("POST", "/ojs/v1/jobs", '{"type":"py.job","args":["ü"],"options":{"queue":"py"}}');
  expect(sent.status).toBe(201);
  expect(sent.headers["content-type"]).toContain("application/json");
  const { id } = sent.body.job;
  const fetched = await send("POST", "/ojs/v1/workers/fetch", '{"queues":["py"],"count":1,"worker_id":"py-1"}');
  expect(fetched.headers["content-type"]).toContain("application/json");
  expect(fetched.body.jobs).toMatchObject([{ id, args: ["ü"] }]);
  const beat = await send(
    "POST",
    "/ojs/v1/workers/heartbeat",
    `{"worker_id":"py-1","active_jobs":["${id}"],"visibility_timeout_ms":30000}`,
  );
  expect(beat.body).toMatchObject({ state: "running", jobs_extended: [id] });
  const nack = await send(
    "POST",
    "/ojs/v1/workers/nack",
    `{"job_id":"${id}","error":{"code":"cancelled","message":"worker shutting down","retryable":true}}`,
  );
  expect(nack).toMatchObject({ status: 200, body: { state: "retryable" } });
});

it("a serverless adapter nacks with a bare string", async () => {
  const send = speaker(RUST);
  const { body } = await send("POST", "/ojs/v1/jobs", '{"type":"fn.job","args":[],"options":{"queue":"fn"}}');
  await send("POST", "/ojs/v1/workers/fetch", '{"queues":["fn"]}');
  const nack = await send("POST", "/ojs/v1/workers/nack", `{"job_id":"${body.job.id}","error":"it broke"}`);
  expect(nack).toMatchObject({ status: 200, body: { state: "retryable" } });
  const { text } = await send("GET", `/ojs/v1/jobs/${body.job.id}`);
  expect(strictAnswerProblems(text)).toEqual([]);
  expect(JSON.parse(text).job.error.message).toBe("it broke");
});
