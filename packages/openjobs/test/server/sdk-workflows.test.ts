/**
 * Workflows in the bytes of each official SDK (sdk-wire-contract §0.5, §1.5, §2.2, §5, §7), run to their end by a worker that
 * knows nothing of workflows. That the answers can be read by the strictest of them is checked for each one by the test
 * server; here is what they say, and what runs when.
 */
import { describe, expect, it } from "vitest";
import { type TestServer, testServer } from "./test-server.ts";

const RUST = {
  "content-type": "application/openjobspec+json",
  accept: "application/openjobspec+json",
  "ojs-version": "1.0",
  "x-request-id": "6f1c0000-0000-4000-8000-000000000000",
};
const GO = { ...RUST, "ojs-version": "1.0.0-rc.1", "user-agent": "Go-http-client/1.1" };
const PYTHON = { ...RUST, "user-agent": "python-httpx/0.28.1" };
const JS = { ...RUST, "user-agent": "node" };

type Headers = Readonly<Record<string, string>>;

/** One job that ran: its type, and what it was told of those before it. */
interface Run {
  readonly type: string;
  readonly parents: unknown;
}

/** Fetches and ends jobs as long as there are any; those of the failing types fail for good. */
async function drain(test: TestServer, failing: readonly string[] = []): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (;;) {
    const wanted = { queues: ["default", "slow"], count: 10, worker_id: "w" };
    const { jobs } = (await test.post("/ojs/v1/workers/fetch", wanted, RUST)).body;
    if (jobs.length === 0) return runs;
    for (const { id, type, parent_results: parents } of jobs) {
      runs.push({ type, parents });
      const error = { code: "handler_error", message: "it broke", retryable: false };
      if (failing.includes(type)) await test.post("/ojs/v1/workers/nack", { job_id: id, error }, RUST);
      else await test.post("/ojs/v1/workers/ack", { job_id: id, result: { by: type } }, RUST);
    }
  }
}

const typesOf = (runs: readonly Run[]): readonly string[] => runs.map(({ type }) => type);

/** Creates it from its bytes and returns the flat answer, which must say the same as the wrapped one. */
async function create(test: TestServer, body: string, headers: Headers) {
  const { status, body: answer } = await test.post("/ojs/v1/workflows", body, headers);
  const { workflow, ...flat } = answer;
  expect(status).toBe(201);
  expect(flat).toEqual(workflow);
  return flat;
}

async function stateOf(test: TestServer, id: string): Promise<string> {
  return (await test.get(`/ojs/v1/workflows/${id}`, RUST)).body.state;
}

const CHAIN =
  '{"name":"ETL Pipeline","steps":[{"id":"step-0","type":"data.fetch","args":[{"url":"https://api.example.com"}]},' +
  '{"id":"step-1","type":"data.transform","args":[{"format":"csv"}],"depends_on":["step-0"]},' +
  '{"id":"step-2","type":"data.notify","args":[{"channel":"slack"}],"depends_on":["step-1"]}]}';

const GROUP =
  '{"steps":[{"id":"job-0","type":"export.csv","args":[{"id":1}]},{"id":"job-1","type":"export.pdf","args":[{"id":1}]}]}';

const batchOf = (...callbacks: readonly string[]): string =>
  '{"steps":[{"id":"job-0","type":"email.send","args":[{"to":"a@b.com"}]},{"id":"job-1","type":"email.check","args":[{"to":"c@d.com"}]},' +
  callbacks.map((id) => `{"id":"${id}","type":"did.${id}","args":[{}],"depends_on":["job-0","job-1"]}`).join(",") +
  "]}";

const ALL = ["on-complete", "on-success", "on-failure"];

describe("the Rust SDK's", () => {
  it("chain runs step by step and can be followed", async () => {
    await using test = await testServer();
    const { id, name, state, steps } = await create(test, CHAIN, RUST);
    expect([name, state]).toEqual(["ETL Pipeline", "running"]);
    expect(steps).toMatchObject([
      { id: "step-0", type: "data.fetch", depends_on: [] },
      { id: "step-1", type: "data.transform", depends_on: ["step-0"] },
      { id: "step-2", type: "data.notify", depends_on: ["step-1"] },
    ]);
    expect(steps[0].job_id).toEqual(expect.any(String));
    const first = await test.fetchOne();
    expect(first).toMatchObject({
      id: steps[0].job_id,
      type: "data.fetch",
      args: [{ url: "https://api.example.com" }],
    });
    // Its JobContext looks for the workflow in the meta.
    expect(first.meta.workflow_id).toBe(id);
    expect(await test.fetchOne()).toBeUndefined();
    await test.post("/ojs/v1/workers/ack", { job_id: first.id, result: { rows: 3 } }, RUST);
    expect(await drain(test)).toEqual([
      { type: "data.transform", parents: [{ rows: 3 }] },
      { type: "data.notify", parents: [{ rows: 3 }, { by: "data.transform" }] },
    ]);
    const { body } = await test.get(`/ojs/v1/workflows/${id}`, RUST);
    expect(body).toMatchObject({ id, state: "completed" });
    expect(body.steps).toMatchObject([{ state: "completed", result: { rows: 3 } }, { state: "completed" }, {}]);
    expect(body.steps[2].completed_at).toEqual(expect.any(String));
    expect((await test.call("DELETE", `/ojs/v1/workflows/${id}`, { headers: RUST })).status).toBe(409);
  });

  it("chain ends with the first step that fails", async () => {
    await using test = await testServer();
    const { id } = await create(test, CHAIN, RUST);
    expect(typesOf(await drain(test, ["data.transform"]))).toEqual(["data.fetch", "data.transform"]);
    expect(await stateOf(test, id)).toBe("failed");
  });

  it("chain can be cancelled: what has not run does not run", async () => {
    await using test = await testServer();
    const { id } = await create(test, CHAIN, RUST);
    const { status, body } = await test.call("DELETE", `/ojs/v1/workflows/${id}`, { headers: RUST });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, state: "cancelled", steps_cancelled: 3, workflow: { id, state: "cancelled" } });
    expect(body.cancelled_at).toEqual(expect.any(String));
    expect(await drain(test)).toEqual([]);
  });

  it("group runs all at once", async () => {
    await using test = await testServer();
    const { id } = await create(test, GROUP, RUST);
    const { jobs } = (await test.post("/ojs/v1/workers/fetch", { queues: ["default"], count: 5 }, RUST)).body;
    expect(jobs).toMatchObject([{ type: "export.csv" }, { type: "export.pdf" }]);
    for (const job of jobs) await test.post("/ojs/v1/workers/ack", { job_id: job.id }, RUST);
    expect(await stateOf(test, id)).toBe("completed");
  });

  it.each([
    ["README's, after a success", ["on-complete"], [], ["did.on-complete"]],
    ["README's, after a failure", ["on-complete"], ["email.send"], ["did.on-complete"]],
    ["all callbacks, after a success", ALL, [], ["did.on-complete", "did.on-success"]],
    ["all callbacks, after a failure", ALL, ["email.check"], ["did.on-complete", "did.on-failure"]],
    ["on-failure, after a success", ["on-failure"], [], []],
    ["on-failure, when all fail", ["on-failure"], ["email.send", "email.check"], ["did.on-failure"]],
  ])("batch starts its callbacks when all have ended: %s", async (_name, callbacks, failing, expected) => {
    await using test = await testServer();
    const { id } = await create(test, batchOf(...callbacks), RUST);
    const runs = await drain(test, failing);
    expect(typesOf(runs).slice(0, 2)).toEqual(["email.send", "email.check"]);
    expect(new Set(typesOf(runs).slice(2))).toEqual(new Set(expected));
    for (const { parents } of runs.slice(2)) {
      const result = (type: string) => (failing.includes(type) ? null : { by: type });
      expect(parents).toEqual([result("email.send"), result("email.check")]);
    }
    expect(await stateOf(test, id)).toBe("completed");
  });

  it("options for a workflow and for a step reach the jobs", async () => {
    await using test = await testServer();
    const body =
      '{"steps":[{"id":"step-0","type":"a.b","args":[1],"options":{"priority":5,"timeout_ms":30000,"tags":["x"],' +
      '"retry":{"max_attempts":5,"initial_interval":"PT1S","backoff_coefficient":2.0,"max_interval":"PT5M","jitter":true,"non_retryable_errors":[],"on_exhaustion":"discard"}}},' +
      '{"id":"step-1","type":"c.d","args":[],"depends_on":["step-0"]}],"options":{"queue":"slow"}}';
    await create(test, body, RUST);
    const first = await test.fetchOne({ queues: ["slow"] });
    expect(first).toMatchObject({ queue: "slow", priority: 5, timeout_ms: 30_000, tags: ["x"], max_attempts: 5 });
    await test.post("/ojs/v1/workers/ack", { job_id: first.id });
    expect(await test.fetchOne({ queues: ["slow"] })).toMatchObject({ type: "c.d", queue: "slow", priority: 0 });
  });
});

describe("the Go SDK's", () => {
  it("chain names its dependencies even where there are none", async () => {
    await using test = await testServer();
    const { id } = await create(
      test,
      '{"name":"go","steps":[{"id":"step-0","type":"go.one","args":[{"n":1}],"depends_on":[]},' +
        '{"id":"step-1","type":"go.two","args":[],"depends_on":["step-0"],"options":{"queue":"slow","timeout_ms":5000}}]}',
      GO,
    );
    expect(typesOf(await drain(test))).toEqual(["go.one", "go.two"]);
    expect((await test.get(`/ojs/v1/workflows/${id}`, GO)).body.workflow).toMatchObject({
      name: "go",
      state: "completed",
    });
  });

  it("batch has callbacks by the names of the Rust SDK", async () => {
    await using test = await testServer();
    await create(
      test,
      '{"steps":[{"id":"job-0","type":"go.job","args":[],"depends_on":[]},' +
        '{"id":"on-success","type":"go.good","args":[],"depends_on":["job-0"]},{"id":"on-failure","type":"go.bad","args":[],"depends_on":["job-0"]}]}',
      GO,
    );
    expect(typesOf(await drain(test, ["go.job"]))).toEqual(["go.job", "go.bad"]);
  });
});

describe("the Python SDK's", () => {
  const batch =
    '{"name":"py","steps":[{"id":"step-0","type":"py.job","args":["ü"],"depends_on":[]},{"id":"step-1","type":"py.other","args":[],"depends_on":[]},' +
    '{"id":"on_complete","type":"py.always","args":[],"depends_on":["step-0","step-1"],"options":{"callback_type":"on_complete","queue":"slow"}},' +
    '{"id":"on_failure","type":"py.bad","args":[],"depends_on":["step-0","step-1"],"options":{"callback_type":"on_failure"}}]}';

  it("batch has callbacks with underscores and their type in the options", async () => {
    await using test = await testServer();
    const { steps } = await create(test, batch, PYTHON);
    expect(steps.map((step: { id: string }) => step.id)).toEqual(["step-0", "step-1", "on_complete", "on_failure"]);
    expect(typesOf(await drain(test))).toEqual(["py.job", "py.other", "py.always"]);
  });

  it("batch tells of a failure", async () => {
    await using test = await testServer();
    await create(test, batch, PYTHON);
    const types = typesOf(await drain(test, ["py.other"]));
    expect(new Set(types)).toEqual(new Set(["py.job", "py.other", "py.always", "py.bad"]));
  });

  it("group has ids of steps", async () => {
    await using test = await testServer();
    const body =
      '{"name":"g","steps":[{"id":"step-0","type":"py.a","args":[],"depends_on":[]},{"id":"step-1","type":"py.b","args":[],"depends_on":[]}]}';
    const { id } = await create(test, body, PYTHON);
    expect(typesOf(await drain(test))).toEqual(["py.a", "py.b"]);
    expect(await stateOf(test, id)).toBe("completed");
  });
});

describe("the JavaScript SDK's", () => {
  it("chain holds a group, and its retry options in camel case are not understood, but do no harm", async () => {
    await using test = await testServer();
    const created = await create(
      test,
      '{"type":"chain","steps":[{"type":"a.b","args":[{}],"options":{"retry":{"maxAttempts":5}}},{"type":"group","jobs":[{"type":"c.d","args":[]},{"type":"e.f","args":[]}]},{"type":"g.h","args":[]}]}',
      JS,
    );
    expect(created).toMatchObject({
      type: "chain",
      state: "running",
      metadata: { created_at: expect.any(String), job_count: 4, completed_count: 0, failed_count: 0 },
    });
    expect(await drain(test)).toEqual([
      { type: "a.b", parents: expect.toSatisfy((parents) => parents === undefined || parents.length === 0) },
      { type: "c.d", parents: [{ by: "a.b" }] },
      { type: "e.f", parents: [{ by: "a.b" }] },
      { type: "g.h", parents: [{ by: "a.b" }, [{ by: "c.d" }, { by: "e.f" }]] },
    ]);
    expect((await test.get(`/ojs/v1/workflows/${created.id}`, JS)).body).toMatchObject({
      state: "completed",
      metadata: { completed_count: 4, failed_count: 0 },
    });
  });

  it("batch has its callbacks apart", async () => {
    await using test = await testServer();
    await create(
      test,
      '{"type":"batch","name":"js","jobs":[{"type":"a.b","args":[]}],"callbacks":{"on_complete":{"type":"c.d","args":[1]}}}',
      JS,
    );
    expect(typesOf(await drain(test))).toEqual(["a.b", "c.d"]);
  });
});
