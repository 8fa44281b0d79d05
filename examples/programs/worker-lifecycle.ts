/** A worker from idle to terminated: it finishes what it runs, and hands back what does not end in time. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { OjsClient, OjsWorker } from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

await using server = await createServer({ storage: memory() });
const { transport } = server;
const client = new OjsClient({ transport });
const worker = new OjsWorker({ transport, id: "worker-1", concurrency: 2, gracePeriod: "200ms", handleSignals: false });
let began = 0;
worker.register("quick", async () => {
  began += 1;
  await sleep(30);
  return "finished";
});
worker.register("endless", async ({ signal }) => {
  began += 1;
  await sleep(60_000, undefined, { signal });
});
assert.equal(worker.state, "idle");
await worker.start();
assert.equal(worker.state, "running");

const [quick, endless] = await client.enqueueBatch([{ type: "quick" }, { type: "endless" }]);
assert.ok(quick !== undefined && endless !== undefined);
while (began < 2) await sleep(1);
assert.equal(worker.health().healthy, true);

worker.quiet(); // takes no more, goes on with what it has
const late = await client.enqueue("quick");
assert.equal(worker.state, "quiet");

await worker.stop();
assert.equal(worker.state, "terminated");
assert.equal((await client.getJob(quick.id)).result, "finished");
const handedBack = await client.getJob(endless.id);
assert.equal(handedBack.state, "available"); // for another worker
assert.equal((await client.getJob(late.id)).state, "available");
console.log("ok: one job was finished, one handed back, one never begun");
