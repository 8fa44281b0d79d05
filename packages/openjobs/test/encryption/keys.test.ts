/** Where keys come from, and how often they are asked for. */
import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createKeyring, decryptResult, encryption, type KeyProvider } from "../../src/encryption/index.ts";
import { keysOf } from "../../src/encryption/key-cache.ts";
import { sealValue } from "../../src/encryption/sealed-value.ts";

afterEach(() => vi.useRealTimers());

/** A key management service that counts its calls. */
function kms(known: Readonly<Record<string, Uint8Array>>, cacheMs?: number) {
  const asked: string[] = [];
  const provider: KeyProvider = {
    currentKeyId: async () => {
      asked.push("current");
      return "a";
    },
    key: async (id) => {
      asked.push(id);
      return known[id];
    },
    ...(cacheMs === undefined ? {} : { cacheMs }),
  };
  return { asked, known, provider };
}

describe("encryption", () => {
  it.each<[string, unknown]>([
    ["the keys themselves", { a: randomBytes(32) }],
    ["a secret", randomBytes(32).toString("base64")],
    ["nothing", undefined],
  ])("refuses %s instead of something that gives keys", (_name, keys) => {
    const make = () => encryption({ keys: keys as KeyProvider });
    expect(make).toThrow(
      expect.objectContaining({ code: "key_invalid", message: expect.stringContaining("createKeyring") }),
    );
  });
});

describe("a keyring", () => {
  it.each([
    ["bytes", randomBytes(32)],
    ["base64", randomBytes(32).toString("base64")],
  ])("takes %s", async (_name, material) => {
    const { id } = await keysOf(createKeyring({ current: "a", keys: { a: material } })).current();
    expect(id).toBe("a");
  });

  it("takes a CryptoKey that fits, and no other", async () => {
    const generate = (length: number) =>
      crypto.subtle.generateKey({ name: "AES-GCM", length }, false, ["encrypt", "decrypt"]);
    const fits = createKeyring({ current: "a", keys: { a: await generate(256) } });
    expect(await keysOf(fits).current()).toMatchObject({ id: "a" });
    const short = createKeyring({ current: "a", keys: { a: await generate(128) } });
    await expect(keysOf(short).current()).rejects.toMatchObject({ code: "key_invalid", retryable: false });
  });

  it.each([
    ["too short", randomBytes(16), /"a" has 16 bytes/],
    ["too long", randomBytes(33).toString("base64"), /"a" has 33 bytes/],
    ["not base64", "correct horse battery staple!", /"a" is a text that is not base64/],
  ])("refuses a key that is %s, at once", (_name, material, message) => {
    expect(() => createKeyring({ current: "a", keys: { a: material } })).toThrow(message);
    expect(() => createKeyring({ current: "b", keys: { b: randomBytes(32), a: material } })).toThrow(message);
  });

  it("refuses to have no current key, and a fingerprint key that is none", () => {
    expect(() => createKeyring({ current: "b", keys: { a: randomBytes(32) } })).toThrow(/"b" is not among the keys/);
    const options = { current: "a", keys: { a: randomBytes(32) }, fingerprintKey: "c2hvcnQ=" };
    expect(() => createKeyring(options)).toThrow(/The fingerprint key has 5 bytes/);
  });

  it("does not follow a buffer that its owner wipes", async () => {
    const material = randomBytes(32);
    const wrapper = await sealValue(
      "kept",
      keysOf(createKeyring({ current: "a", keys: { a: Uint8Array.from(material) } })),
    );
    const keys = createKeyring({ current: "a", keys: { a: material } });
    material.fill(0);
    expect(await decryptResult(wrapper, keys)).toBe("kept");
  });
});

describe("a provider of keys", () => {
  it("is asked once by many at the same time, and once in five minutes", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { asked, provider } = kms({ a: randomBytes(32) });
    await Promise.all(Array.from({ length: 50 }, () => keysOf(provider).current()));
    expect(asked).toEqual(["current", "a"]);
    vi.setSystemTime(Date.now() + 299_999);
    await keysOf(provider).current();
    expect(asked).toHaveLength(2);
    vi.setSystemTime(Date.now() + 1);
    await keysOf(provider).current();
    expect(asked).toHaveLength(4);
  });

  it("is asked as often as it wants to be", async () => {
    const { asked, provider } = kms({ a: randomBytes(32) }, 0);
    await keysOf(provider).byId("a");
    await keysOf(provider).byId("a");
    expect(asked).toEqual(["a", "a"]);
  });

  it("is asked again for a key that was not there", async () => {
    const known: Record<string, Uint8Array> = {};
    const { provider } = kms(known);
    await expect(keysOf(provider).byId("a")).rejects.toMatchObject({ code: "key_unknown" });
    known.a = randomBytes(32);
    expect(await keysOf(provider).byId("a")).toMatchObject({ id: "a" });
  });

  it("is asked again after it failed, and its error is not hidden", async () => {
    let down = true;
    const provider: KeyProvider = {
      currentKeyId: () => "a",
      key: () => (down ? Promise.reject(new Error("KMS is down")) : randomBytes(32)),
    };
    await expect(keysOf(provider).current()).rejects.toThrow("KMS is down");
    down = false;
    expect(await keysOf(provider).current()).toMatchObject({ id: "a" });
  });
});
