import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OjsError } from "../../src/core/errors.ts";
import { checkDepth, findUnserialisable, parseJson, stringifyJson } from "../../src/core/json.ts";
import { cpuTimeOf } from "../support/cpu-time.ts";
import { anyJson } from "../support/json-arbitraries.ts";

function errorOf(run: () => unknown): OjsError {
  try {
    run();
  } catch (error) {
    if (error instanceof OjsError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("parseJson", () => {
  it("reads what it wrote, for any JSON value", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const text = stringifyJson(value);
        expect(stringifyJson(parseJson(text))).toBe(text);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it("throws nothing but OjsError, whatever the text", () => {
    const fragment = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"',
      "\\",
      "1e400",
      "-",
      "0.1",
      " ",
      "12345678901234567890",
      "\u0000",
      '"a"',
      "null",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fragment, { maxLength: 12 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          parseJson(input);
        } catch (error) {
          expect(error).toBeInstanceOf(OjsError);
        }
      }),
      { seed: 2, numRuns: 3_000 },
    );
  });

  it.each(["", "{ invalid json }", "[1,]", "nul", '{"a":1}}', '"\u0001"'])("refuses %j as not JSON", (text) => {
    expect(errorOf(() => parseJson(text))).toMatchObject({ code: "invalid_payload", status: 400, retryable: false });
  });

  it.each([
    ["12345678901234567890", ""],
    ["[1e400]", "[0]"],
    ['{"args":[{"id":9007199254740993}]}', "args[0].id"],
    ['{"a":{"odd key":[0,-9007199254740993]}}', 'a["odd key"][1]'],
    ['{"a":[[],{},[[1, 2],[3 , 1e-400]]]}', "a[2][1][1]"],
    ['{"s":"12345678901234567890 \\" [,1e400","n" : 9007199254740993.0}', "n"],
    ["[123456789012345678901234567890e-10]", "[0]"],
    ["[18446744073709551616]", "[0]"],
    ["[0.1000000000000000055511151231257827]", "[0]"],
  ])("refuses to change the number in %s", (text, path) => {
    const error = errorOf(() => parseJson(text));
    expect(error).toMatchObject({ code: "invalid_request", status: 400, details: { path, field: path } });
    expect(error.hint).toContain("string");
  });

  it.each([
    "0.1",
    "1.0",
    "-0",
    "0.10000000000000001",
    "9007199254740992",
    "123456789012345680000",
    "1e23",
    "1E+2",
    "1.2345678901234567e+20",
    "5e-324",
    "4.9406564584124654e-324",
    "0e999",
    "100000000000000000000",
    "1.00000000000000000000000000",
    "-1.7976931348623157e308",
    '"12345678901234567890"',
    '[": 1e400","a, 12345678901234567890"]',
  ])("leaves %s alone", (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  it("keeps __proto__ as a plain member and lets the last of equal names win", () => {
    const value = parseJson('{"__proto__":{"admin":true},"a":1,"a":2}') as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(["__proto__", "a"]);
    expect(value.a).toBe(2);
    expect(value.admin).toBeUndefined();
    expect(stringifyJson(value)).toBe('{"__proto__":{"admin":true},"a":2}');
  });

  it("keeps lone surrogates and NUL as escapes", () => {
    const text = '["\\ud800","\\u0000","\\udc00x"]';
    expect(stringifyJson(parseJson(text))).toBe(text);
  });

  it("takes long suspicious documents in one pass", () => {
    const zeros = "0".repeat(200_000);
    const strings = `["${'\\\\"'.slice(0, 2).repeat(100_000)}",1e5]`;
    const worked = cpuTimeOf(() => {
      expect(errorOf(() => parseJson(`[1${zeros}1]`)).details).toMatchObject({ path: "[0]" });
      expect(parseJson(`[0.${zeros}]`)).toEqual([0]);
      expect(parseJson(strings)).toHaveLength(2);
    });
    expect(worked).toBeLessThan(2_000);
  });

  it("survives nesting that would break a recursive reader", () => {
    const text = `${"[".repeat(100_000)}1e400${"]".repeat(100_000)}`;
    expect(errorOf(() => parseJson(text)).code).toBe("invalid_request");
  });
});

describe("stringifyJson", () => {
  it.each([[undefined], [() => 1], [Symbol("s")], [1n]])("refuses %s", (value) => {
    expect(errorOf(() => stringifyJson(value)).code).toBe("invalid_request");
  });

  it("refuses circles", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    expect(errorOf(() => stringifyJson(circle)).message).toContain("JSON");
  });
});

describe("checkDepth", () => {
  it("counts the value itself and names the first value that is too deep", () => {
    expect(() => checkDepth([[1]], 2, "")).not.toThrow();
    const error = errorOf(() => checkDepth({ a: [1, [2]] }, 2, "jobs[0]"));
    expect(error).toMatchObject({ code: "payload_too_large", status: 413 });
    expect(error.details).toEqual({ field: "jobs[0].a[1]", actual: 3, max: 2 });
  });

  it("does not mind scalars and stops at the limit", () => {
    expect(() => checkDepth("text", 0, "")).not.toThrow();
    const deep: unknown = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`);
    expect(errorOf(() => checkDepth(deep, 32, "args")).details).toMatchObject({ max: 32 });
  });
});

describe("findUnserialisable", () => {
  const circle: Record<string, unknown> = {};
  circle.self = { again: circle };
  const deep: unknown = JSON.parse(`${"[".repeat(40)}${"]".repeat(40)}`);

  it.each([
    ["undefined", undefined, "", "undefined"],
    ["undefined in an object", [{ a: undefined }], "[0].a", "undefined"],
    ["a hole", [new Array(1)], "[0][0]", "undefined"],
    ["NaN", { n: Number.NaN }, "n", "NaN"],
    ["infinity", [Number.NEGATIVE_INFINITY], "[0]", "Infinity"],
    ["a bigint", { a: { "b c": 1n } }, 'a["b c"]', "bigint"],
    ["a function", [() => 1], "[0]", "function"],
    ["a symbol", [Symbol("x")], "[0]", "symbol"],
    ["a circle", circle, "self.again", "itself"],
    ["a map", { m: new Map() }, "m", "Map"],
    ["a set", [new Set([1])], "[0]", "Set"],
    ["an error", [new Error("x")], "[0]", "Error"],
    ["an invalid date", [new Date(Number.NaN)], "[0]", "Date"],
    ["too deep nesting", deep, "[0]".repeat(32), "32"],
    ["what toJSON returns", { toJSON: () => ({ n: 1n }) }, "n", "bigint"],
    [
      "a toJSON that throws",
      {
        toJSON: () => {
          throw new Error("not today");
        },
      },
      "",
      "not today",
    ],
  ])("finds %s", (_name, value, path, reason) => {
    const fault = findUnserialisable(value);
    expect(fault?.path).toBe(path);
    expect(fault?.reason).toContain(reason);
  });

  it.each([
    [null],
    [[1, "a", true, null, { b: [] }]],
    [new Date(0)],
    [{ at: new Date(0) }],
    [Object.create(null)],
    [{ same: [circle === null, "x"], twice: [1, 1] }],
  ])("has nothing against %j", (value) => {
    expect(findUnserialisable(value)).toBeUndefined();
  });

  it("does not take one object in two places for a circle", () => {
    const shared = { a: 1 };
    expect(findUnserialisable([shared, shared])).toBeUndefined();
  });

  it("agrees with JSON about every JSON value", () => {
    fc.assert(
      fc.property(anyJson, (value) => findUnserialisable(value) === undefined),
      { seed: 3, numRuns: 300 },
    );
  });
});
