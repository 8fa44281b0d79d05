/** Jobs that are enqueued again with an id that their producer has chosen. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { compression, createKeyring, encryption, encryptJob, type SdkLayout } from "../../src/encryption/index.ts";
import type { EnqueueOptions } from "../../src/index.ts";
import { ObservedServer } from "./observed-server.ts";

const [old, current, fingerprintKey] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const keys = createKeyring({ current: "k1", keys: { k1: old }, fingerprintKey });
const rotated = createKeyring({ current: "k2", keys: { k1: old, k2: current }, fingerprintKey });
const without = createKeyring({ current: "k1", keys: { k1: old } });
const meta = ["customer"];

const id = "019461a8-1a2b-7c3d-8e4f-5a6b7c8d9e0f";
const order = { card: "4111", amount: 7 };
const options: EnqueueOptions = { id, meta: { tenant: "acme", customer: "ada" }, unique: { argsKeys: ["card"] } };

/** A server that has the job. */
async function serverWithJob() {
  const server = await ObservedServer.inMemory();
  await server.client(encryption({ keys, meta })).enqueue("pay.card", order, options);
  return server;
}

describe("the same job with the same id", () => {
  it("is the job that is there", async () => {
    await using server = await serverWithJob();
    const client = server.client(encryption({ keys, meta }));
    const again = await client.enqueue("pay.card", order, options);
    expect(again).toMatchObject({ id, args: [order], meta: { tenant: "acme", customer: "ada" } });
    expect(Object.keys(again.meta)).toEqual(["tenant", "customer"]);
    const [inBatch] = await client.enqueueBatch([{ type: "pay.card", args: order, options }]);
    expect(inBatch?.id).toBe(id);
    expect((await client.getJob(id)).meta).toEqual(options.meta);
  });

  it("is so after a rotation, in another layout, and from an outbox", async () => {
    await using server = await serverWithJob();
    const layouts: readonly (SdkLayout | undefined)[] = [undefined, "rust", "javascript"];
    for (const layout of layouts) {
      const client = server.client(encryption({ keys: rotated, meta, ...(layout && { layout }) }));
      expect((await client.enqueue("pay.card", order, options)).id).toBe(id);
    }
    const outbox = await encryptJob({ type: "pay.card", args: order, options }, { keys, meta });
    expect((await server.client().enqueue(outbox.type, outbox.args, outbox.options)).id).toBe(id);
  });

  it("is so when it is packed as well", async () => {
    await using server = await ObservedServer.inMemory();
    const client = server.client(compression({ threshold: 1 }), encryption({ keys }));
    const text = "a long story ".repeat(50);
    await client.enqueue("note.keep", [text], { id });
    expect((await client.enqueue("note.keep", [text], { id })).args).toEqual([text]);
  });
});

describe("another job with the same id", () => {
  it.each<[string, typeof order, EnqueueOptions]>([
    ["arguments", { ...order, amount: 8 }, options],
    ["an encrypted member of meta", order, { ...options, meta: { tenant: "acme", customer: "bob" } }],
    ["no encrypted member of meta", order, { ...options, meta: { tenant: "acme" } }],
    ["a plain member of meta", order, { ...options, meta: { tenant: "other", customer: "ada" } }],
    ["a queue", order, { ...options, queue: "other" }],
  ])("is a conflict that names the id: %s", async (_, args, other) => {
    await using server = await serverWithJob();
    const again = server.client(encryption({ keys, meta })).enqueue("pay.card", args, other);
    await expect(again).rejects.toMatchObject({ code: "duplicate", details: { existing_job_id: id } });
  });

  it("is what nobody can tell without the fingerprint key", async () => {
    await using server = await ObservedServer.inMemory();
    const client = server.client(encryption({ keys: without }));
    await client.enqueue("pay.card", order, { id });
    await expect(client.enqueue("pay.card", order, { id })).rejects.toMatchObject({ code: "duplicate" });
  });
});

it("what the store has does not tell which jobs have equal arguments", async () => {
  await using server = await ObservedServer.inMemory();
  const client = server.client(encryption({ keys }));
  const jobs = await Promise.all([1, 2, 3].map(() => client.enqueue("pay.card", order)));
  const stored = await Promise.all(jobs.map((job) => server.client().getJob(job.id)));
  const digests = stored.map((job) => job.meta["openjobs.codec.content"]);
  expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(digests).size).toBe(3);
});
