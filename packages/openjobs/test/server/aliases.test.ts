/**
 * Routes under the names that serverless adapters and official cases give them (sdk-wire-contract §2.2, §6.11): each with the
 * exact request that is sent, and what it may not be used for.
 */
import { describe, expect, it } from "vitest";
import type { Route } from "../../src/server/route.ts";
import { AGENT_ALIASES, ALIASES, withAliases } from "../../src/server/routes/aliases.ts";
import { type TestServer, testServer } from "./test-server.ts";

/** What Node's `fetch` adds to a POST without a body. */
const FETCH_API = { accept: "*/*", "content-length": "0", "user-agent": "node", "accept-language": "*" };
const SUITES = { "content-type": "application/openjobspec+json", accept: "application/openjobspec+json" };
const UNKNOWN = "019b76da-a800-7000-8000-00000000dead";

/** A job that the worker `w` holds. */
async function held(test: TestServer, options: object = {}): Promise<{ readonly id: string; readonly lease: number }> {
  const { id } = await test.enqueue({ options });
  const { lease } = await test.fetchOne({ worker_id: "w" });
  return { id, lease };
}

const stateOf = async (test: TestServer, id: string): Promise<string> =>
  (await test.get(`/ojs/v1/jobs/${id}`)).body.state;

describe("POST /jobs/{id}/ack", () => {
  it("completes the job of the JS SDK's serverless adapters, which send no body and no type", async () => {
    await using test = await testServer();
    const { id } = await held(test);
    const { status, body } = await test.call("POST", `/ojs/v1/jobs/${id}/ack`, { headers: FETCH_API });
    expect([status, body]).toEqual([200, expect.objectContaining({ acknowledged: true, id, job_id: id })]);
    expect(body.job).toMatchObject({ id, state: "completed" });
    expect(await stateOf(test, id)).toBe("completed");
  });

  it.each([
    ["an empty object", "{}", null],
    ["the worker, as official cases send it", '{"worker_id":"w"}', null],
    [
      "a result, as ojs-results shows it",
      '{\n  "result": {"transaction_id": "txn_1", "amount": 99.99}\n}',
      { transaction_id: "txn_1", amount: 99.99 },
    ],
  ])("takes %s", async (_name, sent, result) => {
    await using test = await testServer();
    const { id } = await held(test);
    const { status, body } = await test.post(`/ojs/v1/jobs/${id}/ack`, sent, SUITES);
    expect([status, body.state, body.job.state]).toEqual([200, "completed", "completed"]);
    expect((await test.get(`/ojs/v1/jobs/${id}`)).body.result ?? null).toEqual(result);
  });

  it("heeds the lease and the worker, as the route does that it stands for", async () => {
    await using test = await testServer();
    const { id, lease } = await held(test);
    const stale = await test.post(`/ojs/v1/jobs/${id}/ack`, { lease: lease + 1 });
    expect([stale.status, stale.body.error.code]).toEqual([409, "conflict"]);
    expect((await test.post(`/ojs/v1/jobs/${id}/ack`, { worker_id: "another" })).status).toBe(409);
    expect((await test.post(`/ojs/v1/jobs/${id}/ack`, { worker_id: "w", lease, job_id: id })).status).toBe(200);
  });

  it("refuses a second id that is another one, and leaves both jobs alone", async () => {
    await using test = await testServer();
    const [one, other] = [await held(test), await held(test)];
    const { status, body } = await test.post(`/ojs/v1/jobs/${one.id}/ack`, { job_id: other.id });
    expect([status, body.error.details.field]).toEqual([400, "job_id"]);
    expect([await stateOf(test, one.id), await stateOf(test, other.id)]).toEqual(["active", "active"]);
  });

  it("refuses what is no object, and jobs that are unknown or not running", async () => {
    await using test = await testServer();
    const { id } = await held(test);
    expect((await test.post(`/ojs/v1/jobs/${id}/ack`, "[]")).status).toBe(400);
    expect((await test.post(`/ojs/v1/jobs/${id}/ack`, "{")).status).toBe(400);
    for (const unknown of [UNKNOWN, "nonsense", "x".repeat(600)]) {
      const { status, body } = await test.call("POST", `/ojs/v1/jobs/${unknown}/ack`);
      expect([status, body.error.code]).toEqual([404, "not_found"]);
    }
    const waiting = await test.enqueue();
    expect((await test.call("POST", `/ojs/v1/jobs/${waiting.id}/ack`)).status).toBe(409);
    expect((await test.get(`/ojs/v1/jobs/${id}/ack`)).status).toBe(405);
  });
});

describe("POST /jobs/{id}/nack", () => {
  it.each([
    ["the bare string of the JS SDK's serverless adapters", '{"error":"it broke"}', "it broke"],
    [
      "the worker and an error object, as official cases send them",
      '{"worker_id":"w","error":{"code":"handler_error","message":"transient failure"}}',
      "transient failure",
    ],
  ])("takes %s", async (_name, sent, message) => {
    await using test = await testServer();
    const { id } = await held(test, { retry: { max_attempts: 3 } });
    const { status, body } = await test.post(`/ojs/v1/jobs/${id}/nack`, sent, SUITES);
    expect([status, body]).toEqual([200, expect.objectContaining({ id, state: "retryable", attempt: 1 })]);
    expect(body.job).toMatchObject({ id, state: "retryable", error: { code: "handler_error", message } });
  });

  it("refuses a failure that says nothing, and jobs that are not running", async () => {
    await using test = await testServer();
    const { id } = await held(test);
    expect((await test.post(`/ojs/v1/jobs/${id}/nack`, "")).status).toBe(400);
    expect((await test.post(`/ojs/v1/jobs/${id}/nack`, {})).body.error.details.field).toBe("error");
    expect(await stateOf(test, id)).toBe("active");
    expect((await test.post(`/ojs/v1/jobs/${UNKNOWN}/nack`, { error: "x" })).status).toBe(404);
  });
});

describe("POST /jobs/{id}/cancel", () => {
  it("cancels, with or without a body, and answers as DELETE does", async () => {
    await using test = await testServer();
    for (const body of [undefined, "", '{"reason":"no longer wanted"}']) {
      const { id } = await test.enqueue({ options: { queue: "other" } });
      const answer = await test.call("POST", `/ojs/v1/jobs/${id}/cancel`, body === undefined ? {} : { body });
      expect(answer).toMatchObject({ status: 200, body: { id, state: "cancelled", previous_state: "available" } });
      expect(answer.body.job).toMatchObject({ id, state: "cancelled", cancelled_at: expect.any(String) });
    }
    expect((await test.call("POST", `/ojs/v1/jobs/${UNKNOWN}/cancel`)).status).toBe(404);
  });
});

describe("POST /jobs/fetch", () => {
  it("hands out jobs", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue();
    const sent = '{"queues":["default"],"count":5,"worker_id":"w"}';
    const { status, body } = await test.post("/ojs/v1/jobs/fetch", sent, SUITES);
    expect([status, body.jobs]).toEqual([200, [expect.objectContaining({ id, state: "active", worker_id: "w" })]]);
  });

  it("gives back what could not be delivered, and refuses what fetch refuses", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue({ options: { retry: { max_attempts: 1 } } });
    (await test.post("/ojs/v1/jobs/fetch", { queues: ["default"] })).raw.undelivered?.();
    const again = await test.post("/ojs/v1/jobs/fetch", { queues: ["default"], wait_ms: 5_000 });
    expect(again.body.jobs[0].id).toBe(id);
    expect((await test.post("/ojs/v1/jobs/fetch", { queues: [] })).body.error.details.field).toBe("queues");
    expect((await test.post("/ojs/v1/jobs/fetch", "")).status).toBe(400);
  });

  it("lets go when the caller leaves", async () => {
    await using test = await testServer();
    const caller = new AbortController();
    const body = { queues: ["default"], wait_ms: 30_000 };
    const waiting = test.call("POST", "/ojs/v1/jobs/fetch", { body, signal: caller.signal });
    await test.get("/ojs/v1/health");
    caller.abort();
    expect((await waiting).body.jobs).toEqual([]);
  });
});

describe("POST /workers/progress", () => {
  it("notes what the JS SDK reports, in percent and with the job in the body", async () => {
    await using test = await testServer();
    const { id } = await held(test);
    const sent = `{"job_id":"${id}","percentage":42,"message":"nearly half","data":{"rows":420}}`;
    const { status, body } = await test.post("/ojs/v1/workers/progress", sent, SUITES);
    expect([status, body]).toEqual([200, expect.objectContaining({ job_id: id, progress: 0.42 })]);
    const kept = (await test.get(`/ojs/v1/jobs/${id}/progress`)).body;
    expect(kept).toMatchObject({ progress: 0.42, message: "nearly half", data: { rows: 420 } });
  });

  it("needs a job and a number", async () => {
    await using test = await testServer();
    const { id } = await held(test);
    const post = (body: object) => test.post("/ojs/v1/workers/progress", body);
    expect((await post({ percentage: 1 })).body.error.details.field).toBe("job_id");
    expect((await post({ job_id: UNKNOWN, percentage: 1 })).status).toBe(404);
    expect((await post({ job_id: id, percentage: "42" })).status).toBe(400);
  });
});

describe.each(["/ojs/v1/checkpoints", "/ojs/v1/ojs/v1/checkpoints"])("%s/{id} of the JS SDK", (base) => {
  it("keeps, resumes from and drops a checkpoint", async () => {
    await using test = await testServer();
    const { id } = await held(test);
    const resume = async () => (await test.get(`${base}/${id}/resume`, SUITES)).body;
    expect(await resume()).toEqual({ job_id: id, has_checkpoint: false });
    const saved = await test.post(`${base}/${id}`, '{"metadata":{"step":2,"seen":["a"]}}', SUITES);
    expect([saved.status, saved.body.sequence]).toEqual([200, 1]);
    expect(await resume()).toMatchObject({ has_checkpoint: true, checkpoint: { metadata: { step: 2, seen: ["a"] } } });
    expect((await test.get(`/ojs/v1/jobs/${id}/checkpoint`)).body.state).toEqual({ step: 2, seen: ["a"] });
    expect((await test.del(`${base}/${id}`)).status).toBe(200);
    expect(await resume()).toEqual({ job_id: id, has_checkpoint: false });
  });

  it("knows no checkpoint of a job that there is not", async () => {
    await using test = await testServer();
    expect((await test.get(`${base}/${UNKNOWN}/resume`)).status).toBe(404);
    expect((await test.post(`${base}/${UNKNOWN}`, { metadata: {} })).status).toBe(404);
    const { id } = await held(test);
    expect((await test.post(`${base}/${id}`, {})).body.error.details.field).toBe("state");
  });
});

describe("POST /workers/beat", () => {
  it("registers a worker that drains, in the words of the official cases", async () => {
    await using test = await testServer();
    const sent = '{"worker_id":"test-worker-gs-1","state":"drain","active_jobs":2}';
    const { status, body } = await test.post("/ojs/v1/workers/beat", sent, SUITES);
    expect([status, body]).toEqual([200, expect.objectContaining({ acknowledged: true, state: "running" })]);
    const health = await test.get("/ojs/v1/workers/test-worker-gs-1/health", SUITES);
    expect(health).toMatchObject({
      status: 200,
      body: { worker_id: "test-worker-gs-1", state: "draining", active_jobs: 2, last_heartbeat_at: expect.any(String) },
    });
  });

  it("keeps one that says so twice, although it has no job left, and lets go of one that ends", async () => {
    await using test = await testServer();
    const beat = (state: string) => test.post("/ojs/v1/workers/beat", { worker_id: "w", state, active_jobs: 0 });
    const health = () => test.get("/ojs/v1/workers/w/health");
    expect((await health()).status).toBe(404);
    await beat("running");
    expect((await health()).body.state).toBe("running");
    for (let time = 0; time < 2; time += 1) await beat("drain");
    expect((await health()).body.state).toBe("draining");
    await test.post("/ojs/v1/workers/heartbeat", { worker_id: "w", state: "terminate", active_jobs: 1 });
    expect((await health()).body.state).toBe("shutting_down");
    await beat("terminate");
    expect((await health()).status).toBe(404);
  });
});

describe("agents", () => {
  it.each([["/v1/agent/jobs"], ["/v1/agents"]])("are reached as SDKs do it, by %s", async (prefix) => {
    await using test = await testServer();
    const { id } = await test.enqueue();
    const send = (operation: string, body: string) =>
      test.post(`${prefix}/${id}/${operation}`, body, { "content-type": "application/json", accept: "*/*" });
    expect((await send("pause", '{"reason":"approve?"}')).body.state).toBe("paused");
    expect((await send("resume", '{"approved":true,"comment":null,"metadata":null}')).body.state).toBe("running");
    const { body } = await send("fork", '{"at_turn":2,"branch_name":"b"}');
    expect(body).toMatchObject({ branch_id: expect.any(String), content_id: expect.any(String) });
    const merged = await send("merge", '{"branch_a":"main","branch_b":"b","strategy":"ours"}');
    expect(merged.body).toMatchObject({ merged_id: expect.any(String), conflicts: [] });
  });
});

describe("the table", () => {
  it("has no line twice, and none that stands for nothing", () => {
    const names = [...ALIASES, ...AGENT_ALIASES].map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
    const lonely: Route = {
      method: "GET",
      path: "/ojs/v1/jobs/:id",
      describe: { tag: "Jobs", summary: "Look", answers: { 200: "nothing" } },
      run: () => ({ status: 200, body: undefined }),
    };
    expect(() => withAliases(ALIASES, [lonely])).toThrow(/stands for .* which is no route/);
  });
});
