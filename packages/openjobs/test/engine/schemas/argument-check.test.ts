/** What a check may cost, whatever the schema and the arguments are. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json-object.ts";
import { schemaUri } from "../../../src/core/schema.ts";
import { ArgumentCheck } from "../../../src/engine/schemas/argument-check.ts";
import { TooMuchWork } from "../../../src/engine/schemas/meter.ts";
import { checkSchema } from "../../../src/engine/schemas/schema-check.ts";
import { loadSchemaCompiler } from "../../../src/engine/schemas/schema-compiler.ts";

const compiler = await loadSchemaCompiler();

function aSchema(schema: JsonObject, version = 1) {
  return { uri: schemaUri("a.b", version), type: "a.b", version, schema, createdAt: 0 };
}

function flaws(schema: JsonObject, args: unknown) {
  return new ArgumentCheck(compiler).flaws(aSchema(schema), JSON.stringify(args));
}

function nested(depth: number): unknown {
  return depth === 0 ? [1] : [nested(depth - 1)];
}

describe("a check", () => {
  it("ends when a schema calls itself twice for each value", async () => {
    const twice = { allOf: [{ items: { $ref: "#" } }, { items: { $ref: "#" } }] };
    await checkSchema(twice);
    expect(flaws(twice, nested(8))).toEqual([]);
    expect(() => flaws(twice, nested(60))).toThrow(TooMuchWork);
  });

  it("ends when definitions double each other, also if none of them ever fits", () => {
    const $defs: Record<string, JsonObject> = { d40: { not: {} } };
    for (let level = 0; level < 40; level += 1) {
      const next = { $ref: `#/$defs/d${level + 1}` };
      $defs[`d${level}`] = { anyOf: [next, next] };
    }
    expect(() => flaws({ $defs, $ref: "#/$defs/d0" }, [])).toThrow(TooMuchWork);
  });

  it("follows schemas that call themselves as deep as arguments go", () => {
    const tree = { type: "array", items: { anyOf: [{ $ref: "#" }, { type: "string" }] } };
    expect(flaws(tree, [["a", ["b"]], "c"])).toEqual([]);
    expect(flaws(tree, [["a", [1]]])).not.toEqual([]);
  });

  it("ends when a pattern has many ways through a text", () => {
    const schema = { items: { pattern: "^(a+)+$" } };
    expect(flaws(schema, ["a".repeat(10_000)])).toEqual([]);
    expect(flaws(schema, [`${"a".repeat(10_000)}b`])).toMatchObject([{ pointer: "/0" }]);
    expect(() => flaws(schema, ["a".repeat(1_000_000)])).toThrow(TooMuchWork);
  });

  it("finds the same element twice without comparing all of them", () => {
    const many = Array.from({ length: 50_000 }, (_, index) => ({ index }));
    expect(flaws({ uniqueItems: true }, many)).toEqual([]);
    expect(flaws({ uniqueItems: true }, [{ a: 1, b: 2 }, 1, { b: 2, a: 1 }])).toMatchObject([{ pointer: "" }]);
    expect(flaws({ uniqueItems: false }, [1, 1])).toEqual([]);
  });

  it("does not begin when schema and arguments are too large together", () => {
    const schema = { items: { enum: Array.from({ length: 2_000 }, (_, index) => `${index}`) } };
    const args = Array.from({ length: 60_000 }, () => "1");
    expect(flaws(schema, args)).toEqual([{ pointer: "", problem: "is too large to be checked" }]);
  });

  it("shows few flaws of many, and one of large arguments", () => {
    const schema = { items: { type: "string" } };
    expect(flaws(schema, new Array(1_000).fill(1))).toHaveLength(20);
    expect(flaws(schema, new Array(100_000).fill(1))).toHaveLength(1);
  });

  it("keeps what it has compiled, as far as that are the last hundred schemas", () => {
    let compiled = 0;
    const counting = {
      ...compiler,
      compile: (document: JsonObject, all: boolean) => {
        compiled += 1;
        return compiler.compile(document, all);
      },
    };
    const check = new ArgumentCheck(counting);
    const schemas = Array.from({ length: 101 }, (_, version) => aSchema({}, version));
    for (const schema of schemas) check.flaws(schema, "[]");
    for (const schema of schemas.slice(1)) check.flaws(schema, "[]");
    expect(compiled).toBe(101);
    check.flaws(aSchema({}, 0), "[]");
    expect(compiled).toBe(102);
  });
});

describe("a format", () => {
  it.each([
    ["date", ["2026-02-28"], ["2026-02-30", "today", "2026-2-3"]],
    ["date-time", ["2026-02-28T10:00:00.5+01:00"], ["2026-02-28", "2026-02-28T10:00:00"]],
    ["time", ["10:00:00Z"], ["10:00:00", "25:00:00Z"]],
    ["email", ["a.b+c@example.com"], ["a", "@example.com", "a b@example.com", "a@-x.com"]],
    ["hostname", ["example.com", "localhost"], ["-a.com", "a..b", "a_b"]],
    ["ipv4", ["10.0.0.1"], ["10.0.0.256", "::1"]],
    ["ipv6", ["::1"], ["10.0.0.1", "fe80::1%eth0"]],
    ["uri", ["https://example.com/a?b#c", "urn:a:b"], ["/a", "a b:c", "http://["]],
    ["uuid", ["019461a8-1a2b-7c3d-8e4f-5a6b7c8d9e0f"], ["019461a81a2b7c3d8e4f5a6b7c8d9e0f"]],
    ["of-nobody", ["anything"], []],
  ])("%s", (format, good, bad) => {
    const fits = (text: string): boolean => flaws({ items: { format } }, [text]).length === 0;
    expect([good.filter(fits), bad.filter(fits)]).toEqual([good, []]);
  });
});

describe("a schema", () => {
  it.each(["(?=a)a", "(a)\\1", "(a{1000}){1000}"])("with the pattern %s is refused", async (pattern) => {
    await expect(checkSchema({ items: { pattern } })).rejects.toMatchObject({ details: { field: "schema" } });
    await expect(checkSchema({ patternProperties: { [pattern]: {} } })).rejects.toMatchObject({
      code: "invalid_request",
    });
  });
});
