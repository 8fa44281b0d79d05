/** Lines, figures and a limit of time for every job, without a word in the handlers. */
import assert from "node:assert/strict";
import { OjsClient, OjsWorker } from "openjobs";
import { logging, metrics, timeout } from "openjobs/middleware";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

const lines: string[] = [];
const write = (message: string, facts?: object): unknown => lines.push(`${message} ${JSON.stringify(facts)}`);
const figures: string[] = [];

await using server = await createServer({ storage: memory() });
const { transport } = server;
const client = new OjsClient({ transport });
await using worker = new OjsWorker({ transport });
worker.use(
  logging({ logger: { debug: write, info: write, error: write } }),
  metrics({
    completed: ({ type }) => figures.push(`${type} done`),
    failed: ({ type }) => figures.push(`${type} failed`),
  }),
  timeout("50ms"),
);
worker.register("quick", () => "done").register("slow", () => new Promise(() => undefined));
await worker.start();

await client.enqueue("quick", { password: "hunter2" });
const slow = await client.enqueue("slow", [], { retry: { maxAttempts: 1 } });
while ((await client.getJob(slow.id)).state !== "discarded") await new Promise((resolve) => setTimeout(resolve, 5));

assert.deepEqual(figures, ["quick done", "slow failed"]);
assert.equal((await client.getJob(slow.id)).error?.type, "JobTimeoutError");
assert.ok(lines.some((line) => line.startsWith("job completed")));
assert.ok(!lines.join().includes("hunter2"), "arguments are never logged");
console.log("ok: logged, counted, and one job was too slow");
