/** Watches a queue and a job while they move, and sees nothing twice and nothing too little when the connection breaks. */
import assert from "node:assert/strict";
import { OjsClient, OjsWorker } from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

await using server = await createServer({ storage: memory() });
const { url } = await server.listen(0);
await using client = new OjsClient({ url });
await using worker = new OjsWorker({ transport: server.transport });
worker.register("report.build", async () => ({ pages: 12 }));

// Everything that ends in this queue, for as long as somebody looks.
await using ends = client.subscribeQueue("default", { types: ["job.completed", "job.discarded"] });
await ends.ready();

// One job: the loop ends with it.
const job = await client.enqueue("report.build", { month: "2026-10" });
const events = client.subscribeJob(job.id);
await events.ready();
await worker.start();

const moves: string[] = [];
for await (const event of events) {
  if (event.kind === "state") moves.push(`${event.from} > ${event.to}`);
  else if (event.kind === "gap") moves.length = 0; // something is missing: look at the job
}
assert.deepEqual(moves, ["available > active", "active > completed"]);

const { value: end } = await ends.next();
assert.ok(end?.kind === "job" && end.jobId === job.id);
assert.deepEqual(end.data.result, { pages: 12 });
console.log(`ok: ${moves.join(", ")}; its queue told the result`);
