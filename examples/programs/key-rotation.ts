/** A key that is changed while jobs wait and run: nothing is encrypted anew, and a worker without the key leaves jobs to others. */
import assert from "node:assert/strict";
import { OjsClient, OjsWorker } from "openjobs";
import { createKeyring, decryptJob, encryption } from "openjobs/encryption";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

const random = () => crypto.getRandomValues(new Uint8Array(32));
const server = await createServer({ storage: memory() });
const { transport } = server;
const [oldKey, newKey, fingerprintKey] = [random(), random(), random()];

const before = createKeyring({ current: "2025", keys: { "2025": oldKey }, fingerprintKey });
// 1. Everybody can read the new key before anybody writes it. 2. Producers and workers write it.
const during = createKeyring({ current: "2025", keys: { "2025": oldKey, "2026": newKey }, fingerprintKey });
const after = createKeyring({ current: "2026", keys: { "2025": oldKey, "2026": newKey }, fingerprintKey });
// 3. The old one is gone.
const finally_ = createKeyring({ current: "2026", keys: { "2026": newKey }, fingerprintKey });

const id = "019ac0de-0000-7000-8000-000000000001";
const card = "4111 1111 1111 1111";
const retry = { maxAttempts: 5, initialInterval: 10, jitter: false };
const job = await new OjsClient({ transport })
  .use(encryption({ keys: before }))
  .enqueue("order.pay", [card], { id, retry });

// The same order again, from a producer that has the new key already: it is known.
const client = new OjsClient({ transport }).use(encryption({ keys: after }));
assert.equal((await client.enqueue("order.pay", [card], { id, retry })).id, job.id);

// Workers, one after the other: the first does a step under the old key, the second has lost that key, the third has both.
const attempts: string[] = [];
const charges: number[] = [];
let isSlowDeployment = true;
const handler = encryption({ keys: during, results: true });
const early = encryption({ keys: finally_ });
const complete = encryption({ keys: after, results: true });
const worker = new OjsWorker({ transport }).use({
  name: "deployment",
  execute: (context, next) => {
    const [name, middleware] =
      context.attempt === 1 ? ["before", handler] : isSlowDeployment ? ["too early", early] : ["complete", complete];
    attempts.push(name);
    isSlowDeployment = context.attempt === 1;
    return middleware.execute?.(context, next);
  },
});
worker.register("order.pay", async (context) => {
  const charge = await context.step("charge", () => charges.push(charges.length + 1));
  if (context.attempt === 1) throw new Error("the worker is deployed anew");
  return { charge, card: context.args[0] };
});
await worker.start();
assert.deepEqual(await client.result(job), { charge: 1, card });
await worker.stop();
assert.deepEqual([attempts, charges], [["before", "too early", "complete"], [1]]);

// What went wrong says which key is missing, and nothing of the card.
const stored = await new OjsClient({ transport }).getJob(id);
assert.match(stored.errors[1]?.message ?? "", /There is no key "2025" here/);
assert.equal(JSON.stringify(stored).includes("4111"), false);

// Whoever drops the old key too early cannot read what was written with it, and is told so.
await assert.rejects(decryptJob(stored, finally_), {
  name: "CodecError",
  code: "key_unknown",
  keyId: "2025",
  retryable: true,
});

await client.close();
await server.close();
console.log("ok: a step under the old key, a result under the new one, and a worker that had neither in between");
