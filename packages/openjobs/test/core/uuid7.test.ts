import { randomFillSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createUuid7, isUuid7 } from "../../src/core/uuid7.ts";

const START = Date.UTC(2026, 0, 1);

function generator(
  now: () => number,
  fill: (bytes: Uint8Array) => void = (bytes) => void randomFillSync(bytes),
): () => string {
  return createUuid7({ now, random: fill });
}

function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

describe("createUuid7", () => {
  it("makes valid ids that carry the time", () => {
    const id = generator(() => START)();
    expect(isUuid7(id)).toBe(true);
    expect(timeOf(id)).toBe(START);
  });

  it.each([0x00, 0xff])("is valid with random bytes of %d", (byte) => {
    const ids = Array.from(
      { length: 300 },
      generator(
        () => START,
        (bytes) => void bytes.fill(byte),
      ),
    );
    expect(ids.every(isUuid7)).toBe(true);
    expect(new Set(ids).size).toBe(300);
  });

  it("grows strictly, also within a millisecond, beyond its sequence and when the clock goes back", () => {
    let now = START;
    const next = generator(() => now);
    const ids: string[] = [];
    for (let index = 0; index < 20_000; index += 1) {
      if (index === 12_000) now -= 5_000;
      if (index === 15_000) now += 60_000;
      ids.push(next());
    }
    expect(ids.every(isUuid7)).toBe(true);
    expect(ids.slice(1).every((id, index) => id > (ids[index] ?? ""))).toBe(true);
  });

  it("asks for randomness once for many ids", () => {
    let calls = 0;
    const next = generator(
      () => START,
      (bytes) => {
        calls += 1;
        randomFillSync(bytes);
      },
    );
    for (let index = 0; index < 1_000; index += 1) next();
    expect(calls).toBeLessThan(10);
  });

  it("does not share its random bytes between ids", () => {
    const next = generator(() => START);
    const tails = new Set(Array.from({ length: 5_000 }, () => next().slice(19)));
    expect(tails.size).toBe(5_000);
  });
});

describe("isUuid7", () => {
  it.each([
    "550e8400-e29b-41d4-a716-446655440000",
    "019461A8-1A2B-7C3D-8E4F-5A6B7C8D9E0F",
    "019461a8-1a2b-7c3d-ce4f-5a6b7c8d9e0f",
    "019461a81a2b7c3d8e4f5a6b7c8d9e0f",
    " 019461a8-1a2b-7c3d-8e4f-5a6b7c8d9e0f",
    "019461a8-1a2b-7c3d-8e4f-5a6b7c8d9e0f\n",
    "",
  ])("refuses %j", (text) => {
    expect(isUuid7(text)).toBe(false);
  });
});
