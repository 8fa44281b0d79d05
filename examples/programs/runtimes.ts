/**
 * The round trip of a job on whatever runs this: Node, Bun or Deno. It needs nothing but the SDK and `fetch`. With OJS_URL it asks that server, and
 * without it starts one in this process.
 *
 *     npm run example runtimes
 *     OJS_URL=http://localhost:8080 bun examples/programs/runtimes.ts
 *     OJS_URL=http://localhost:8080 deno run --allow-net --allow-env examples/programs/runtimes.ts
 */
import assert from "node:assert/strict";
import { FetchTransport, OjsClient, OjsWorker } from "openjobs";

/** Bun and Deno say which version of Node they are like, and beside it who they are. */
const { bun, deno, node } = process.versions;
const runtime = bun !== undefined ? `Bun ${bun}` : deno !== undefined ? `Deno ${deno}` : `Node ${node}`;

const given = process.env.OJS_URL;
const server = given === undefined ? await startServer() : undefined;
const transport = new FetchTransport({ url: given ?? server?.url ?? "" });
const client = new OjsClient({ transport });
// A queue of its own, so that the server may be one that others use.
const queue = `runtimes-${Date.now()}`;
const worker = new OjsWorker({ transport, queues: [queue], handleSignals: false });
worker.register("runtime.name", (job) => ({ greeting: `${job.arg("greeting")}, I am ${runtime}` }));
await worker.start();

const job = await client.enqueue("runtime.name", { greeting: "Hello" }, { queue });
assert.match(job.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/); // a UUIDv7, by this runtime's WebCrypto
assert.deepEqual(await client.result(job, { timeout: "10s" }), { greeting: `Hello, I am ${runtime}` });

await worker.stop();
await client.close();
await server?.close();
console.log(`ok: a job went to the server and back by fetch, on ${runtime}`);

async function startServer() {
  const { createServer } = await import("openjobs/server");
  const { memory } = await import("openjobs/storage/memory");
  const started = await createServer({ storage: memory() });
  return { url: (await started.listen(0)).url, close: () => started.close() };
}
