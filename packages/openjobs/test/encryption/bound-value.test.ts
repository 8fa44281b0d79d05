/** What is encrypted for one place of one job, in the hands of somebody who can write into the store. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isSealed, openAt, type Place, sealerFor } from "../../src/encryption/bound-value.ts";
import { createKeyring, decryptCheckpoint, decryptResult } from "../../src/encryption/index.ts";
import { keysOf } from "../../src/encryption/key-cache.ts";
import { sealValue } from "../../src/encryption/sealed-value.ts";

const ring = createKeyring({ current: "k1", keys: { k1: randomBytes(32) } });
const keys = keysOf(ring);
const place: Place = { jobId: "0190", part: "step charge" };

async function sealed(json: string | undefined) {
  return (await sealerFor(place.jobId, keys))(json, place.part);
}

const CARD = '{"card":"4111"}';

describe("a value that was encrypted for a place", () => {
  it.each([['{"card":"4111"}'], ['"text"'], ["null"], [undefined]])("is read there: %s", async (json) => {
    const value = await sealed(json);
    expect(isSealed(value)).toBe(true);
    expect(await openAt(value, place, keys)).toEqual(json === undefined ? undefined : JSON.parse(json));
  });

  it.each<Place>([
    { ...place, jobId: "0191" },
    { ...place, part: "step refund" },
    { ...place, part: "checkpoint" },
    { jobId: "0190\nstep", part: "progress" },
  ])("is not read at $jobId, $part", async (other) => {
    await expect(openAt(await sealed(CARD), other, keys)).rejects.toMatchObject({ code: "tampered", retryable: false });
  });

  it("is not read as a result, nor is a result read there", async () => {
    const value = await sealed(CARD);
    await expect(decryptResult(value, ring)).rejects.toMatchObject({ code: "encoding_unknown" });
    await expect(openAt(await sealValue(1, keys), place, keys)).rejects.toMatchObject({ code: "tampered" });
  });

  it("is not read when one bit of it is another one, or when it is cut off anywhere", async () => {
    const value = await sealed(CARD);
    const bytes = Buffer.from(value.data, "base64");
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      const hostile = [flipped, bytes.subarray(0, at)].map((one) => ({ ...value, data: one.toString("base64") }));
      for (const one of hostile)
        await expect(openAt(one, place, keys)).rejects.toMatchObject({ name: "CodecError", retryable: false });
    }
  });

  it("is not read in another chain of encodings", async () => {
    const value = await sealed(CARD);
    for (const encoding of ["gzip/plain", "binary/encrypted+gzip", "binary/encrypted+encrypted", ""])
      await expect(openAt({ ...value, encoding }, place, keys)).rejects.toMatchObject({ code: "encoding_unknown" });
  });

  it("in a checkpoint is not read in the place of another step", async () => {
    const state = { openjobs_steps: [["refund", await sealed(CARD)]] };
    await expect(decryptCheckpoint(place.jobId, state, ring)).rejects.toMatchObject({ code: "tampered" });
    const own = { openjobs_steps: [["charge", await sealed(CARD)], ["mail", 1], ["end"]] };
    expect(await decryptCheckpoint(place.jobId, own, ring)).toEqual({
      openjobs_steps: [["charge", { card: "4111" }], ["mail", 1], ["end"]],
    });
  });
});
