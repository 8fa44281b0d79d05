/** Patterns without backtracking: they say what JavaScript says, in linear time, or are refused. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Meter, TooMuchWork } from "../../../src/engine/schemas/meter.ts";
import { Pattern } from "../../../src/engine/schemas/pattern/pattern.ts";

const FREE = { spend: () => {} };

const PATTERNS: Readonly<Record<string, readonly string[]>> = {
  "^[A-Z]{3}$": ["USD", "USDX", "usd"],
  "a|b|cd": ["xcd", "x"],
  "^(?:a|b)*c?$": ["ababc", "abcc", ""],
  "\\bfoo\\b": ["a foo b", "afoo", "foo"],
  "^\\p{L}+$": ["äöü", "a1"],
  "\\u{1F600}": ["x😀", "x"],
  "\\uD83D\\uDE00": ["😀", "\uD83D"],
  "^.$": ["😀", "ab", "\n"],
  "(?<year>\\d{4})-\\d{2,}": ["2020-123", "20-1"],
  "^a{2,4}$": ["a", "aa", "aaaa", "aaaaa"],
  "[^\\]]x": ["ax", "]x"],
  "^(a*)*$": ["aaa", "b"],
  "\\Bx": ["x", "ax"],
  "[\\u{1F600}-\\u{1F64F}]": ["😀", "a"],
  "^$": ["", "a"],
  "": ["", "a"],
  "a??b": ["b", "ab"],
  "^(|a)b": ["b", "ab", "aab"],
  "\\/x\\.": ["/x.", "/xx"],
};

describe("a pattern", () => {
  it.each(Object.entries(PATTERNS))("%s says what JavaScript says", (source, texts) => {
    const expected = texts.map((text) => new RegExp(source, "u").test(text));
    expect(texts.map((text) => new Pattern(source, FREE).test(text))).toEqual(expected);
  });

  it("says what JavaScript says, whatever it is", () => {
    const atom = fc.constantFrom("a", "b", ".", "[ab]", "[^a]", "\\w", "\\b", "^", "$", "(?:ab)", "");
    const part = fc.tuple(atom, fc.constantFrom("", "*", "+?", "?", "{2}", "{1,2}", "{0,}"));
    const sequence = fc
      .array(part, { maxLength: 4 })
      .map((parts) => parts.map(([text, sign]) => `(?:${text})${sign}`).join(""));
    const source = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((choices) => `(${choices.join("|")})`);
    const text = fc.array(fc.constantFrom("a", "b", "c", " "), { maxLength: 6 }).map((letters) => letters.join(""));
    void fc.assert(
      fc.property(source, source, text, (left, right, word) => {
        const both = `${left}${right}`;
        expect(new Pattern(both, FREE).test(word)).toBe(new RegExp(both, "u").test(word));
      }),
      { numRuns: 300 },
    );
  });

  it.each(["(?=a)", "(?<!a)b", "(a)\\1", "(?<n>a)\\k<n>", "(a{1000}){1000}", "((){1000}){1000}", "("])(
    "%s is refused",
    (source) => expect(() => new Pattern(source, FREE)).toThrow(SyntaxError),
  );

  it("takes a step for each character and place, where others take as many as there are ways", () => {
    const meter = new Meter();
    meter.start(100_000);
    expect(new Pattern("^(a+)+$", meter).test(`${"a".repeat(5_000)}b`)).toBe(false);
    expect(() => new Pattern("(a?){500}b", meter).test("a".repeat(5_000))).toThrow(TooMuchWork);
  });
});
