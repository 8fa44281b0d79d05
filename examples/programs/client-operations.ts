/** What a client can do besides enqueuing one job: batches, look-ups, workflows, queues, dead letters, cron jobs, the server itself. */
import assert from "node:assert/strict";
import { chain, group, OjsClient, OjsWorker, step } from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

await using server = await createServer({ storage: memory() });
const { transport } = server;
await using client = new OjsClient({ transport });

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

// A batch is accepted as a whole; a job can be looked at, and cancelled until it has ended.
const jobs = await client.enqueueBatch([
  { type: "image.resize", args: { width: 100 }, options: { queue: "images" } },
  { type: "image.resize", args: { width: 200 }, options: { queue: "images", delay: "1h", tags: ["later"] } },
]);
const [first, second] = jobs;
assert.ok(first && second);
assert.equal((await client.cancelJob(second.id)).state, "cancelled");
assert.deepEqual((await client.getJob(first.id)).args, [{ width: 100 }]);

// Queues.
assert.equal((await client.pauseQueue("images")).paused, true);
assert.deepEqual(
  (await client.listQueues()).items.map(({ name }) => name),
  ["images"],
);
assert.equal((await client.getQueueStats("images")).counts.available, 1);
await client.resumeQueue("images");

// Workflows: the second one is cancelled before anybody works.
const workflow = await client.createWorkflow(chain([step("fetch"), group([step("pack"), step("sign")])]));
const unwanted = await client.createWorkflow(chain([step("fetch")]));
assert.equal((await client.cancelWorkflow(unwanted.id)).state, "cancelled");

await using worker = new OjsWorker({ transport, queues: ["default", "images"] });
for (const type of ["fetch", "pack", "sign", "image.resize"]) worker.register(type, () => type);
worker.register("broken", () => {
  throw new Error("no luck");
});
await worker.start();
await until(async () => (await client.getWorkflow(workflow.id)).state === "completed");
assert.equal((await client.getJob(first.id)).result, "image.resize");
assert.equal((await client.getJobHistory(first.id)).items.at(-1)?.type, "job.attempt_completed");

// Dead letters: jobs that failed for good and were kept.
await client.enqueue("broken", [], { retry: { maxAttempts: 1, onExhaustion: "dead_letter" } });
await until(async () => (await client.listDeadLetterJobs()).items.length === 1);
const [dead] = (await client.listDeadLetterJobs()).items;
assert.ok(dead);
assert.equal((await client.retryDeadLetterJob(dead.id)).state, "available");

// Cron jobs: registering the same again changes nothing.
for (let start = 0; start < 2; start += 1) {
  await client.registerCronJob({ name: "nightly", cron: "0 3 * * *", timezone: "Europe/Berlin", type: "fetch" });
}
assert.equal((await client.listCronJobs()).items.length, 1);
await client.deleteCronJob("nightly");

// The server about itself.
assert.equal((await client.health()).healthy, true);
const { specVersion, conformanceLevel, implementation } = await client.manifest();
assert.deepEqual([specVersion, conformanceLevel, implementation.name], ["1.0", 4, "openjobs"]);
console.log("ok: batch, look-up, cancellation, queues, workflows, dead letters, cron jobs, health and manifest");
