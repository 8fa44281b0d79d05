/** Where settings come from: the program before the environment, the environment before the default; and what errors tell. */
import assert from "node:assert/strict";
import {
  OjsAuthError,
  OjsClient,
  OjsConnectionError,
  OjsError,
  OjsValidationError,
  OjsWorker,
  SPEC_VERSION,
} from "openjobs";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

await using server = await createServer({ storage: memory(), apiKey: "the-key-of-this-shop" });
const { url } = await server.listen(0);

// As a deployment would set them.
process.env.OJS_BACKEND_URL = url;
process.env.OJS_AUTH_TOKEN = "the-key-of-this-shop";
process.env.OJS_QUEUE = "email,default";
process.env.OJS_CONCURRENCY = "3";

await using client = new OjsClient();
await using worker = new OjsWorker();
worker.register("email.send", ({ queue }) => `from ${queue}`);
await worker.start();
const { id } = await client.enqueue("email.send", { to: "ada@example.com" }, { queue: "email" });
for (;;) {
  const { result } = await client.getJob(id);
  if (result === "from email") break;
  await new Promise((resolve) => setTimeout(resolve, 5));
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

// The program has the last word.
await using stranger = new OjsClient({ apiKey: "another key" });
assert.ok((await failureOf(stranger.getJob(id))) instanceof OjsAuthError);
await using lost = new OjsClient({ url: "http://127.0.0.1:9", retry: false });
assert.ok((await failureOf(lost.health())) instanceof OjsConnectionError);
assert.throws(() => new OjsWorker({ concurrency: 0 }), OjsValidationError);

// An error says what it was about.
const refused = await failureOf(client.enqueue("Not A Type", [], { queue: "email" }));
assert.ok(refused instanceof OjsValidationError);
assert.deepEqual([refused.operation, refused.queue, refused.details?.field], ["enqueue", "email", "type"]);
const aborted = await failureOf(client.listQueues({}, { signal: AbortSignal.abort("enough") }));
assert.ok(aborted instanceof OjsError);
assert.deepEqual([aborted.code, aborted.cause], ["aborted", "enough"]);
assert.equal((await client.manifest()).specVersion, SPEC_VERSION);
console.log(
  "ok: the environment configured a client and a worker, the program overruled it, and errors said what they were about",
);
