/** Results of workflows from the real server, typed by the definitions of their steps. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FetchTransport } from "../../src/client/fetch-transport.ts";
import { HttpTransport } from "../../src/client/node-transport.ts";
import type { Transport } from "../../src/client/transport.ts";
import {
  batch,
  chain,
  defineJob,
  graph,
  group,
  OjsClient,
  OjsWorker,
  OjsWorkflowFailedError,
  step,
} from "../../src/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";

const fetchData = defineJob<[url: string], { rows: number }>("data.fetch");
const double = defineJob<number, number>("number.double");
const nothing = defineJob("nothing.do");
const fail = defineJob("fail", { retry: { maxAttempts: 1 } });
const large = defineJob<number, string>("text.make");

/** More than one answer about a workflow holds in all. */
const LARGE_CHARS = 600_000;

let server: OjsServer;
let worker: OjsWorker;
let url: string;

beforeAll(async () => {
  server = await createServer({ storage: memory() });
  ({ url } = await server.listen(0));
  worker = new OjsWorker({ transport: server.transport, handleSignals: false });
  worker.register(fetchData, ({ args: [url] }) => ({ rows: url.length }));
  worker.register(double, ({ args: [n] }) => n * 2);
  worker.register(nothing, () => undefined);
  worker.register(large, ({ args: [n] }) => String(n).repeat(LARGE_CHARS));
  worker.register(fail, () => {
    throw new TypeError("no luck");
  });
  await worker.start();
});

afterAll(async () => {
  await worker.stop();
  await server.close({ graceMs: 0 });
});

const ways: readonly [string, () => Transport][] = [
  ["in process", () => server.transport],
  ["over node:http", () => new HttpTransport({ url })],
  ["over fetch", () => new FetchTransport({ url })],
];

describe.each(ways)("results of workflows %s", (_, open) => {
  it("come as the definitions say", async () => {
    await using client = new OjsClient({ transport: open() });
    const [first, second, third] = await Promise.all([
      client.createWorkflow(chain([fetchData.with(["abc"]), group([double.with(2), nothing.with()])])),
      client.createWorkflow(batch([double.with(1), fail.with()], { onComplete: nothing.with() })),
      client.createWorkflow(graph({ two: { ...fetchData.with([""]), dependsOn: ["one"] }, one: double.with(4) })),
    ]);
    const [{ results: inOrder }, { results: some }, { byName }] = await Promise.all([
      client.workflowResult(first),
      client.workflowResult(second),
      client.workflowResult(third),
    ]);
    const [{ rows }, [doubled, none]] = inOrder;
    expect([rows, doubled, none]).toEqual([3, 4, null]);
    expect(some).toEqual([2, null]);
    expect([byName.one, byName.two.rows]).toEqual([8, 0]);
  });
});

describe("a workflow that is waited for", () => {
  it("rejects when it fails and when it is cancelled", async () => {
    const client = new OjsClient({ transport: server.transport });
    const failing = await client.createWorkflow(chain([double.with(3), fail.with(), nothing.with()]));
    const error = await client.workflowResult(failing).catch((caught: unknown) => caught);
    if (!(error instanceof OjsWorkflowFailedError)) throw new Error("not that error");
    expect([error.state, error.errors[0]?.message, error.workflow.steps[0]?.result]).toEqual(["failed", "no luck", 6]);
    const waiting = await client.createWorkflow(chain([step("nobody.runs.it"), nothing.with()]));
    const outcome = client.workflowResult(waiting);
    await client.cancelWorkflow(waiting.id);
    await expect(outcome).rejects.toMatchObject({ name: "OjsWorkflowFailedError", state: "cancelled" });
  });

  it("has all of its results, also those that the server leaves out of the workflow", async () => {
    const client = new OjsClient({ transport: server.transport });
    const workflow = await client.createWorkflow(group([large.with(1), large.with(2), large.with(3)]));
    const { results, workflow: ended } = await client.workflowResult(workflow);
    expect(results.map((text) => [text.at(0), text.length])).toEqual(
      ["1", "2", "3"].map((digit) => [digit, LARGE_CHARS]),
    );
    expect(ended.steps.some(({ result }) => typeof result !== "string")).toBe(true);
  });
});
