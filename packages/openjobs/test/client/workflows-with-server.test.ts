/** Workflows from the builders to the handlers: client, real server and worker, in process and over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  batch,
  chain,
  graph,
  group,
  type JobContext,
  OjsClient,
  OjsConflictError,
  OjsNotFoundError,
  OjsValidationError,
  OjsWorker,
  step,
  type Transport,
  type Workflow,
} from "../../src/index.ts";
import { losing, serverWays } from "./server-ways.ts";

const [inProcess, overHttp] = serverWays();

describe.each([inProcess, overHttp])("%s", (way, open) => {
  const queue = `wf-${way}`;
  const options = { queue };
  let transport: Transport;
  let client: OjsClient;
  let worker: OjsWorker;
  /** What ran: type and results of the steps before. */
  let runs: { readonly type: string; readonly parents: readonly unknown[] }[];
  let broken: string[];

  beforeEach(async () => {
    transport = open();
    client = new OjsClient({ transport, retry: { baseDelay: 0 } });
    worker = new OjsWorker({ transport, queues: [queue], handleSignals: false, pollInterval: "10ms" });
    runs = [];
    broken = [];
    const handler = ({ type, parentResults }: JobContext): { by: string } => {
      runs.push({ type, parents: parentResults });
      if (broken.includes(type)) throw new Error(`${type} is broken`);
      return { by: type };
    };
    for (const type of ["a", "b", "c", "d", "e"]) worker.register(type, handler);
    await worker.start();
  });

  afterEach(() => worker.stop());

  const once = { retry: { maxAttempts: 1 } } as const;
  const types = (): readonly string[] => runs.map(({ type }) => type);

  /** The workflow once it has ended. */
  async function ended({ id }: Workflow): Promise<Workflow> {
    await expect.poll(async () => (await client.getWorkflow(id)).state, { interval: 10 }).not.toBe("running");
    return client.getWorkflow(id);
  }

  it("a chain with a group inside: each step has the results of those before", async () => {
    const definition = chain([step("a", { n: 1 }), group([step("b"), step("c")]), step("d")], {
      name: "nested",
      options,
    });
    const workflow = await client.createWorkflow(definition);
    expect(workflow).toMatchObject({ type: "chain", name: "nested", state: "running", jobCount: 4, completedCount: 0 });
    const done = await ended(workflow);
    expect(done).toMatchObject({ state: "completed", jobCount: 4, completedCount: 4, failedCount: 0, errors: [] });
    expect(done.completedAt).toEqual(expect.any(String));
    expect(runs.at(-1)).toEqual({ type: "d", parents: [{ by: "a" }, [{ by: "b" }, { by: "c" }]] });
    const results = done.steps.filter(({ jobId }) => jobId !== undefined).map(({ type, result }) => ({ type, result }));
    expect(results).toContainEqual({ type: "a", result: { by: "a" } });
  });

  it("a batch: the callbacks that its outcome calls for, each once", async () => {
    broken = ["b"];
    const jobs = [step("a"), step("b", [], once)];
    const then = { onComplete: step("c"), onSuccess: step("d"), onFailure: step("e"), options };
    const done = await ended(await client.createWorkflow(batch(jobs, then)));
    expect(done).toMatchObject({ type: "batch", state: "completed", failedCount: 1 });
    expect([...types()].sort()).toEqual(["a", "b", "c", "e"]);
    expect(runs.find(({ type }) => type === "e")?.parents).toEqual([{ by: "a" }, null]);
  });

  it("a graph: every step after those that it depends on", async () => {
    const diamond = graph(
      {
        top: step("a"),
        left: { ...step("b"), dependsOn: ["top"] },
        right: { ...step("c"), dependsOn: ["top"] },
        bottom: { ...step("d"), dependsOn: ["left", "right"] },
      },
      { name: "diamond", options },
    );
    const done = await ended(await client.createWorkflow(diamond));
    expect(done).toMatchObject({ name: "diamond", state: "completed" });
    expect([types()[0], types()[3]]).toEqual(["a", "d"]);
    expect(done.steps.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
      ["top", []],
      ["left", ["top"]],
      ["right", ["top"]],
      ["bottom", ["left", "right"]],
    ]);
  });

  it("a chain that fails says where and why, and can be retried from there", async () => {
    broken = ["b"];
    const failed = await ended(
      await client.createWorkflow(chain([step("a"), step("b", [], once), step("c")], { options })),
    );
    expect(failed).toMatchObject({ state: "failed", failedStepIndex: 1, failedCount: 1 });
    expect(failed.failedJobIds).toHaveLength(1);
    expect(failed.errors).toMatchObject([{ jobId: failed.failedJobIds[0], message: "b is broken" }]);
    expect(types()).toEqual(["a", "b"]);
    broken = [];
    expect(await client.retryWorkflow(failed.id)).toMatchObject({ id: failed.id, state: "running" });
    expect(await ended(failed)).toMatchObject({ state: "completed", completedCount: 3 });
    expect(types()).toEqual(["a", "b", "b", "c"]);
    await expect(client.retryWorkflow(failed.id)).rejects.toBeInstanceOf(OjsConflictError);
  });

  it("a workflow is cancelled, also twice; one that has ended is not", async () => {
    const waiting = await client.createWorkflow(chain([step("a", [], { delay: "1h" }), step("b")], { options }));
    const cancelled = await client.cancelWorkflow(waiting.id);
    expect(cancelled).toMatchObject({
      id: waiting.id,
      state: "cancelled",
      stepsCancelled: 2,
      stepsAlreadyCompleted: 0,
    });
    expect(await client.cancelWorkflow(waiting.id)).toMatchObject({ state: "cancelled" });
    const done = await ended(await client.createWorkflow(chain([step("a")], { options })));
    await expect(client.cancelWorkflow(done.id)).rejects.toBeInstanceOf(OjsConflictError);
    expect(types()).toEqual(["a"]);
  });

  it("a workflow is created once, however many answers get lost", async () => {
    const unlucky = new OjsClient({
      transport: losing(transport, 2, ({ method }) => method === "POST"),
      retry: { baseDelay: 0 },
    });
    const name = `once ${way}`;
    const workflow = await unlucky.createWorkflow(chain([step("a")], { name, options }));
    await ended(workflow);
    expect(types()).toEqual(["a"]);
    expect(await client.listWorkflows({ name })).toMatchObject({ items: [{ id: workflow.id, name }], total: 1 });
  });

  it("workflows are listed, by state and name, page by page", async () => {
    const name = `list ${way}`;
    const made: Workflow[] = [];
    for (let count = 0; count < 5; count += 1) {
      made.push(await client.createWorkflow(group([step("a", [], { delay: "1h" })], { name, options })));
    }
    const first = await client.listWorkflows({ name, state: "running", limit: 3 });
    expect(first).toMatchObject({ total: 5, hasMore: true });
    const second = await client.listWorkflows({ name, limit: 3, cursor: first.nextCursor ?? "" });
    const ids = [...first.items, ...second.items].map(({ id }) => id);
    expect(ids).toEqual(made.map(({ id }) => id).reverse());
    expect((await client.listWorkflows({ name, state: "failed" })).items).toEqual([]);
  });

  it("what cannot work is refused whole, with its place", async () => {
    const refusals: readonly [Parameters<OjsClient["createWorkflow"]>[0], string][] = [
      [chain([step("a"), group([step("Not A Type")])]), "steps[1].jobs[0].type"],
      [batch([step("a")], { onFailure: step("b", [], { queue: "NO" }) }), "callbacks.on_failure.options.queue"],
      [graph({ x: { ...step("a"), dependsOn: ["y"] }, y: { ...step("b"), dependsOn: ["x"] } }), "steps"],
    ];
    for (const [definition, field] of refusals) {
      const error = await client.createWorkflow(definition).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(OjsValidationError);
      expect(error).toMatchObject({ operation: "createWorkflow", details: { field: expect.stringContaining(field) } });
    }
    expect(runs).toEqual([]);
    await expect(client.getWorkflow("019b7000-0000-7000-8000-00000000dead")).rejects.toBeInstanceOf(OjsNotFoundError);
  });
});
