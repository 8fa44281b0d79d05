/** Encryption and compression on every way that a job can take through a real server. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  compression,
  createKeyring,
  decryptJob,
  decryptResult,
  encryption,
  encryptJob,
} from "../../src/encryption/index.ts";
import { chain, defineJob, group, type JobContext, step } from "../../src/index.ts";
import { ObservedServer } from "./observed-server.ts";
import { WRITERS } from "./other-sdks.ts";

const SECRET = "card-4111-1111-1111-1111";
const key = randomBytes(32);
const keys = createKeyring({ current: "k1", keys: { k1: key }, fingerprintKey: randomBytes(32) });

/** Handlers that remember what they saw. */
function recorder(result?: unknown) {
  const seen: JobContext[] = [];
  let look = (): void => undefined;
  const handler = (job: JobContext): unknown => {
    seen.push(job);
    look();
    return result;
  };
  return {
    seen,
    handler,
    /** Once it was called so often. */
    until: (count: number): Promise<void> =>
      new Promise((resolve) => {
        look = () => (seen.length >= count ? resolve() : undefined);
        look();
      }),
  };
}

describe("neither the wire nor the store has anything of the arguments of", () => {
  it("jobs, batches, workflows and recurring jobs, and handlers see them", async () => {
    await using server = await ObservedServer.onDisk();
    const client = server.client(encryption({ keys }));
    const single = await client.enqueue("pay.card", { card: SECRET, way: "enqueue" }, { meta: { tenant: "acme" } });
    expect(single).toMatchObject({ args: [{ card: SECRET, way: "enqueue" }], meta: { tenant: "acme" } });
    const [first] = await client.enqueueBatch([
      { type: "pay.card", args: { card: SECRET, way: "batch" } },
      { type: "pay.card", args: { card: SECRET, way: "batch" } },
    ]);
    expect(first?.args).toEqual([{ card: SECRET, way: "batch" }]);
    await client.createWorkflow(
      chain([
        step("pay.card", { card: SECRET, way: "chain" }),
        group([step("pay.card", { card: SECRET, way: "group" }), step("pay.card", { card: SECRET, way: "group" })]),
      ]),
    );
    await client.registerCronJob({
      name: "nightly",
      cron: "0 0 1 1 *",
      type: "pay.card",
      args: { card: SECRET, way: "cron" },
    });
    await client.triggerCronJob("nightly");
    await client.updateCronJob("nightly", { type: "pay.card", args: { card: SECRET, way: "changed" } });
    const { seen, handler, until } = recorder();
    await server.work({ "pay.card": handler }, encryption({ keys, required: true }));
    await until(7);
    const ways = seen.map(({ args: [first] }) => first);
    expect(ways).toEqual(
      expect.arrayContaining([
        { card: SECRET, way: "chain" },
        { card: SECRET, way: "cron" },
      ]),
    );
    expect(seen.every((job) => job.arg("card") === SECRET && job.job.args === job.args)).toBe(true);
    // Which of them is first to be decrypted is chance.
    const metas = seen.filter(({ meta }) => "tenant" in meta).map(({ meta }) => meta);
    expect(metas).toEqual([{ tenant: "acme" }]);
    expect(server.carries(SECRET)).toBe(false);
  });

  it("results and what later steps see of them", async () => {
    await using server = await ObservedServer.onDisk();
    const client = server.client(encryption({ keys }));
    const first = recorder({ receipt: SECRET });
    const second = recorder([SECRET]);
    const last = recorder();
    await server.work(
      { "step.one": first.handler, "step.two": second.handler, "step.last": last.handler },
      encryption({ keys, results: true }),
    );
    const workflow = await client.createWorkflow(
      chain([step("step.one"), group([step("step.two"), step("step.two")]), step("step.last")]),
    );
    await last.until(1);
    const { results } = await client.workflowResult(workflow);
    expect(results).toEqual([{ receipt: SECRET }, [[SECRET], [SECRET]], null]);
    expect(JSON.stringify(last.seen[0]?.parentResults).split(SECRET).length).toBeGreaterThan(2);
    const done = await client.getJob(first.seen[0]?.id ?? "");
    expect(await decryptResult(done.result, keys)).toEqual({ receipt: SECRET });
    expect((await decryptJob(done, keys)).result).toEqual({ receipt: SECRET });
    expect(server.carries(SECRET)).toBe(false);
  });

  it("named members of meta, and the search itself works", async () => {
    await using server = await ObservedServer.onDisk();
    const client = server.client(encryption({ keys, meta: ["customer"] }));
    const { seen, handler, until } = recorder();
    await client.enqueue("pay.card", [1], { meta: { customer: SECRET, tenant: "open-to-see-for-everybody" } });
    await server.work({ "pay.card": handler }, encryption({ keys }));
    await until(1);
    expect(seen[0]?.meta).toEqual({ customer: SECRET, tenant: "open-to-see-for-everybody" });
    expect(server.carries(SECRET)).toBe(false);
    expect(server.carries("open-to-see-for-everybody")).toBe(true);
    await server
      .client()
      .enqueue("note.keep", [Buffer.from("x: hidden in base64, found all the same").toString("base64")]);
    expect(server.carries("hidden in base64")).toBe(true);
  });
});

describe("a client that encrypts", () => {
  it("reads jobs and results, and those of no other key", async () => {
    await using server = await ObservedServer.inMemory();
    const client = server.client(compression({ threshold: 1 }), encryption({ keys, meta: ["customer"] }));
    const long = { card: SECRET.repeat(20) };
    const { id } = await client.enqueue("pay.card", long, { meta: { customer: SECRET } });
    await server.work(
      { "pay.card": () => [SECRET], "note.none": () => undefined },
      encryption({ keys, results: true }),
    );
    expect(await client.result(id)).toEqual([SECRET]);
    expect(await client.getJob(id)).toMatchObject({ args: [long], meta: { customer: SECRET }, result: [SECRET] });
    const pay = defineJob<{ card: string }, string[]>("pay.card");
    expect((await client.getJob(pay, id)).result).toEqual([SECRET]);
    expect(await client.result(await client.enqueue("note.none"))).toBe(null);

    const stranger = server.client(encryption({ keys: createKeyring({ current: "k9", keys: { k9: key } }) }));
    const unknown = { name: "CodecError", code: "key_unknown", keyId: "k1" };
    await expect(stranger.getJob(id)).rejects.toMatchObject(unknown);
    await expect(stranger.result(id)).rejects.toMatchObject(unknown);
    expect((await server.client().getJob(id)).meta["ojs.codec.key_id"]).toBe("k1");
  });

  it("reads what is only packed with compression alone, and leaves ciphertext to others", async () => {
    await using server = await ObservedServer.inMemory();
    const packing = server.client(compression({ threshold: 1 }));
    const text = "a long story ".repeat(50);
    const { id } = await packing.enqueue("note.keep", [text], { meta: { tenant: "acme" } });
    expect((await server.client().getJob(id)).args).not.toEqual([text]);
    expect(await packing.getJob(id)).toMatchObject({ args: [text], meta: { tenant: "acme" } });
    const { id: secret } = await server.client(encryption({ keys })).enqueue("note.keep", [text]);
    expect(await packing.getJob(secret)).toEqual(await server.client().getJob(secret));
  });
});

describe("step by step", () => {
  it("plain jobs pass, unless they must not", async () => {
    await using server = await ObservedServer.inMemory();
    const plain = await server.client().enqueue("pay.card", ["plain"]);
    const { seen, handler, until } = recorder();
    const worker = await server.work({ "pay.card": handler }, encryption({ keys }));
    await until(1);
    expect(seen[0]?.args).toEqual(["plain"]);
    await worker.stop();
    const refused = await server.client().enqueue("pay.card", ["plain"]);
    await server.work({ "pay.card": handler }, encryption({ keys, required: true, types: ["pay.*"] }));
    const job = await ended(server, refused.id);
    expect(job).toMatchObject({
      state: "discarded",
      attempt: 1,
      error: { message: expect.stringMatching(/plain arguments/) },
    });
    expect((await server.client().getJob(plain.id)).state).toBe("completed");
  });

  it("only some types are encrypted", async () => {
    await using server = await ObservedServer.inMemory();
    const client = server.client(encryption({ keys, types: ["pay.*", "mail.send"] }));
    await client.enqueue("mail.sent", ["open-to-see-for-everybody"]);
    await client.enqueue("pay.card", [SECRET]);
    await client.enqueue("mail.send", [SECRET]);
    expect([server.carries("open-to-see-for-everybody"), server.carries(SECRET)]).toEqual([true, false]);
  });

  it("a new key is written while the old one is read", async () => {
    await using server = await ObservedServer.inMemory();
    await server.client(encryption({ keys })).enqueue("pay.card", ["old"]);
    const rotated = createKeyring({ current: "k2", keys: { k1: key, k2: randomBytes(32) } });
    const fresh = await server.client(encryption({ keys: rotated })).enqueue("pay.card", ["new"]);
    expect((await server.client().getJob(fresh.id)).meta["ojs.codec.key_id"]).toBe("k2");
    const { seen, handler, until } = recorder();
    await server.work({ "pay.card": handler }, encryption({ keys: rotated }));
    await until(2);
    expect(seen.map(({ args }) => args[0]).sort()).toEqual(["new", "old"]);
  });

  it("a worker without the key leaves the job to be tried again", async () => {
    await using server = await ObservedServer.inMemory();
    const { id } = await server.client(encryption({ keys })).enqueue("pay.card", [SECRET]);
    const others = createKeyring({ current: "x", keys: { x: randomBytes(32) } });
    const { seen, handler } = recorder();
    await server.work({ "pay.card": handler }, encryption({ keys: others }));
    const job = await ended(server, id);
    expect(job).toMatchObject({ state: "retryable", error: { message: expect.stringMatching(/no key "k1"/) } });
    expect(seen).toHaveLength(0);
  });

  it("a job is encrypted before its transaction, and no relay encrypts it again", async () => {
    await using server = await ObservedServer.inMemory();
    const made = { type: "pay.card", args: { card: SECRET }, options: { meta: { tenant: "acme" }, tags: ["outbox"] } };
    const { type, args, options } = await encryptJob(made, { keys });
    const relayed = await server.client(encryption({ keys })).enqueue(type, args, options);
    const stored = await server.client().getJob(relayed.id);
    expect(stored).toMatchObject({ args, tags: ["outbox"], meta: { tenant: "acme", "ojs.codec.key_id": "k1" } });
    const { seen, handler, until } = recorder();
    await server.work({ "pay.card": handler }, encryption({ keys, required: true }));
    await until(1);
    expect(seen[0]).toMatchObject({ args: [{ card: SECRET }], meta: { tenant: "acme" } });
    expect(server.carries(SECRET)).toBe(false);
  });

  it("jobs of other SDKs are read", async () => {
    await using server = await ObservedServer.inMemory();
    for (const [name, write] of Object.entries(WRITERS)) {
      const { args, meta } = write([{ written: name }], key, "k1");
      await server.client().enqueue("pay.card", args, { meta });
    }
    const { seen, handler, until } = recorder();
    await server.work({ "pay.card": handler }, encryption({ keys, required: true }));
    await until(Object.keys(WRITERS).length);
    expect(new Set(seen.map((job) => job.arg("written")))).toEqual(new Set(Object.keys(WRITERS)));
  });
});

describe("compression", () => {
  const story = { text: "The quick brown fox. ".repeat(500), end: SECRET };

  it("makes large arguments small on the wire, and leaves others alone", async () => {
    await using server = await ObservedServer.inMemory();
    const client = server.client(compression());
    const large = await client.enqueue("story.print", story);
    const small = await client.enqueue("story.print", ["short"]);
    const noise = await client.enqueue("story.print", [randomBytes(2_000).toString("base64")]);
    expect([large, small]).toMatchObject([
      { args: [story], meta: {} },
      { args: ["short"], meta: {} },
    ]);
    const sent = await Promise.all([large, small, noise].map(({ id }) => server.client().getJob(id)));
    expect(sent.map(({ meta }) => meta["ojs.codec.encodings"])).toEqual([["gzip/plain"], undefined, undefined]);
    expect(JSON.stringify(sent[0]?.args).length).toBeLessThan(1_000);
    const { seen, handler, until } = recorder();
    await server.work({ "story.print": handler }, compression());
    await until(3);
    const unpacked = seen.find(({ id }) => id === large.id);
    expect(unpacked).toMatchObject({ args: [story], meta: {} });
    expect(seen.find(({ id }) => id === small.id)?.args).toEqual(["short"]);
  });

  it.each([
    ["in the order of the client", [compression(), encryption({ keys })]],
    ["in the other order", [encryption({ keys }), compression()]],
    ["with encryption alone", [encryption({ keys })]],
  ])("comes before encryption, and is undone %s", async (_name, middleware) => {
    await using server = await ObservedServer.inMemory();
    const client = server.client(compression(), encryption({ keys }));
    const { id, args, meta } = await client.enqueue("story.print", story);
    expect([args, meta]).toEqual([[story], {}]);
    const sent = await server.client().getJob(id);
    expect(sent.meta["ojs.codec.encodings"]).toEqual(["gzip/plain", "binary/encrypted"]);
    expect(sent.args).toMatchObject([{ ojs_encoded: true, encoding: "binary/encrypted+gzip" }]);
    expect(JSON.stringify(sent.args).length).toBeLessThan(1_000);
    const { seen, handler, until } = recorder();
    await server.work({ "story.print": handler }, ...middleware);
    await until(1);
    expect(seen[0]?.args).toEqual([story]);
  });

  it("a job that grows beyond what a worker wants fails for good", async () => {
    await using server = await ObservedServer.inMemory();
    const { id } = await server.client(compression()).enqueue("story.print", story);
    await server.work({ "story.print": () => undefined }, compression({ maxBytes: 1_000 }));
    const job = await ended(server, id);
    expect(job).toMatchObject({
      state: "discarded",
      attempt: 1,
      error: { message: expect.stringMatching(/more than 1000 bytes/) },
    });
  });
});

/** The job after its attempt. */
async function ended(server: ObservedServer, id: string) {
  const client = server.client();
  for (;;) {
    const job = await client.getJob(id);
    if (!["available", "active"].includes(job.state)) return job;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
