/** An operator's evening: what failed, on which queue, who holds what; retried, given up, tidied away. */
import assert from "node:assert/strict";
import { OjsClient, OjsWorker } from "openjobs";
import { OjsAdmin } from "openjobs/admin";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

await using server = await createServer({ storage: memory() });
const { transport } = server;
const client = new OjsClient({ transport });
const admin = new OjsAdmin({ transport });

let healthy = false;
await using worker = new OjsWorker({ transport, queues: ["email"] });
worker.register("email.send", () => {
  if (!healthy) throw new Error("the mail server is away");
});
await worker.start();
const retry = { maxAttempts: 1, onExhaustion: "dead_letter" } as const;
await client.enqueueBatch(
  Array.from({ length: 7 }, (_, n) => ({ type: "email.send", args: { n }, options: { queue: "email", retry } })),
);

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}
await until(async () => (await admin.getDeadLetterStats()).total === 7);

// While somebody repairs the mail server, nothing is handed out.
assert.equal((await admin.pauseQueue("email")).paused, true);
const page = await admin.listJobs({ states: ["discarded"], queue: "email", limit: 3 });
assert.equal(page.items.length, 3);
assert.equal(page.items[0]?.errors[0]?.message, "the mail server is away");

// All pages, one after another: one is given up, the others are tried again.
const [hopeless] = page.items;
assert.ok(hopeless);
await admin.discardJob(hopeless.id);
for await (const job of admin.jobs({ type: "email.*", states: ["discarded"], limit: 2 })) await admin.retryJob(job.id);
assert.equal((await admin.getQueueStats("email")).counts.available, 6);

healthy = true;
await admin.resumeQueue("email");
await until(async () => (await admin.stats()).jobs.completed === 6);
assert.equal((await admin.listWorkers()).items[0]?.id, worker.id);
assert.equal(await admin.purgeQueue("email", { states: ["completed"] }), 6);
assert.equal((await admin.stats()).jobs.completed, 0);
console.log("ok: seven failed jobs were found; one was given up, six were retried, completed and tidied away");
