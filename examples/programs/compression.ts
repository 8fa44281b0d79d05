/** Large arguments that travel and are stored small. */
import assert from "node:assert/strict";
import { OjsClient, OjsWorker } from "openjobs";
import { compression, createKeyring, encryption } from "openjobs/encryption";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

const server = await createServer({ storage: memory() });
const { transport } = server;
const keys = createKeyring({ current: "1", keys: { "1": crypto.getRandomValues(new Uint8Array(32)) } });

// In this order: ciphertext cannot be compressed.
const middleware = [compression({ threshold: 4_096 }), encryption({ keys })];
const client = new OjsClient({ transport }).use(...middleware);
const rows = Array.from({ length: 2_000 }, (_, index) => ({ index, status: "shipped", carrier: "post" }));
const report = await client.enqueue("report.build", { rows });
const note = await client.enqueue("report.note", { text: "short" });

const stranger = new OjsClient({ transport });
const [stored, small] = [await stranger.getJob(report.id), await stranger.getJob(note.id)];
const before = JSON.stringify({ rows }).length;
const after = JSON.stringify(stored.args).length;
assert.ok(after * 5 < before, `${before} characters became ${after}`);
assert.deepEqual(stored.meta["ojs.codec.encodings"], ["gzip/plain", "binary/encrypted"]);
assert.deepEqual(small.meta["ojs.codec.encodings"], ["binary/encrypted"]);

const worker = new OjsWorker({ transport }).use(...middleware);
const seen = new Promise((resolve) => {
  worker.register("report.build", (job) => resolve(job.arg("rows")));
});
await worker.start();
assert.deepEqual(await seen, rows);
await worker.stop();

await client.close();
await server.close();
console.log(`ok: ${before} characters of arguments travelled as ${after}`);
