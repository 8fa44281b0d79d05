/** A handler that keeps a processor busy runs in a thread: the worker stays free, and one that never ends is killed. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { OjsClient, OjsWorker } from "openjobs";
import { isolated } from "openjobs/node";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

await using server = await createServer({ storage: memory() });
const { transport } = server;
const client = new OjsClient({ transport });
await using worker = new OjsWorker({ transport, handleSignals: false });

const countPrimes = isolated(new URL("./isolated/primes.js", import.meta.url), {
  threads: 2,
  memoryLimitMb: 64,
  killAfter: "50ms",
});
worker.register("primes.count", countPrimes);
await worker.start();

const few = await client.enqueue("primes.count", { below: 1_000 });
assert.equal(await client.result(few, { timeout: "20s" }), 168);

// Its timeout is over long before it is: the thread is killed, and nothing else is touched.
const endless = await client.enqueue("primes.count", { below: 1e12 }, { timeout: "100ms", retry: { maxAttempts: 1 } });
let ticks = 0;
while ((await client.getJob(endless.id)).state !== "discarded") {
  await sleep(10);
  ticks += 1;
}
// On this thread, the endless loop would not have let this one end.
assert.ok(ticks > 0, "this thread was never blocked");
assert.equal((await client.getJob(endless.id)).error?.code, "timeout");
await countPrimes.close();
console.log("ok: counted in a thread, and an endless one was killed");
