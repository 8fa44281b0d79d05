/** What is written and read, beside implementations that know nothing of ours. */
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encryptOutgoing } from "../../src/encryption/encrypt-job.ts";
import { CodecError, createKeyring, decryptJob, decryptResult, type KeyProvider } from "../../src/encryption/index.ts";
import { keysOf } from "../../src/encryption/key-cache.ts";
import { sealValue } from "../../src/encryption/sealed-value.ts";
import type { OutgoingJob } from "../../src/middleware/middleware.ts";
import { anyJson } from "../support/json-arbitraries.ts";
import { jobWith, readBySpecification, readLikeJavaScript, readLikeRust, WRITERS } from "./other-sdks.ts";

const key = randomBytes(32);
const keys = createKeyring({ current: "k1", keys: { k1: key } });

function outgoing(args: readonly unknown[], more: Partial<OutgoingJob> = {}): OutgoingJob {
  return { type: "card.charge", queue: "default", args, meta: {}, via: "enqueue", ...more };
}

function encrypted(args: readonly unknown[], provider: KeyProvider = keys): Promise<OutgoingJob> {
  return encryptOutgoing(outgoing(args), { keys: keysOf(provider), meta: [] });
}

async function readBack(
  { args, meta = {} }: Pick<OutgoingJob, "args"> & Partial<OutgoingJob>,
  provider: KeyProvider = keys,
): Promise<readonly unknown[]> {
  return (await decryptJob(jobWith({ args, meta }), provider)).args;
}

/** The bytes in a wrapper with one bit turned round. */
function flipped(job: OutgoingJob, at: number): OutgoingJob {
  const [wrapper] = job.args;
  const { data } = Object.assign({ data: "" }, wrapper);
  const bytes = Buffer.from(data, "base64");
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return { ...job, args: [Object.assign({}, wrapper, { data: bytes.toString("base64") })] };
}

describe("what is written", () => {
  it("can be read by whoever has the key and the specification", async () => {
    const args = [{ card: "4111111111111111", amount: 99.5 }, "Zoë", null];
    const job = await encrypted(args);
    expect(JSON.parse(readBySpecification(job, key).toString())).toEqual(args);
    expect(job.meta).toEqual({ "ojs.codec.encodings": ["binary/encrypted"], "ojs.codec.key_id": "k1" });
    expect(job.args).toMatchObject([{ ojs_encoded: true, encoding: "binary/encrypted" }]);
  });

  it.each([
    ["rust", readLikeRust],
    ["javascript", readLikeJavaScript],
    ["python", readLikeJavaScript],
  ] as const)("can be read by the SDK for %s, if that is wanted", async (layout, read) => {
    const args = [{ card: "4111111111111111" }];
    const job = await encryptOutgoing(outgoing(args), { keys: keysOf(keys), meta: [], layout });
    expect(job.meta).toMatchObject({ "ojs.codec.encodings": ["binary/encrypted"], "ojs.codec.key_id": "k1" });
    expect(JSON.parse(read(job, key).toString())).toEqual(args);
    expect(await readBack(job)).toEqual(args);
    expect(await encryptOutgoing(job, { keys: keysOf(keys), meta: [] })).toBe(job);
  });

  it("has another nonce each time", async () => {
    const jobs = await Promise.all(Array.from({ length: 500 }, () => encrypted([1])));
    const nonces = jobs.map(({ args }) => Buffer.from(Object(args[0]).data, "base64").toString("hex", 1, 13));
    expect(new Set(nonces).size).toBe(500);
  });

  it("is not written twice", async () => {
    const job = await encrypted([1]);
    expect(await encryptOutgoing(job, { keys: keysOf(keys), meta: [] })).toBe(job);
  });

  it("is written for arguments that only look like a wrapper, and they come back", async () => {
    const args = [{ ojs_encoded: true, encoding: "binary/encrypted", data: "eA==" }];
    const job = await encrypted(args);
    expect(job.args).not.toEqual(args);
    expect(await readBack(job)).toEqual(args);
  });

  it("refuses arguments that would not arrive, and says which", async () => {
    await expect(encrypted([{ amount: Number.NaN }])).rejects.toMatchObject({ details: { field: "args[0].amount" } });
  });
});

describe("what is read", () => {
  it.each(Object.entries(WRITERS))("%s", async (_name, write) => {
    const args = [{ ssn: "123-45-6789", list: [1, "ü", null] }];
    const job = write(args, key, "k1");
    const read = await decryptJob(jobWith({ ...job, meta: { ...job.meta, tenant: "acme" } }), keys);
    expect(read.args).toEqual(args);
    // What described the ciphertext would describe nothing any more.
    expect(read.meta).toEqual({ tenant: "acme" });
  });

  it("arguments that are no array become the only one", async () => {
    const write = WRITERS["Rust: the nonce in front"];
    expect(await readBack(write?.({ to: "ada" }, key, "k1") ?? { args: [] })).toEqual([{ to: "ada" }]);
  });

  it("a chain, by the names in meta or by the wrapper's own", async () => {
    const packed = gzipSync(JSON.stringify(["a long story"])).toString("base64");
    const args = [{ ojs_encoded: true, encoding: "gzip/plain", data: packed }];
    expect(await readBack({ args, meta: { "ojs.codec.encodings": ["gzip/plain"] } })).toEqual(["a long story"]);
    expect(await readBack({ args })).toEqual(["a long story"]);
  });

  it("a plain job is itself", async () => {
    const job = jobWith({ args: ["YWJj", { ojs_encoded: true }], meta: { "ojs.codec.key_id": "k1" } });
    expect(await decryptJob(job, keys)).toEqual(job);
  });

  it("any JSON comes back", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyJson, { maxLength: 4 }), async (args) => {
        expect(await readBack(await encrypted(args))).toEqual(JSON.parse(JSON.stringify(args)));
      }),
      { numRuns: 100 },
    );
  });

  it("nothing that was changed, whatever the byte", async () => {
    const job = await encrypted(["a secret"]);
    const length = Buffer.from(Object(job.args[0]).data, "base64").length;
    for (let at = 1; at < length; at += 1) {
      await expect(readBack(flipped(job, at))).rejects.toMatchObject({ code: "tampered", retryable: false });
    }
    await expect(readBack(flipped(job, 0))).rejects.toMatchObject({ code: "encoding_unknown" });
  });

  it("results and lists of results", async () => {
    const sealed = await sealValue({ total: 7 }, keysOf(keys));
    expect(await decryptResult(sealed, keys)).toEqual({ total: 7 });
    expect(await decryptResult([sealed, "plain"], keys)).toEqual([{ total: 7 }, "plain"]);
    expect(await decryptResult({ 0: sealed, 1: null }, keys)).toEqual({ 0: { total: 7 }, 1: null });
  });
});

describe("what cannot be read", () => {
  it.each([
    ["cut off", { args: [{ ojs_encoded: true, encoding: "binary/encrypted", data: "AQID" }] }, "malformed", false],
    ["not base64", { args: [{ ojs_encoded: true, encoding: "binary/encrypted", data: "*" }] }, "malformed", false],
    ["empty", { args: [{ ojs_encoded: true, encoding: "binary/encrypted", data: "" }] }, "malformed", false],
    [
      "another codec",
      { args: [{ ojs_encoded: true, encoding: "zstd/plain", data: "AQ==" }] },
      "encoding_unknown",
      true,
    ],
    ["no gzip", { args: [{ ojs_encoded: true, encoding: "gzip/plain", data: "AQID" }] }, "malformed", false],
  ])("%s", async (_name, { args }, code, retryable) => {
    const error = await readBack({ args, meta: { "ojs.codec.key_id": "k1" } }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CodecError);
    expect(error).toMatchObject({ code, retryable });
  });

  it("a key that nobody knows may come with the next deployment", async () => {
    const job = await encrypted([1], createKeyring({ current: "new", keys: { new: randomBytes(32) } }));
    await expect(readBack(job)).rejects.toMatchObject({ code: "key_unknown", keyId: "new", retryable: true });
  });

  it("no key is named", async () => {
    const { args } = await encrypted([1]);
    await expect(readBack({ args })).rejects.toMatchObject({ code: "malformed" });
  });

  it("plaintext that is no JSON is not quoted", async () => {
    const data = gzipSync("card 4111111111111111").toString("base64");
    const error = await readBack({ args: [{ ojs_encoded: true, encoding: "gzip/plain", data }] }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: "malformed" });
    expect(`${Object(error).message} ${Object(error).cause}`).not.toContain("4111");
  });

  it("a bomb is not unpacked", async () => {
    const data = gzipSync(Buffer.alloc(24 * 1_048_576)).toString("base64");
    const before = process.memoryUsage().arrayBuffers;
    const args = [{ ojs_encoded: true, encoding: "gzip/plain", data }];
    await expect(readBack({ args })).rejects.toMatchObject({ code: "too_large", retryable: false });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1_048_576);
  });

  it("a chain without an end is not followed", async () => {
    const args = [{ ojs_encoded: true, encoding: Array(1_000).fill("gzip").join("+"), data: "AQ==" }];
    await expect(readBack({ args })).rejects.toMatchObject({ code: "malformed" });
  });
});
