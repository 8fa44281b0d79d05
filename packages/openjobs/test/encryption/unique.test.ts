/** Unique jobs whose arguments the server cannot read. */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import type { EnqueueOptions } from "../../src/core/codec/enqueue-options.ts";
import { compression, createKeyring, encryption } from "../../src/encryption/index.ts";
import { ObservedServer } from "./observed-server.ts";

const fingerprintKey = randomBytes(32);
const old = { k1: randomBytes(32) };
const keys = createKeyring({ current: "k1", keys: old, fingerprintKey });
const rotated = createKeyring({ current: "k2", keys: { ...old, k2: randomBytes(32) }, fingerprintKey });

const options: EnqueueOptions = { unique: { argsKeys: ["ssn"], onConflict: "ignore" } };
const canonical = (ssn: string): string => `{"args":{"ssn":"${ssn}"},"type":"tax.file"}`;

it("two producers agree, also when one of them has a new key and compresses", async () => {
  await using server = await ObservedServer.inMemory();
  const first = await server.client(encryption({ keys })).enqueue("tax.file", { ssn: "123-45-6789", n: 1 }, options);
  const long = { ssn: "123-45-6789", n: 2, text: "x".repeat(3_000) };
  const second = await server.client(compression(), encryption({ keys: rotated })).enqueue("tax.file", long, options);
  expect(second).toMatchObject({ id: first.id, deduplicated: true, args: [{ ssn: "123-45-6789", n: 1 }] });
  const other = await server.client(encryption({ keys })).enqueue("tax.file", { ssn: "999-99-9999" }, options);
  expect(other.id).not.toBe(first.id);
});

it("an older job whose key is not here stays encrypted in the answer, and nothing fails", async () => {
  await using server = await ObservedServer.inMemory();
  const first = await server.client(encryption({ keys })).enqueue("tax.file", { ssn: "1" }, options);
  const without = createKeyring({ current: "k3", keys: { k3: randomBytes(32) }, fingerprintKey });
  const answer = await server.client(encryption({ keys: without })).enqueue("tax.file", { ssn: "1" }, options);
  expect(answer).toMatchObject({ id: first.id, deduplicated: true, args: [{ ojs_encoded: true }] });
});

it("jobs with the same ciphertext's length, types or queues are not mixed up", async () => {
  await using server = await ObservedServer.inMemory();
  const client = server.client(encryption({ keys }));
  const wholeArgs: EnqueueOptions = { unique: { keys: ["args", "queue"] } };
  const made = [
    await client.enqueue("tax.file", [1], wholeArgs),
    await client.enqueue("tax.file", [2], wholeArgs),
    await client.enqueue("tax.mail", [1], wholeArgs),
    await client.enqueue("tax.file", [1], { ...wholeArgs, queue: "other" }),
  ];
  expect(new Set(made.map(({ id }) => id)).size).toBe(4);
  await expect(client.enqueue("tax.file", [1], wholeArgs)).rejects.toMatchObject({ code: "duplicate" });
});

it("the fingerprint is no plain hash: a guess cannot be checked without the key", async () => {
  await using server = await ObservedServer.inMemory();
  const { unique } = await server.client(encryption({ keys })).enqueue("tax.file", { ssn: "123-45-6789" }, options);
  const text = canonical("123-45-6789");
  const keyed = createHmac("sha256", fingerprintKey).update(`openjobs unique fingerprint 1\n${text}`).digest("hex");
  expect(unique?.fingerprint).toBe(keyed);
  expect(server.carries(createHash("sha256").update(text).digest("hex"))).toBe(false);
});

it("nor is it one after compression, whose own is the server's", async () => {
  await using server = await ObservedServer.inMemory();
  const long = { ssn: "123-45-6789", text: "x".repeat(3_000) };
  const both = server.client(compression(), encryption({ keys }));
  const { unique } = await both.enqueue("tax.file", long, options);
  const plain = createHash("sha256").update(canonical("123-45-6789")).digest("hex");
  expect(unique?.fingerprint).not.toBe(plain);
  expect(server.carries(plain)).toBe(false);
  const packed = await server.client(compression()).enqueue("tax.file", long, options);
  expect(packed.unique?.fingerprint).toBe(plain);
  expect(await server.client().enqueue("tax.file", { ssn: "123-45-6789" }, options)).toMatchObject({ id: packed.id });
});

it("without the secret for it, uniqueness is refused and not dropped; what the server sees it still compares", async () => {
  await using server = await ObservedServer.inMemory();
  const client = server.client(encryption({ keys: createKeyring({ current: "k1", keys: old }) }));
  await expect(client.enqueue("tax.file", { ssn: "1" }, options)).rejects.toMatchObject({
    code: "fingerprint_key_missing",
  });
  const byTenant: EnqueueOptions = { meta: { tenant: "acme" }, unique: { metaKeys: ["tenant"] } };
  await client.enqueue("tax.file", { ssn: "1" }, byTenant);
  await expect(client.enqueue("tax.file", { ssn: "2" }, byTenant)).rejects.toMatchObject({ code: "duplicate" });
});

it("a policy that names what the job does not have is refused with the field, though the server could not know", async () => {
  await using server = await ObservedServer.inMemory();
  const client = server.client(encryption({ keys }));
  await expect(client.enqueue("tax.file", { id: 1 }, options)).rejects.toMatchObject({
    code: "invalid_request",
    details: { field: "unique.args_keys[0]" },
  });
});

it("meta that is encrypted is compared as it was", async () => {
  await using server = await ObservedServer.inMemory();
  const client = server.client(encryption({ keys, meta: ["customer"] }));
  const of = (customer: string): EnqueueOptions => ({ meta: { customer }, unique: { metaKeys: ["customer"] } });
  await client.enqueue("tax.file", [1], of("ada"));
  await client.enqueue("tax.file", [2], of("bob"));
  await expect(client.enqueue("tax.file", [3], of("ada"))).rejects.toMatchObject({ code: "duplicate" });
});
