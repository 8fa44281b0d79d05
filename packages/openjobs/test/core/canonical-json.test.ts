import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/core/canonical-json.ts";

describe("canonical JSON", () => {
  it.each<[string, unknown, string]>([
    ["null", null, "null"],
    ["booleans", [true, false], "[true,false]"],
    ["nothing in it", [{}, []], "[{},[]]"],
    ["members in any order", { b: 1, a: { d: 1, c: 2 } }, '{"a":{"c":2,"d":1},"b":1}'],
    ["members of objects in lists, which keep their order", [{ b: 1, a: 2 }, 3, 1], '[{"a":2,"b":1},3,1]'],
    ["names that are numbers, as texts", { 10: "a", 9: "b", 1: "c" }, '{"1":"c","10":"a","9":"b"}'],
    ["upper case before lower case, and the empty name first", { a: 1, B: 2, "": 3 }, '{"":3,"B":2,"a":1}'],
    // U+1F40E is D83D DC0E in UTF-16, and so before U+FB01, although its code point is after.
    ["names by UTF-16 code units", { "\ufb01x": 1, "\u{1f40e}": 2, "\u00e4": 3 }, '{"ä":3,"🐎":2,"ﬁx":1}'],
    ["what has to be escaped", '"\\/\b\f\n\r\t\u000f\u007f ', '"\\"\\\\/\\b\\f\\n\\r\\t\\u000f\u007f "'],
    ["__proto__ like any other name", JSON.parse('{"b":1,"__proto__":{"x":1}}'), '{"__proto__":{"x":1},"b":1}'],
  ])("writes %s", (_name, value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it.each<[number, string]>([
    [1.5, "1.5"],
    [-0, "0"],
    [100, "100"],
    [4e-7, "4e-7"],
    [0.000004, "0.000004"],
    [123456789012345680000, "123456789012345680000"],
    [1e21, "1e+21"],
    [5e-324, "5e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [9007199254740991, "9007199254740991"],
    [0.1 + 0.2, "0.30000000000000004"],
  ])("writes the number %d as ECMAScript does", (number, text) => {
    expect(canonicalJson(number)).toBe(text);
  });

  it("takes one word for one word, however its accents are spelt", () => {
    const composed = { "caf\u00e9": "\u00c5ngstr\u00f6m", x: "\u1e69" };
    const combined = { x: "s\u0307\u0323", "cafe\u0301": "A\u030angstro\u0308m" };
    expect(canonicalJson(combined)).toBe(canonicalJson(composed));
    expect(canonicalJson("\u212b")).toBe(canonicalJson("\u00c5"));
  });

  it("writes two names that become one in an order of their own", () => {
    const members: [string, number][] = [
      ["\u00e9", 1],
      ["e\u0301", 2],
    ];
    expect(canonicalJson(Object.fromEntries(members))).toBe(canonicalJson(Object.fromEntries(members.toReversed())));
  });

  it("depends on the value only, and is JSON of the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

/** The same value with the members of its objects the other way round. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).toReversed();
  return Object.fromEntries(members.map(([name, member]) => [name, shuffled(member)]));
}
