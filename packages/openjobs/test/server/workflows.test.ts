/** Workflows over the edge: what the specification shows, and what the official SDKs send (sdk-wire-contract §0.5, §5, §7). */
import { describe, expect, it } from "vitest";
import { type TestServer, testServer } from "./test-server.ts";

const PATH = "/ojs/v1/workflows";
const RUST = { "content-type": "application/openjobspec+json", "ojs-version": "1.0" };

const step = (type: string, queue = "default") => ({ type, args: [], options: { queue } });
const chain = { type: "chain", name: "letters", steps: [step("a.one"), step("a.two"), step("a.three")] };

async function fetchAll(test: TestServer, count = 100) {
  const { body } = await test.post("/ojs/v1/workers/fetch", { queues: ["default"], count });
  return body.jobs;
}

function ack(test: TestServer, job: { id: string }, result: unknown = null) {
  return test.post("/ojs/v1/workers/ack", { job_id: job.id, result });
}

function discard(test: TestServer, job: { id: string }) {
  const error = { code: "handler_error", message: "boom", retryable: false };
  return test.post("/ojs/v1/workers/nack", { job_id: job.id, error });
}

/** Runs everything that can be fetched; `fails` names the types that do not succeed. Answers the types in their order. */
async function drain(test: TestServer, fails: readonly string[] = []): Promise<string[]> {
  const types: string[] = [];
  for (let jobs = await fetchAll(test); jobs.length > 0; jobs = await fetchAll(test)) {
    for (const job of jobs) {
      types.push(job.type);
      await (fails.includes(job.type) ? discard(test, job) : ack(test, job, { of: job.type }));
    }
  }
  return types;
}

describe("a workflow", () => {
  it("is created in the two shapes that readers expect, with its place", async () => {
    await using test = await testServer();
    const { status, headers, body } = await test.post(PATH, chain);
    expect(status).toBe(201);
    const { workflow, ...flat } = body;
    expect(flat).toEqual(workflow);
    expect(headers.location).toBe(`${PATH}/${workflow.id}`);
    expect(workflow).toMatchObject({
      type: "chain",
      name: "letters",
      state: "running",
      steps_total: 3,
      steps_completed: 0,
      metadata: { job_count: 3, completed_count: 0, failed_count: 0, created_at: workflow.created_at },
    });
    expect(workflow.steps).toMatchObject([
      { id: "step-0", index: 0, type: "a.one", state: "pending", job_state: "available", job_id: expect.any(String) },
      { id: "step-1", index: 1, type: "a.two", state: "waiting", job_id: null },
      { id: "step-2", index: 2, type: "a.three", state: "waiting", job_id: null },
    ]);
  });

  it("shows its progress, with results, and gives jobs its id and the results before them", async () => {
    await using test = await testServer();
    const { id } = (await test.post(PATH, chain)).body;
    const [one] = await fetchAll(test);
    expect(one).toMatchObject({ workflow_id: id, meta: { workflow_id: id }, parent_results: [] });
    expect((await test.get(`${PATH}/${id}`)).body.steps[0]).toMatchObject({ state: "active" });
    await ack(test, one, { order: 1 });
    const [two] = await fetchAll(test);
    expect(two).toMatchObject({ type: "a.two", parent_results: [{ order: 1 }] });
    await ack(test, two);
    const { workflow } = (await test.get(`${PATH}/${id}`)).body;
    expect(workflow).toMatchObject({ state: "running", steps_completed: 2, started_at: expect.any(String) });
    expect(workflow.steps).toMatchObject([
      { state: "completed", result: { order: 1 }, completed_at: expect.any(String), started_at: expect.any(String) },
      { state: "completed" },
      { state: "pending" },
    ]);
    expect(workflow.steps[1]).not.toHaveProperty("result");
  });

  it("says what failed", async () => {
    await using test = await testServer();
    const { id } = (await test.post(PATH, chain)).body;
    await drain(test, ["a.two"]);
    const { workflow } = (await test.get(`${PATH}/${id}`)).body;
    const failed = workflow.steps[1];
    expect(workflow).toMatchObject({
      state: "failed",
      steps_completed: 1,
      completed_at: expect.any(String),
      failed_step_index: 1,
      failed_job_ids: [failed.job_id],
      errors: [{ job_id: failed.job_id, step_id: "step-1", code: "handler_error", message: "boom", attempt: 1 }],
      metadata: { failed_count: 1 },
    });
    expect(workflow.steps.map(({ state }: { state: string }) => state)).toEqual(["completed", "failed", "cancelled"]);
  });

  it("names the callback that failed", async () => {
    await using test = await testServer();
    const { id } = (
      await test.post(PATH, { type: "batch", jobs: [step("a.one")], callbacks: { on_complete: step("a.cb") } })
    ).body;
    await drain(test, ["a.cb"]);
    const { workflow } = (await test.get(`${PATH}/${id}`)).body;
    expect(workflow).toMatchObject({
      state: "failed",
      jobs_total: 1,
      jobs_completed: 1,
      errors: [{ callback: "on_complete" }],
    });
    expect(workflow.callbacks).toMatchObject({ on_complete: { type: "a.cb", state: "failed" } });
    expect(workflow.steps).toHaveLength(1);
  });

  it("is cancelled with its jobs, and only once", async () => {
    await using test = await testServer();
    const { id } = (await test.post(PATH, chain)).body;
    const [one] = await fetchAll(test);
    await ack(test, one);
    const { status, body } = await test.del(`${PATH}/${id}`);
    expect(status).toBe(200);
    expect(body.workflow).toMatchObject({
      id,
      state: "cancelled",
      cancelled_at: expect.any(String),
      steps_cancelled: 2,
      steps_already_completed: 1,
    });
    expect(await fetchAll(test)).toEqual([]);
    expect(await test.del(`${PATH}/${id}`)).toMatchObject({ status: 409, body: { error: { code: "conflict" } } });
    expect(await test.del(`${PATH}/unknown`)).toMatchObject({ status: 404, body: { error: { code: "not_found" } } });
    expect((await test.get(`${PATH}/unknown`)).status).toBe(404);
  });

  it("is listed, the newest first, by state and name", async () => {
    await using test = await testServer();
    const ids: string[] = [];
    for (const name of ["a", "b", "a"]) ids.unshift((await test.post(PATH, { ...chain, name })).body.id);
    await test.del(`${PATH}/${ids[1]}`);
    const first = (await test.get(`${PATH}?limit=2`)).body;
    expect(first.workflows.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2));
    expect(first.pagination).toMatchObject({ total: 3, has_more: true });
    const second = (await test.get(`${PATH}?limit=2&cursor=${first.pagination.next_cursor}`)).body;
    expect(second.workflows).toMatchObject([{ id: ids[2], state: "running", steps_total: 3 }]);
    expect((await test.get(`${PATH}?state=cancelled`)).body.workflows).toMatchObject([{ id: ids[1] }]);
    expect((await test.get(`${PATH}?state=running&name=a`)).body.pagination.total).toBe(2);
    expect((await test.get(`${PATH}?state=pending`)).body.workflows).toEqual([]);
    expect((await test.get(`${PATH}?state=odd`)).body.error.details.field).toBe("state");
    expect((await test.get(`${PATH}?cursor=odd`)).status).toBe(400);
  });

  it("that a client sends again under its id is answered as it is, and another one is a duplicate", async () => {
    await using test = await testServer();
    const named = { ...chain, id: "letters:2026-01" };
    expect((await test.post(PATH, named)).status).toBe(201);
    await drain(test);
    expect(await test.post(PATH, named)).toMatchObject({ status: 200, body: { state: "completed" } });
    expect(await test.post(PATH, { ...named, name: "x" })).toMatchObject({
      status: 409,
      body: { error: { code: "duplicate" } },
    });
  });

  it("nests, and shows the inner ones with states of their own", async () => {
    await using test = await testServer();
    const inner = {
      type: "group",
      id: "fan-out",
      name: "parallel",
      jobs: [step("b.one"), { type: "chain", steps: [step("b.two")] }],
    };
    const { id } = (await test.post(PATH, { type: "chain", steps: [step("a.one"), inner, step("a.last")] })).body;
    const [first] = await fetchAll(test);
    await ack(test, first, 1);
    const running = (await test.get(`${PATH}/${id}`)).body.workflow;
    expect(running.metadata.job_count).toBe(4);
    expect(running.steps[1]).toMatchObject({
      id: "fan-out",
      index: 1,
      type: "group",
      name: "parallel",
      state: "active",
    });
    expect(running.steps[1].steps).toMatchObject([
      { type: "b.one", state: "pending" },
      { type: "chain", steps: [{ type: "b.two" }] },
    ]);
    const members = await fetchAll(test);
    for (const job of members) expect(job.parent_results).toEqual([1]);
    for (const job of members) await ack(test, job, job.type);
    const [last] = await fetchAll(test);
    expect(last).toMatchObject({ type: "a.last", parent_results: [1, ["b.one", ["b.two"]]] });
    await ack(test, last);
    expect((await test.get(`${PATH}/${id}`)).body).toMatchObject({
      state: "completed",
      steps: [{}, { state: "completed" }, {}],
    });
  });

  it("replaces results that are too many by references, the last ones last", async () => {
    await using test = await testServer();
    const { id } = (await test.post(PATH, chain)).body;
    const [one] = await fetchAll(test);
    await ack(test, one, "x".repeat(600_000));
    const [two] = await fetchAll(test);
    await ack(test, two, "y".repeat(600_000));
    const [three] = await fetchAll(test);
    expect(three.parent_results).toEqual([
      { result_ref: `/ojs/v1/jobs/${one.id}`, result_size_bytes: 600_002, result_content_type: "application/json" },
      "y".repeat(600_000),
    ]);
    expect((await test.get(three.parent_results[0].result_ref)).body.job.result).toHaveLength(600_000);
    expect((await test.get(`${PATH}/${id}`)).body.steps[0].result).toEqual(three.parent_results[0]);
  });

  it("hands its options, meta and trace down to its jobs, which go before", async () => {
    await using test = await testServer();
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    await test.post(PATH, {
      options: { queue: "mail", priority: 5, "x-note": 1 },
      meta: { tenant_id: "t1", traceparent, a: 1 },
      steps: [
        { id: "one", type: "a.one", args: [] },
        { id: "two", type: "a.two", args: [], priority: 9, meta: { a: 2 }, options: { tags: ["t"] } },
      ],
    });
    const jobs = (await test.post("/ojs/v1/workers/fetch", { queues: ["mail"], count: 2 })).body.jobs;
    const common = { tenant_id: "t1", traceparent, "ojs.workflow.trace_origin": traceparent };
    expect(jobs).toMatchObject([
      { type: "a.two", priority: 9, tags: ["t"], meta: { ...common, a: 2 }, options: { "x-note": 1 } },
      { type: "a.one", priority: 5, meta: { ...common, a: 1 } },
    ]);
  });
});

describe("the official SDKs: a workflow of", () => {
  const dag = (id: string, type: string, depends_on?: string[]) => ({
    id,
    type,
    args: [{}],
    ...(depends_on === undefined ? {} : { depends_on }),
  });

  it("Rust, a chain", async () => {
    await using test = await testServer();
    const steps = [
      { id: "step-0", type: "data.fetch", args: [{ url: "https://api.example.com" }] },
      { id: "step-1", type: "data.transform", args: [{ format: "csv" }], depends_on: ["step-0"] },
      { id: "step-2", type: "data.notify", args: [{ channel: "slack" }], depends_on: ["step-1"] },
    ];
    const { status, body } = await test.post(PATH, { name: "ETL Pipeline", steps }, RUST);
    expect(status).toBe(201);
    expect(body).toMatchObject({ type: "chain", state: "running", steps_total: 3 });
    expect(body.steps).toMatchObject(steps.map(({ id, type, depends_on = [] }) => ({ id, type, depends_on })));
    expect(await drain(test)).toEqual(["data.fetch", "data.transform", "data.notify"]);
    expect((await test.get(`${PATH}/${body.id}`, RUST)).body.state).toBe("completed");
  });

  it("Rust, a group", async () => {
    await using test = await testServer();
    const steps = [dag("job-0", "export.csv"), dag("job-1", "export.pdf")];
    const { body } = await test.post(PATH, { steps }, RUST);
    expect(body).toMatchObject({ type: "group", jobs_total: 2 });
    expect((await fetchAll(test)).map(({ type }: { type: string }) => type)).toEqual(["export.csv", "export.pdf"]);
  });

  const callbacks = (ids: readonly string[]) =>
    ids.map((id) => dag(id, `cb.${id.replaceAll("-", "_")}`, ["job-0", "job-1"]));
  const jobs = [dag("job-0", "email.send"), dag("job-1", "email.other")];

  it.each([
    ["Rust, a batch", callbacks(["on-complete", "on-success", "on-failure"])],
    [
      "Go, a batch",
      callbacks(["on-complete", "on-success", "on-failure"]).map((one) => ({ ...one, options: { queue: "default" } })),
    ],
    [
      "Python, a batch",
      callbacks(["on_complete", "on_success", "on_failure"]).map((one) => ({
        ...one,
        options: { callback_type: one.id },
      })),
    ],
  ])("%s: its callbacks run as their names say", async (_, steps) => {
    await using test = await testServer();
    const body = { steps: [...jobs.map((job) => ({ ...job, depends_on: [] })), ...steps] };
    const good = (await test.post(PATH, body, RUST)).body;
    expect(good).toMatchObject({ type: "batch", jobs_total: 2 });
    expect(good.steps.map(({ id }: { id: string }) => id)).toEqual(body.steps.map(({ id }) => id));
    expect(Object.keys(good.callbacks)).toEqual(["on_complete", "on_success", "on_failure"]);
    expect(await drain(test)).toEqual(["email.send", "email.other", "cb.on_complete", "cb.on_success"]);
    const bad = (await test.post(PATH, body, RUST)).body;
    expect(await drain(test, ["email.send"])).toEqual(["email.send", "email.other", "cb.on_complete", "cb.on_failure"]);
    expect((await test.get(`${PATH}/${good.id}`)).body.state).toBe("completed");
    expect((await test.get(`${PATH}/${bad.id}`)).body).toMatchObject({
      state: "completed",
      metadata: { failed_count: 1 },
    });
  });

  it("JS, typed and nested", async () => {
    await using test = await testServer();
    const body = {
      type: "chain",
      steps: [
        { type: "a.b", args: [{}], options: {} },
        {
          type: "group",
          jobs: [
            { type: "c.d", args: [] },
            { type: "c.e", args: [] },
          ],
        },
      ],
    };
    expect((await test.post(PATH, body)).status).toBe(201);
    expect(await drain(test)).toEqual(["a.b", "c.d", "c.e"]);
  });

  it("http-binding's own: a graph", async () => {
    await using test = await testServer();
    const steps = [dag("a", "g.a", []), dag("b", "g.b", []), dag("d", "g.d", ["b", "c"]), dag("c", "g.c", ["a", "b"])];
    const { body } = await test.post(PATH, { name: "diamond", steps, options: { queue: "default" } }, RUST);
    expect(body).toMatchObject({
      steps_total: 4,
      steps: [{ id: "a" }, { id: "b" }, { id: "d", depends_on: ["b", "c"] }, { id: "c" }],
    });
    const [a, b] = await fetchAll(test);
    await ack(test, a, "A");
    await ack(test, b, "B");
    const [c] = await fetchAll(test);
    expect(c).toMatchObject({ type: "g.c", parent_results: ["A", "B"] });
    await discard(test, c);
    const { workflow } = (await test.get(`${PATH}/${body.id}`)).body;
    expect(workflow.state).toBe("failed");
    expect(workflow.steps.map(({ state }: { state: string }) => state)).toEqual([
      "completed",
      "completed",
      "cancelled",
      "failed",
    ]);
  });
});

describe("a request for a workflow is refused whole", () => {
  const graph = (...edges: readonly [string, string[]][]) => ({
    steps: edges.map(([id, depends_on]) => ({ id, type: "a.b", args: [], depends_on })),
  });
  const nested = (levels: number): object =>
    levels === 0 ? step("a.b") : { type: "chain", steps: [nested(levels - 1)] };

  it.each([
    ["without type and steps", {}, "type"],
    ["of an unknown type", { type: "saga", steps: [] }, "type"],
    ["without steps", { type: "chain", steps: [] }, "steps"],
    ["with jobs that are no array", { type: "group", jobs: {} }, "jobs"],
    ["without callbacks", { type: "batch", jobs: [step("a.b")] }, "callbacks"],
    ["with an empty list of callbacks", { type: "batch", jobs: [step("a.b")], callbacks: {} }, "callbacks"],
    [
      "with an unknown callback",
      { type: "batch", jobs: [step("a.b")], callbacks: { onComplete: step("a.b") } },
      "callbacks.onComplete",
    ],
    [
      "with a callback that is no job",
      { type: "batch", jobs: [step("a.b")], callbacks: { on_complete: 1 } },
      "callbacks.on_complete",
    ],
    ["with a step that is no object", { type: "chain", steps: [step("a.b"), null] }, "steps[1]"],
    ["with a step without args", { type: "chain", steps: [step("a.b"), { type: "a.b" }] }, "steps[1].args"],
    [
      "with a bad type in a nested job",
      { type: "chain", steps: [{ type: "group", jobs: [step("A B")] }] },
      "steps[0].jobs[0].type",
    ],
    [
      "with a bad option",
      { type: "group", jobs: [{ ...step("a.b"), options: { priority: 1_000 } }] },
      "jobs[0].options.priority",
    ],
    ["with a bad option for all", { type: "group", jobs: [step("a.b")], options: [] }, "options"],
    [
      "with a meta of another tenant",
      { type: "group", meta: { tenant_id: "a" }, jobs: [{ ...step("a.b"), meta: { tenant_id: "b" } }] },
      "jobs[0].meta.tenant_id",
    ],
    ["with a bad id", { ...chain, id: "a b" }, "id"],
    ["with a name that is too long", { ...chain, name: "x".repeat(256) }, "name"],
    ["with a step name that is no text", { type: "chain", steps: [{ ...step("a.b"), name: 1 }] }, "steps[0].name"],
    ["with an id twice", graph(["a", []], ["a", []]), "steps[1].id"],
    ["with a dependency that is not there", graph(["a", []], ["b", ["a", "z"]]), "steps[1].depends_on[1]"],
    ["with a circle", graph(["a", []], ["b", ["a", "d"]], ["c", ["b"]], ["d", ["c"]]), "steps"],
    ["with a step that waits for itself", graph(["a", ["a"]]), "steps"],
    [
      "with dependencies in a chain",
      { type: "chain", steps: [{ ...step("a.b"), depends_on: ["x"] }] },
      "steps[0].depends_on",
    ],
    ["nested too deep", nested(9), "steps[0].steps[0].steps[0].steps[0].steps[0].steps[0].steps[0].steps[0]"],
  ])("%s", async (_, body, field) => {
    await using test = await testServer();
    const answer = await test.post(PATH, body);
    expect(answer.status).toBe(400);
    const { error } = answer.body;
    expect(error).toMatchObject({
      code: "invalid_request",
      details: { field, validation_errors: [{ path: `$.${field}`, message: error.message }] },
    });
    expect((await test.get(PATH)).body.pagination.total).toBe(0);
    expect(await fetchAll(test)).toEqual([]);
  });

  it("and says which steps wait for each other", async () => {
    await using test = await testServer();
    const { body } = await test.post(PATH, graph(["a", []], ["b", ["a", "d"]], ["c", ["b"]], ["d", ["c"]]));
    expect(body.error.message).toContain("b → d → c → b");
  });

  it("with a retry policy that makes no sense: 422, as for a job", async () => {
    await using test = await testServer();
    const { status, body } = await test.post(PATH, {
      type: "group",
      jobs: [{ ...step("a.b"), options: { retry: { max_attempts: -1 } } }],
    });
    expect([status, body.error.type]).toEqual([422, "validation_error"]);
    expect(body.error.details.field).toContain("jobs[0].options.retry");
  });

  it("with too many jobs: 413", async () => {
    await using test = await testServer();
    const jobs = Array.from({ length: 5_001 }, () => step("a.b"));
    const { status, body } = await test.post(PATH, {
      type: "chain",
      steps: [
        { type: "group", jobs },
        { type: "group", jobs },
      ],
    });
    expect([status, body.error.details.field, body.error.details.max]).toEqual([413, "steps[1].jobs[4999]", 10_000]);
  });

  it("takes as many levels as the manifest says", async () => {
    await using test = await testServer();
    expect((await test.get("/ojs/manifest")).body).toMatchObject({
      capabilities: { workflows: true },
      limits: { max_workflow_depth: 8 },
    });
    expect((await test.post(PATH, nested(8))).status).toBe(201);
  });
});
