/** Ciphertext in the hands of somebody who can write into the store, or on the wire. */
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CodecError, createKeyring, decryptJob, decryptResult } from "../../src/encryption/index.ts";
import { anyJson, anyText } from "../support/json-arbitraries.ts";
import { type Encrypted, jobWith, WRITERS } from "./other-sdks.ts";

const [key, other] = [randomBytes(32), randomBytes(32)];
const keys = createKeyring({ current: "k1", keys: { k1: key, k2: other } });
const SECRET = "card-4111-1111-1111-1111";
const ARGS = [{ card: SECRET }, "Zoë"];

const layouts = Object.entries(WRITERS).map(([name, write]) => ({ name, write: () => write(ARGS, key, "k1") }));

function textOf({ args: [first] }: Encrypted): string {
  return typeof first === "string" ? first : Object(first).data;
}

/** The same with other data. */
function withText(job: Encrypted, data: string): Encrypted {
  const [first] = job.args;
  return { ...job, args: [typeof first === "string" ? data : Object.assign({}, first, { data })] };
}

/** What comes out: the arguments, or the error. */
async function outcome({ args, meta }: Encrypted): Promise<unknown> {
  return decryptJob(jobWith({ args, meta }), keys).then(
    (job) => job.args,
    (error: unknown) => error,
  );
}

function expectRefused(error: unknown): void {
  expect(error).toBeInstanceOf(CodecError);
  expect(`${Object(error).message} ${Object(error).cause}`).not.toContain("4111");
}

describe.each(layouts)("arguments of $name", ({ write }) => {
  it("are what they were", async () => {
    expect(await outcome(write())).toEqual(ARGS);
  });

  it("are refused when they are cut off anywhere, or have anything behind them", async () => {
    const job = write();
    const bytes = Buffer.from(textOf(job), "base64");
    const cut = Array.from({ length: bytes.length }, (_, at) => bytes.subarray(0, at));
    for (const one of [...cut, Buffer.concat([bytes, Buffer.of(0)]), bytes.subarray(1)])
      expectRefused(await outcome(withText(job, one.toString("base64"))));
  });

  it("are refused under any other key, which the error names", async () => {
    const { args, meta } = write();
    const renamed = Object.entries(meta).map(([name, value]) => [name, value === "k1" ? "k2" : value]);
    const error = await outcome({ args, meta: Object.fromEntries(renamed) });
    expect(error).toMatchObject({ code: "tampered", keyId: "k2", retryable: false });
  });

  it("are never anything else, whatever is done to their bytes", async () => {
    const job = write();
    const bytes = Buffer.from(textOf(job), "base64");
    const place = fc.nat(bytes.length - 1);
    await fc.assert(
      fc.asyncProperty(place, place, fc.uint8Array({ maxLength: 40 }), async (from, length, inserted) => {
        const changed = Buffer.concat([bytes.subarray(0, from), inserted, bytes.subarray(from + length)]);
        const found = await outcome(withText(job, changed.toString("base64")));
        if (changed.equals(bytes)) expect(found).toEqual(ARGS);
        else expectRefused(found);
      }),
      { numRuns: 50, seed: 45 },
    );
  });

  it("are the same in another spelling of the same bytes, and refused in another alphabet", async () => {
    const job = write();
    const text = textOf(job);
    const spellings = [text.replace(/=+$/, ""), `${text.slice(0, 5)}\n ${text.slice(5)}`];
    for (const spelling of spellings) expect(await outcome(withText(job, spelling))).toEqual(ARGS);
    for (const wrong of [`${text}=`, `-_${text.slice(2)}`, `${text.slice(0, 8)}\0`])
      expectRefused(await outcome(withText(job, wrong)));
  });
});

describe("parts of two jobs", () => {
  const write = WRITERS["JavaScript and Python: the nonce in meta"];
  if (write === undefined) throw new Error("that writer is gone");

  it("do not make a third one", async () => {
    const [first, second] = [write(ARGS, key, "k1"), write(["another"], key, "k1")];
    expectRefused(await outcome({ args: first.args, meta: second.meta }));
    expectRefused(await outcome({ args: second.args, meta: first.meta }));
  });

  it("do not stand for each other under the names of other encodings", async () => {
    const { args, meta } = write(ARGS, key, "k1");
    const chains = [
      ["gzip/plain"],
      ["binary/encrypted", "binary/encrypted"],
      ["binary/encrypted", "gzip/plain"],
      ["x"],
    ];
    for (const chain of chains) {
      const found = await outcome({ args, meta: { ...meta, "ojs.codec.encodings": chain } });
      // A text that is not encrypted according to its meta is a plain argument.
      if (chain.includes("binary/encrypted")) expectRefused(found);
      else expect(found).toEqual(args);
    }
  });
});

describe("whatever somebody makes up", () => {
  const name = fc.oneof(fc.constantFrom("binary/encrypted", "gzip/plain", "binary/encrypted+gzip", "gzip"), anyText);
  const data = fc.oneof(
    anyText,
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("base64")),
  );
  const keyId = fc.constantFrom("k1", "k2", "k3", 7, null, "__proto__");
  const wrapper = fc.record({ ojs_encoded: fc.constant(true), encoding: name, data, encryption_key_id: keyId });
  const meta = fc.record(
    {
      "ojs.codec.encodings": fc.oneof(fc.array(name, { maxLength: 12 }), anyJson),
      "ojs.codec.key_id": keyId,
      "ojs.codec.nonce": data,
      "ojs.encryption.encrypted": fc.boolean(),
      customer: fc.oneof(wrapper, anyJson),
    },
    { requiredKeys: [] },
  );

  it("is plain, or refused by a CodecError", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(wrapper, data, anyJson), { maxLength: 2 }), meta, async (args, about) => {
        const found = await outcome({ args, meta: about });
        if (!Array.isArray(found)) expectRefused(found);
      }),
      { numRuns: 300, seed: 45 },
    );
  });

  it("is a plain result, or refused by a CodecError", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(wrapper, fc.array(wrapper, { maxLength: 3 }), anyJson), async (result) => {
        const failure = await decryptResult(result, keys).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (failure !== undefined) expectRefused(failure);
      }),
      { numRuns: 200, seed: 45 },
    );
  });
});
