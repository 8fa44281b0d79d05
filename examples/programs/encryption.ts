/** Arguments and results that only producers and workers can read, a key that is changed on the way, and unique jobs all the same. */
import assert from "node:assert/strict";
import { OjsClient, OjsWorker } from "openjobs";
import { createKeyring, decryptJob, encryption } from "openjobs/encryption";
import { createServer } from "openjobs/server";
import { memory } from "openjobs/storage/memory";

const random = () => crypto.getRandomValues(new Uint8Array(32));
const server = await createServer({ storage: memory() });
const { transport } = server;

// Last year's producer, and this year's: the new key is written, the old one still read.
const oldKey = random();
const fingerprintKey = random();
const lastYear = createKeyring({ current: "2025", keys: { "2025": oldKey }, fingerprintKey });
const keys = createKeyring({ current: "2026", keys: { "2025": oldKey, "2026": random() }, fingerprintKey });
const oldClient = new OjsClient({ transport }).use(encryption({ keys: lastYear }));
const client = new OjsClient({ transport }).use(encryption({ keys }));

const unique = { argsKeys: ["order"], onConflict: "ignore" } as const;
const card = "4111 1111 1111 1111";
const first = await oldClient.enqueue("payment.charge", { order: 7, card }, { unique });
const again = await client.enqueue("payment.charge", { order: 7, card }, { unique });
assert.equal(again.id, first.id, "the same order, although neither ciphertext nor key is the same");
const second = await client.enqueue("payment.charge", { order: 8, card }, { unique });

// What the server has, and whoever looks into it.
const stranger = new OjsClient({ transport });
const stored = await stranger.getJob(second.id);
assert.equal(JSON.stringify(stored).includes("4111"), false);
assert.equal(stored.meta["ojs.codec.key_id"], "2026");

const cards: unknown[] = [];
const worker = new OjsWorker({ transport }).use(encryption({ keys, results: true, required: true }));
worker.register("payment.charge", (job) => {
  cards.push(job.arg("card"));
  return { receipt: `for ${job.arg("card")}` };
});
const done = new Promise<void>((resolve) => {
  worker.register("payment.end", () => resolve());
});
await worker.start();
await client.enqueue("payment.end");
await done;
await worker.stop();
assert.deepEqual(cards, [card, card]);

// Somebody who has the keys.
const sealed = await stranger.getJob(second.id);
assert.equal(JSON.stringify(sealed.result).includes("4111"), false);
const { args, result } = await decryptJob(sealed, keys);
assert.deepEqual(args, [{ order: 8, card }]);
assert.deepEqual(result, { receipt: `for ${card}` });

await client.close();
await server.close();
console.log("ok: two jobs of three with two keys, and no card number in the server");
