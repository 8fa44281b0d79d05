import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeCursor, encodeCursor, toPage } from "../../src/storage/cursor.ts";

describe("cursors", () => {
  it("come back as they were written, and fit into a URL", () => {
    const property = fc.property(fc.string({ unit: "binary" }), fc.maxSafeInteger(), fc.nat(), (text, a, b) => {
      const texts = encodeCursor([text]);
      const numbers = encodeCursor([a, b]);
      expect(`${texts}${numbers}`).toMatch(/^[\w-]*$/);
      expect(decodeCursor(texts, ["string"])).toEqual([text]);
      expect(decodeCursor(numbers, ["number", "number"])).toEqual([a, b]);
    });
    fc.assert(property, { seed: 1 });
  });

  it.each(["", " ", "x", "!!!!", "bnVsbA", encodeCursor([1]), encodeCursor(["a", 1]), encodeCursor(["a", "b"])])(
    "refuse %j, which no page ended with",
    (text) => {
      const refused = expect.objectContaining({
        code: "invalid_request",
        details: { field: "cursor" },
        hint: expect.any(String),
      });
      expect(() => decodeCursor(text, ["string"])).toThrow(refused);
      expect(() => decodeCursor(text, ["number", "number"])).toThrow(refused);
    },
  );
});

describe("toPage", () => {
  const page = (rows: readonly number[], limit: number) => toPage(rows, limit, 9, (row) => [row]);

  it("tells by the spare row that there are more", () => {
    expect(page([1, 2, 3], 2)).toEqual({ items: [1, 2], total: 9, next: encodeCursor([2]) });
  });

  it.each([
    ["all rows", [1, 2], 2],
    ["no rows", [], 2],
    ["no room", [1], 0],
  ])("has no next page with %s", (_, rows, limit) => {
    expect(page(rows, limit)).toEqual({ items: rows.slice(0, limit), total: 9 });
  });
});
