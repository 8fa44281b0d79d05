/** Workflows on the wire, to the byte, and what the client makes of the answers of different servers. */
import { describe, expect, it } from "vitest";
import { OjsClient } from "../../src/client/client.ts";
import { batch, chain, graph, group, step } from "../../src/client/workflow-builders.ts";
import { OjsConflictError, OjsValidationError } from "../../src/core/errors.ts";
import { ManualClock } from "./manual-clock.ts";
import { answer, type Reply, refusal, ScriptedTransport } from "./scripted-transport.ts";
import { clientOn, exchange } from "./wire-exchange.ts";

const ID = "019b7000-0000-7000-8000-000000000001";
const workflow = { id: ID, type: "chain", state: "running", metadata: { created_at: "T", job_count: 3 } };

async function sentFor(definition: Parameters<OjsClient["createWorkflow"]>[0]): Promise<string> {
  return (await exchange({ workflow }, (client) => client.createWorkflow(definition), 201)).sent;
}

describe("createWorkflow sends", () => {
  it("a chain: its steps in order, with all their options", async () => {
    const sent = await sentFor(
      chain(
        [
          step("data.fetch", { url: "https://example.com" }),
          step("data.load", ["warehouse", 3], {
            queue: "etl",
            priority: "high",
            delay: "5m",
            timeout: "30s",
            retry: { maxAttempts: 5, initialInterval: "2s" },
            unique: { keys: ["type"], period: "1h" },
            tags: ["t"],
            meta: { tenant: "a" },
            schema: "urn:x",
          }),
          step("user.notify"),
        ],
        { name: "ETL" },
      ),
    );
    expect(sent).toBe(
      'POST /ojs/v1/workflows {"id":"id-1","type":"chain","name":"ETL","steps":[' +
        '{"type":"data.fetch","args":[{"url":"https://example.com"}]},' +
        '{"type":"data.load","args":["warehouse",3],"meta":{"tenant":"a"},"schema":"urn:x","options":{"queue":"etl","priority":10,' +
        '"delay_until":"+PT5M","timeout_ms":30000,"retry":{"max_attempts":5,"initial_interval":"PT2S"},' +
        '"unique":{"keys":["type"],"period":"PT1H"},"tags":["t"]}},{"type":"user.notify","args":[]}]}',
    );
  });

  it("a group", async () => {
    expect(await sentFor(group([step("export.csv", 1), step("export.pdf", 1)]))).toBe(
      'POST /ojs/v1/workflows {"id":"id-1","type":"group","jobs":[{"type":"export.csv","args":[1]},{"type":"export.pdf","args":[1]}]}',
    );
  });

  it("a batch with its callbacks", async () => {
    const jobs = ["a@b.com", "c@d.com"].map((to) => step("email.send", { to }));
    const then = {
      name: "mails",
      onComplete: step("report", {}),
      onSuccess: step("done"),
      onFailure: step("page", [], { queue: "ops" }),
    };
    expect(await sentFor(batch(jobs, then))).toBe(
      'POST /ojs/v1/workflows {"id":"id-1","type":"batch","name":"mails","jobs":[{"type":"email.send","args":[{"to":"a@b.com"}]},' +
        '{"type":"email.send","args":[{"to":"c@d.com"}]}],"callbacks":{"on_complete":{"type":"report","args":[{}]},' +
        '"on_success":{"type":"done","args":[]},"on_failure":{"type":"page","args":[],"options":{"queue":"ops"}}}}',
    );
  });

  it("workflows in workflows, plain objects as steps, and options for all of them", async () => {
    const inner = batch(
      [{ type: "b" }, chain([step("c"), step("d", [], { queue: "own" })], { options: { tags: ["x"] } })],
      {
        onSuccess: step("e"),
        name: "inner",
        options: { priority: 1 },
      },
    );
    expect(await sentFor(chain([{ type: "a", args: [null] }, inner], { options: { queue: "all" } }))).toBe(
      'POST /ojs/v1/workflows {"id":"id-1","type":"chain","steps":[{"type":"a","args":[null],"options":{"queue":"all"}},' +
        '{"type":"batch","name":"inner","jobs":[{"type":"b","args":[],"options":{"queue":"all","priority":1}},' +
        '{"type":"chain","steps":[{"type":"c","args":[],"options":{"queue":"all","priority":1,"tags":["x"]}},' +
        '{"type":"d","args":[],"options":{"queue":"own","priority":1,"tags":["x"]}}]}],' +
        '"callbacks":{"on_success":{"type":"e","args":[],"options":{"queue":"all","priority":1}}}}]}',
    );
  });

  it("a graph as http-binding has it", async () => {
    const definition = graph(
      {
        fetch: step("data.fetch"),
        clean: { ...step("data.clean", { strict: true }), dependsOn: ["fetch"] },
        report: { type: "report.build", dependsOn: ["fetch", "clean"], options: { queue: "slow" } },
      },
      { name: "diamond", options: { queue: "fast" } },
    );
    expect(await sentFor(definition)).toBe(
      'POST /ojs/v1/workflows {"id":"id-1","name":"diamond","steps":[' +
        '{"id":"fetch","type":"data.fetch","args":[],"options":{"queue":"fast"},"depends_on":[]},' +
        '{"id":"clean","type":"data.clean","args":[{"strict":true}],"options":{"queue":"fast"},"depends_on":["fetch"]},' +
        '{"id":"report","type":"report.build","args":[],"options":{"queue":"slow"},"depends_on":["fetch","clean"]}]}',
    );
  });

  it("the same value however often it is used: builders and calls change nothing", async () => {
    const definition = chain([step("a", [1])], { name: "n" });
    const copy = structuredClone(definition);
    expect(await sentFor(definition)).toBe(await sentFor(definition));
    expect(definition).toEqual(copy);
  });
});

describe("createWorkflow refuses, before anything is sent,", () => {
  it.each([
    ["a chain of nothing", chain([]), "steps"],
    ["a group of nothing inside of a chain", chain([step("a"), group([])]), "steps[1].jobs"],
    ["a graph of nothing", graph({}), "steps"],
    ["a batch without callbacks", batch([step("a")], {} as never), "callbacks"],
    ["a step without a type", group([step("a"), step("")]), "jobs[1].type"],
    ["an argument that cannot travel", chain([group([step("a", [1, [2n as never]])])]), "steps[0].jobs[0].args[1][0]"],
    ["an option that does not exist", chain([step("a", [], { dealy: 1 } as never)]), "steps[0].dealy"],
    ["an option that a step cannot have", chain([step("a", [], { id: ID } as never)]), "steps[0].options.id"],
    ["a bad callback", batch([step("a")], { onFailure: step("") }), "callbacks.onFailure.type"],
    ["a bad step of a graph", graph({ one: step("a", [Number.NaN]) }), "steps.one.args[0]"],
  ])("%s", async (_name, definition, field) => {
    const transport = new ScriptedTransport();
    const outcome = await clientOn(transport)
      .createWorkflow(definition)
      .catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(OjsValidationError);
    expect(outcome).toMatchObject({ code: "invalid_request", details: { field } });
    expect(transport.requests).toEqual([]);
  });
});

describe("a workflow is read", () => {
  it.each([
    ["wrapped", { workflow }],
    ["flat", workflow],
    ["both ways", { workflow, ...workflow }],
  ])("%s", async (_name, response) => {
    const { sent, result } = await exchange(response, (client) => client.getWorkflow(ID));
    expect(sent).toBe(`GET /ojs/v1/workflows/${ID}`);
    expect(result).toMatchObject({ id: ID, type: "chain", state: "running", createdAt: "T", jobCount: 3 });
  });

  it("with the steps of ojs-workflows", async () => {
    const steps = [
      {
        index: 0,
        type: "order.validate",
        state: "completed",
        job_id: "j-0",
        result: { valid: true },
        started_at: "T1",
        completed_at: "T2",
      },
      {
        index: 1,
        type: "group",
        name: "inner",
        state: "active",
        jobs: [{ type: "x", state: "failed", job_id: "j-1" }],
      },
      { index: 2, type: "user.notify", state: "waiting", job_id: null },
    ];
    const metadata = {
      created_at: "T0",
      started_at: "T1",
      job_count: 3,
      completed_count: 1,
      failed_count: 1,
      failed_step_index: 1,
      failed_job_ids: ["j-1"],
      errors: [{ job_id: "j-1", code: "handler_error", message: "boom", attempt: 3 }],
    };
    const response = { workflow: { ...workflow, name: "orders", state: "failed", steps, metadata } };
    const { result } = await exchange(response, (client) => client.getWorkflow(ID));
    expect(result).toEqual({
      id: ID,
      type: "chain",
      name: "orders",
      state: "failed",
      createdAt: "T0",
      startedAt: "T1",
      jobCount: 3,
      completedCount: 1,
      failedCount: 1,
      failedStepIndex: 1,
      failedJobIds: ["j-1"],
      errors: [{ jobId: "j-1", type: "handler_error", code: "handler_error", message: "boom", attempt: 3 }],
      callbacks: {},
      steps: [
        {
          index: 0,
          type: "order.validate",
          state: "completed",
          jobId: "j-0",
          result: { valid: true },
          startedAt: "T1",
          completedAt: "T2",
          dependsOn: [],
        },
        {
          index: 1,
          type: "group",
          name: "inner",
          state: "active",
          dependsOn: [],
          steps: [{ type: "x", state: "failed", jobId: "j-1", dependsOn: [] }],
        },
        { index: 2, type: "user.notify", state: "waiting", dependsOn: [] },
      ],
    });
  });

  it("with the ids and counts of http-binding and of the official cases", async () => {
    const steps = [{ id: "send", type: "email.send", state: "available", job_id: "j", depends_on: ["other"] }];
    const counted = { id: ID, state: "running", steps, created_at: "T", steps_total: 2, steps_completed: 1, more: [1] };
    const { result } = await exchange({ workflow: counted }, (client) => client.getWorkflow(ID));
    expect(result).toMatchObject({ createdAt: "T", jobCount: 2, completedCount: 1, failedCount: 0 });
    expect(result.steps).toEqual([
      { id: "send", type: "email.send", state: "available", jobId: "j", dependsOn: ["other"] },
    ]);
    const group = { id: ID, type: "group", state: "running", jobs_total: 5, jobs_completed: 4 };
    expect((await exchange({ workflow: group }, (client) => client.getWorkflow(ID))).result).toMatchObject({
      jobCount: 5,
      completedCount: 4,
      steps: [],
    });
  });

  it.each(["", "[]", '{"workflow":7}', '{"state":"running"}'])("but not from %j", async (body) => {
    const outcome = exchange(body, (client) => client.getWorkflow(ID));
    await expect(outcome).rejects.toMatchObject({ code: "invalid_response", operation: "getWorkflow" });
  });
});

it("cancelWorkflow, retryWorkflow, listWorkflows", async () => {
  const gone = { ...workflow, state: "cancelled", cancelled_at: "T", steps_cancelled: 2, steps_already_completed: 1 };
  const cancelled = await exchange({ workflow: gone }, (client) => client.cancelWorkflow(ID));
  expect(cancelled.sent).toBe(`DELETE /ojs/v1/workflows/${ID}`);
  expect(cancelled.result).toMatchObject({ cancelledAt: "T", stepsCancelled: 2, stepsAlreadyCompleted: 1 });
  const retried = await exchange({ workflow }, (client) => client.retryWorkflow(ID));
  expect(retried.sent).toBe(`POST /ojs/v1/workflows/${ID}/retry`);
  const query = { state: "failed", name: "a b", limit: 5, cursor: "c" } as const;
  const page = { workflows: [workflow], pagination: { total: 7, has_more: true, next_cursor: "d" } };
  const listed = await exchange(page, (client) => client.listWorkflows(query));
  expect(listed.sent).toBe("GET /ojs/v1/workflows?state=failed&name=a+b&limit=5&cursor=c");
  expect(listed.result).toMatchObject({ items: [{ id: ID }], total: 7, hasMore: true, nextCursor: "d" });
});

describe("when answers get lost,", () => {
  const lost = new Error("socket hang up");
  const created: Reply = answer(201, { workflow });
  const manifest = (...extensions: string[]): Reply => answer(200, { specversion: "1.0", extensions });
  const KNOWS = "urn:ojs:ext:x:openjobs:workflow-ids";
  const create = (client: OjsClient): Promise<unknown> => client.createWorkflow(chain([step("a")]));

  async function outcomeOf(replies: readonly Reply[], call: (client: OjsClient) => Promise<unknown>, retry?: false) {
    const clock = new ManualClock();
    const transport = new ScriptedTransport(...replies);
    const client = new OjsClient(
      { transport, ...(retry === undefined ? {} : { retry }) },
      { clock, random: () => 0.5 },
    );
    const outcome = await clock.until(call(client).catch((error: unknown) => error));
    const requests = transport.requests.filter(({ method }) => method === "POST");
    return { outcome, bodies: requests.map(({ body }) => body), sent: transport.requests.length };
  }

  it("a workflow is created again where the server knows it by its id", async () => {
    const { outcome, bodies } = await outcomeOf(
      [lost, manifest(KNOWS), refusal(503, "backend_error"), created],
      create,
    );
    expect(outcome).toMatchObject({ id: ID });
    expect(bodies).toHaveLength(3);
    expect(new Set(bodies).size).toBe(1);
  });

  it("the manifest is asked for until the server is back", async () => {
    const { outcome } = await outcomeOf([lost, lost, refusal(503, "backend_error"), manifest(KNOWS), created], create);
    expect(outcome).toMatchObject({ id: ID });
  });

  it("a workflow is not created again where it might run twice", async () => {
    const { outcome, bodies } = await outcomeOf([lost, manifest("urn:other"), created], create);
    expect(outcome).toMatchObject({ code: "connection_error", operation: "createWorkflow" });
    expect(bodies).toHaveLength(1);
  });

  it("nothing is repeated for a client that does not want it", async () => {
    expect(await outcomeOf([lost, manifest(KNOWS), created], create, false)).toMatchObject({ sent: 1 });
  });

  it("a cancelled workflow is a success, one that ended otherwise a conflict", async () => {
    const cancel = (client: OjsClient): Promise<unknown> => client.cancelWorkflow(ID);
    const found = (state: string): Reply => answer(200, { workflow: { ...workflow, state } });
    const { outcome } = await outcomeOf([refusal(409, "conflict"), found("cancelled")], cancel);
    expect(outcome).toMatchObject({ state: "cancelled" });
    const other = await outcomeOf([refusal(409, "conflict"), found("completed")], cancel);
    expect(other.outcome).toBeInstanceOf(OjsConflictError);
  });

  it("a retry is not repeated: it could be a second one", async () => {
    const { outcome, sent } = await outcomeOf([lost, created], (client) => client.retryWorkflow(ID));
    expect(outcome).toMatchObject({ code: "connection_error", operation: "retryWorkflow" });
    expect(sent).toBe(1);
  });
});
