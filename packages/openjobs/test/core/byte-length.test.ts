import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteLength, exceedsBytes } from "../../src/core/byte-length.ts";
import { anyText } from "../support/json-arbitraries.ts";

const mixed = fc
  .array(fc.oneof(anyText, fc.constantFrom("é", "€", "😀", "\ud83d", "\ude00")), { maxLength: 8 })
  .map((parts) => parts.join(""));

describe("byteLength", () => {
  it("counts what an encoder writes", () => {
    fc.assert(
      fc.property(mixed, (text) => byteLength(text) === new TextEncoder().encode(text).length),
      { seed: 1, numRuns: 1_000 },
    );
  });
});

describe("exceedsBytes", () => {
  it.each([
    ["aaa", 3, false],
    ["aaaa", 3, true],
    ["€", 3, false],
    ["€", 2, true],
    ["", 0, false],
  ])("%j in %d bytes: %s", (text, max, exceeds) => {
    expect(exceedsBytes(text, max)).toBe(exceeds);
  });
});
