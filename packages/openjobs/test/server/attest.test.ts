import { createPublicKey, hash, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/core/canonical-json.ts";
import { memory } from "../../src/storage/memory/index.ts";
import { sharedStorage } from "../support/storage-wrapper.ts";
import { type TestServer, testServer } from "./test-server.ts";

const VERIFY = "/ojs/v1/attest/verify";

const put = (test: TestServer, settings: object) => test.call("PUT", "/ojs/v1/queues/safe", { body: settings });

async function receiptOf(test: TestServer, id: string) {
  const { status, body } = await test.get(`/ojs/v1/jobs/${id}/receipt`);
  expect(status).toBe(200);
  return body.receipt;
}

describe("receipts", () => {
  it("are of jobs that only wait, and hold for whoever checks them here", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue();
    const receipt = await receiptOf(test, id);
    expect(receipt).toMatchObject({
      job_id: id,
      issued_at: expect.any(String),
      quote: { type: "software", issued_at: expect.any(String), job: { state: "available", attempt: 0 } },
      signature: { algorithm: "Ed25519", value: expect.any(String), key_id: expect.any(String) },
    });
    expect((await test.post(VERIFY, { receipt })).body).toEqual({ valid: true });
  });

  it("hold for whoever has the public key and nothing of ours but the way to write JSON", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue({ args: [{ b: 1, a: "é" }], meta: { x: 1 } });
    const receipt = await receiptOf(test, id);
    const { keys } = (await test.get("/ojs/v1/attest/keys")).body;
    expect(keys).toMatchObject([{ key_id: receipt.signature.key_id, algorithm: "Ed25519" }]);
    expect(hash("sha256", canonicalJson(keys[0].jwk), "base64url")).toBe(keys[0].key_id);
    const { value, ...signature } = receipt.signature;
    const text = `OJS-RECEIPT-V1\n${canonicalJson({ ...receipt, signature })}`;
    const key = createPublicKey({ key: keys[0].jwk, format: "jwk" });
    expect(verify(null, Buffer.from(text), key, Buffer.from(value, "base64url"))).toBe(true);
    const content = { args: [{ a: "é", b: 1 }], id, meta: { x: 1 }, queue: "default", type: "test.job" };
    expect(receipt.quote.job.digest).toBe(`sha256:${hash("sha256", canonicalJson(content))}`);
  });

  it("do not hold when anything of them was changed", async () => {
    await using test = await testServer();
    const receipt = await receiptOf(test, (await test.enqueue()).id);
    const other = await receiptOf(test, (await test.enqueue()).id);
    const { signature, quote } = receipt;
    const job = { ...quote.job, state: "completed" };
    for (const [forged, reason] of [
      [{ ...receipt, job_id: other.job_id }, "bad_signature"],
      [{ ...receipt, quote: { ...quote, job } }, "bad_signature"],
      [{ ...receipt, more: 1 }, "bad_signature"],
      [{ ...receipt, signature: { ...signature, value: other.signature.value } }, "bad_signature"],
      [{ ...receipt, signature: { ...signature, value: "" } }, "bad_signature"],
      [{ ...receipt, signature: { ...signature, key_id: "x" } }, "unknown_key"],
      [{ ...receipt, signature: { ...signature, algorithm: "none" } }, "malformed"],
      [{ ...receipt, signature: undefined }, "malformed"],
      [{}, "malformed"],
    ] as const) {
      expect((await test.post(VERIFY, { receipt: forged })).body, reason).toEqual({ valid: false, reason });
    }
  });

  it("refuse what is no receipt, and have none of jobs that are not there", async () => {
    await using test = await testServer();
    for (const receipt of [undefined, "x", [1], { big: "x".repeat(20_000) }]) {
      expect((await test.post(VERIFY, { receipt })).body.error).toMatchObject({ details: { field: "receipt" } });
    }
    expect((await test.get("/ojs/v1/jobs/01890000-0000-7000-8000-000000000000/receipt")).status).toBe(404);
  });

  it("hold on all servers of a store, and after a restart", async () => {
    const storage = memory();
    await storage.open();
    await using one = await testServer({ storage: sharedStorage(storage) });
    await using two = await testServer({ storage: sharedStorage(storage) });
    const { id } = await one.enqueue();
    // Both make a key at the same time: one of them counts.
    const [first, second] = await Promise.all([receiptOf(one, id), receiptOf(two, id)]);
    expect((await two.post(VERIFY, { receipt: first })).body.valid).toBe(true);
    expect((await one.post(VERIFY, { receipt: second })).body.valid).toBe(true);
    await using three = await testServer({ storage: sharedStorage(storage) });
    expect((await three.post(VERIFY, { receipt: first })).body.valid).toBe(true);
  });
});

describe("queues that want an attestation", () => {
  const job = { type: "test.job", args: [], options: { queue: "safe" } };
  const attested = { ...job, ext_attest: { type: "software", evidence: "x" } };

  it("take no job without, by whichever route", async () => {
    await using test = await testServer();
    expect((await put(test, { attest_policy: { required: true } })).status).toBe(200);
    for (const refused of [job, { ...job, ext_attest: {} }, { ...job, ext_attest: "yes" }]) {
      const { status, body } = await test.post("/ojs/v1/jobs", refused);
      expect(status).toBe(422);
      expect(body.error.details).toMatchObject({ field: "ext_attest", queue: "safe" });
    }
    expect((await test.post("/ojs/v1/jobs", attested)).status).toBe(201);
    expect((await test.post("/ojs/v1/jobs/batch", { jobs: [attested, job] })).status).toBe(422);
    const { body } = await test.post("/ojs/v1/jobs/bulk", { jobs: [attested, job] });
    expect(body).toMatchObject({ succeeded: 1, failed: 1 });
    expect((await test.get("/ojs/v1/queues/safe/stats")).body.queue.available).toBe(2);
    expect((await test.post("/ojs/v1/jobs", { type: "test.job", args: [] })).status).toBe(201);
  });

  it("can be told otherwise again, and are told in words what a policy is", async () => {
    await using test = await testServer();
    await put(test, { attest_policy: { required: true } });
    for (const policy of [true, {}, { required: "yes" }]) {
      const { status, body } = await put(test, { attest_policy: policy });
      expect(status).toBe(400);
      expect(body.error.details.field).toBe("attest_policy.required");
    }
    expect((await test.post("/ojs/v1/jobs", job)).status).toBe(422);
    await put(test, { attest_policy: { required: false } });
    expect((await test.post("/ojs/v1/jobs", job)).status).toBe(201);
  });
});

describe("routes for trying out", () => {
  it("can be left out", async () => {
    await using test = await testServer({ labs: false });
    const signal = new AbortController().signal;
    const path = "/ojs/v1/attest/keys";
    const { status } = await test.server.handle({
      method: "GET",
      path,
      query: "",
      headers: {},
      body: undefined,
      signal,
    });
    expect(status).toBe(404);
  });
});
