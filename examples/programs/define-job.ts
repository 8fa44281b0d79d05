/** One definition types the producer, a batch, a workflow, the handler, events and what is read. */
import assert from "node:assert/strict";
import { chain, defineJob, OjsClient, OjsWorker } from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

const sendEmail = defineJob<[to: string, template: "welcome" | "reset"], { messageId: string }>("email.send", {
  queue: "email",
  retry: { maxAttempts: 5 },
});
const finish = defineJob("newsletter.finish", { queue: "email" });

await using server = await createServer({ storage: memory() });
await using client = new OjsClient({ transport: server.transport });
await using worker = new OjsWorker({ transport: server.transport, queues: ["email"], handleSignals: false });

const sent: string[] = [];
const finished = new Promise<void>((resolve) => worker.register(finish, () => resolve()));
worker.register(sendEmail, async ({ args: [to, template] }) => {
  sent.push(`${template} ${to}`);
  return { messageId: `m-${sent.length}` };
});

// @ts-expect-error there is no such template: this does not compile
sendEmail.with(["ada@example.com", "goodbye"]);

const first = await client.enqueue(sendEmail, ["ada@example.com", "welcome"], { priority: "high" });
await client.enqueueBatch(["bob", "eve"].map((name) => sendEmail.with([`${name}@example.com`, "welcome"])));
await client.createWorkflow(chain([sendEmail.with(["dan@example.com", "reset"]), finish.with()]));
await using events = client.subscribe({ jobs: [sendEmail, finish], types: ["job.completed"] });
await events.ready();
await worker.start();
await finished;

const job = await client.getJob(sendEmail, first.id);
assert.equal(job.result?.messageId, "m-1");
for await (const event of events) {
  if (!sendEmail.is(event) || event.kind !== "job") continue;
  assert.match(event.data.result?.messageId ?? "", /^m-\d$/);
  break;
}
assert.equal(job.maxAttempts, 5);
assert.deepEqual(sent.sort(), [
  "reset dan@example.com",
  "welcome ada@example.com",
  "welcome bob@example.com",
  "welcome eve@example.com",
]);
console.log("ok: one definition typed an enqueue, a batch, a workflow, their handler, an event and a look");
