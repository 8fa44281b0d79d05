/** A worker with limits for a queue and for a type, beside jobs that have none. */
import assert from "node:assert/strict";
import { type JobContext, OjsClient, OjsWorker } from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

const server = await createServer({ storage: memory() });
const client = new OjsClient({ transport: server.transport });
const worker = new OjsWorker({
  transport: server.transport,
  concurrency: 20,
  queues: ["default", { name: "reports", concurrency: 3 }, "exports"],
});

const expected = new Map([
  ["email.send", 4],
  ["report.build", 3],
  ["export.write", 1],
]);
const running = new Map<string, number>();
const most = new Map<string, number>();
const run = async ({ type }: JobContext) => {
  const now = (running.get(type) ?? 0) + 1;
  running.set(type, now);
  most.set(type, Math.max(now, most.get(type) ?? 0));
  // Until as many run as are expected to, however slow this machine is, and then a moment for one too many.
  while ((most.get(type) ?? 0) < (expected.get(type) ?? 0)) await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => setTimeout(resolve, 5));
  running.set(type, (running.get(type) ?? 0) - 1);
};
worker.register("email.send", run);
worker.register("report.build", run);
worker.register("export.write", run, { concurrency: 1 });

const queues = { "email.send": "default", "report.build": "reports", "export.write": "exports" };
const jobs = await Promise.all(
  Object.entries(queues).flatMap(([type, queue]) =>
    Array.from({ length: 8 }, (_, n) => client.enqueue(type, [n], { queue, retry: { maxAttempts: 1 } })),
  ),
);
await worker.start();
for (const { id } of jobs) {
  while ((await client.getJob(id)).state !== "completed") await new Promise((resolve) => setTimeout(resolve, 10));
}

assert.equal(most.get("report.build"), 3); // as many as its queue may have
assert.equal(most.get("export.write"), 1); // as many as the type may have
assert.ok((most.get("email.send") ?? 0) > 3); // no limit but the worker's

await worker.stop();
await server.close();
console.log("ok: limits of a queue and of a type");
