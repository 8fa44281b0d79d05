/** Enqueues and waits for what the handlers return: many waits, one connection, and errors that say what went wrong. */
import assert from "node:assert/strict";
import {
  chain,
  defineJob,
  group,
  OjsClient,
  OjsJobFailedError,
  OjsTimeoutError,
  OjsWorker,
  OjsWorkflowFailedError,
} from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

await using server = await createServer({ storage: memory() });
const { url } = await server.listen(0);
await using client = new OjsClient({ url });
await using worker = new OjsWorker({ transport: server.transport });
worker.register("image.resize", async (job) => ({ width: Number(job.args[0]) / 2 }));
worker.register("image.break", async () => {
  throw new RangeError("not an image");
});
await worker.start();

// The second type parameter says what the handler returns.
const jobs = await Promise.all(
  [640, 800, 1024].map((width) => client.enqueue<[number], { width: number }>("image.resize", [width])),
);
const results = await Promise.all(jobs.map((job) => client.result(job, { timeout: "10s" })));
assert.deepEqual(
  results.map(({ width }) => width),
  [320, 400, 512],
);

const broken = await client.enqueue("image.break", [], { retry: { maxAttempts: 1 } });
await assert.rejects(client.result(broken), (error) => {
  assert.ok(error instanceof OjsJobFailedError);
  assert.equal(error.state, "discarded");
  assert.equal(error.errors[0]?.message, "not an image");
  return true;
});

const tomorrow = await client.enqueue("image.resize", [1], { delay: "1d" });
await assert.rejects(client.result(tomorrow, { timeout: 20 }), OjsTimeoutError);
// A whole workflow: the definitions of its steps say what comes out.
const resize = defineJob<number, { width: number }>("image.resize");
const breakIt = defineJob("image.break", { retry: { maxAttempts: 1 } });
const workflow = await client.createWorkflow(chain([resize.with(640), group([resize.with(320), resize.with(160)])]));
const [{ width }, [half, quarter]] = (await client.workflowResult(workflow, { timeout: "10s" })).results;
assert.deepEqual([width, half.width, quarter.width], [320, 160, 80]);

const failing = await client.createWorkflow(chain([resize.with(640), breakIt.with()]));
await assert.rejects(client.workflowResult(failing), (error) => {
  assert.ok(error instanceof OjsWorkflowFailedError);
  assert.equal(error.errors[0]?.message, "not an image");
  return true;
});
console.log("ok: three results, one failure with its reason, one wait that was too short, the results of a workflow");
