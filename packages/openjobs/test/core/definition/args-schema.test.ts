import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { checkArgs, readArgs, readValue } from "../../../src/core/definition/args-schema.ts";
import type { StandardSchema } from "../../../src/core/definition/standard-schema.ts";
import { OjsValidationError } from "../../../src/core/errors.ts";

interface Case {
  readonly name: string;
  readonly one: StandardSchema;
  readonly several: StandardSchema;
}

const libraries: readonly Case[] = [
  {
    name: "Zod",
    one: z.object({ to: z.string().min(2), tries: z.int().default(3) }),
    several: z.tuple([z.string(), z.int()]),
  },
  {
    name: "Valibot",
    one: v.object({ to: v.pipe(v.string(), v.minLength(2)), tries: v.optional(v.number(), 3) }),
    several: v.strictTuple([v.string(), v.number()]),
  },
  {
    name: "ArkType",
    one: type({ to: "string >= 2", tries: "number = 3" }),
    several: type(["string", "number"]),
  },
];

describe.each(libraries)("arguments and a schema of $name", ({ one, several }) => {
  const fieldsOf = async (schema: StandardSchema, args: readonly unknown[]): Promise<readonly string[]> => {
    const reading = await readArgs(schema, args);
    return reading.fits ? [] : reading.issues.map(({ path }) => path);
  };

  it("an object is the only argument, and becomes what the schema makes of it", async () => {
    expect(await readArgs(one, [{ to: "ada" }])).toEqual({ fits: true, value: [{ to: "ada", tries: 3 }] });
  });

  it("a tuple is all of them", async () => {
    expect(await readArgs(several, ["a", 1])).toEqual({ fits: true, value: ["a", 1] });
  });

  it("names the place that does not fit", async () => {
    expect(await fieldsOf(one, [{ to: 5 }])).toEqual(["args[0].to"]);
    expect(await fieldsOf(one, [{}])).toEqual(["args[0].to"]);
    expect(await fieldsOf(several, ["a", "b"])).toEqual(["args[1]"]);
  });

  it.each<[string, readonly unknown[]]>([
    ["none", []],
    ["too few", ["a"]],
    ["too many", ["a", 1, 2]],
  ])("refuses %s of several", async (_, args) => {
    expect((await readArgs(several, args)).fits).toBe(false);
  });

  it("refuses an only argument beside others", async () => {
    expect((await readArgs(one, [{ to: "ada" }, { to: "bob" }])).fits).toBe(false);
  });

  it("never repeats a value", async () => {
    const secret = "hunter2";
    for (const args of [[{ to: 4711 }], [{ to: "ada", tries: secret }], [{ to: { deep: [secret] } }], [secret]]) {
      expect(JSON.stringify(await readArgs(one, args))).not.toMatch(/4711|hunter2/);
    }
    expect(JSON.stringify(await readArgs(several, ["a", secret]))).not.toContain(secret);
    expect(JSON.stringify(await readArgs(several, [4711, 1]))).not.toContain("4711");
  });
});

describe("arguments", () => {
  it("a list of texts is all arguments, also when there is one of them or none", async () => {
    for (const texts of [z.array(z.string()), v.array(v.string()), type("string[]")]) {
      for (const args of [[], ["a"], ["a", "b"]]) {
        expect(await readArgs(texts, args)).toEqual({ fits: true, value: args });
      }
      expect((await readArgs(texts, [["a"]])).fits).toBe(false);
    }
  });

  it("a list in a list stays one, also where anything fits", async () => {
    expect(await readArgs(z.any(), [["a"]])).toEqual({ fits: true, value: [["a"]] });
    expect(await readArgs(z.array(z.unknown()), [["a"]])).toEqual({ fits: true, value: [["a"]] });
    expect(await readArgs(v.looseObject({}), [{ a: ["b"] }])).toEqual({ fits: true, value: [{ a: ["b"] }] });
  });

  it("a schema that makes a list of one argument makes one argument", async () => {
    const words = z.string().transform((text) => text.split(" "));
    expect(await readArgs(words, ["a b"])).toEqual({ fits: true, value: [["a", "b"]] });
  });

  it("may need time", async () => {
    const slow = z.object({ name: z.string().refine(async (name) => name !== "taken", "is taken") });
    expect(await readArgs(slow, [{ name: "free" }])).toEqual({ fits: true, value: [{ name: "free" }] });
    expect(await readArgs(slow, [{ name: "taken" }])).toMatchObject({ issues: [{ path: "args[0].name" }] });
  });

  it("answers at once if the schema does: a promise would cost each job a turn", () => {
    expect(readArgs(z.string(), ["a"])).toEqual({ fits: true, value: ["a"] });
    expect(checkArgs(z.string(), "a")).toBeUndefined();
  });

  it("names keys as all errors here do, and at most twenty places", () => {
    const odd: StandardSchema = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: () => ({
          issues: [
            { message: "no", path: ["a", 0, { key: "odd key" }] },
            ...Array.from({ length: 30 }, () => ({ message: "no" })),
          ],
        }),
      },
    };
    const reading = readValue(odd, {}, "args");
    expect(reading).toMatchObject({ issues: { length: 20, 0: { path: 'args.a[0]["odd key"]', message: "no" } } });
  });
});

describe("arguments that are to be sent", () => {
  it.each<[string, StandardSchema, unknown]>([
    ["an object", z.object({ a: z.string() }), { a: "b" }],
    ["several", z.tuple([z.string(), z.null()]), ["b", null]],
    ["none", z.tuple([]), undefined],
    ["a date that arrives as text", z.iso.datetime(), new Date(0)],
  ])("pass: %s", async (_, schema, args) => {
    await checkArgs(schema, args);
  });

  it("are refused with all issues, and the place in the request", async () => {
    const schema = z.object({ a: z.string(), b: z.number() });
    const failing = async () => checkArgs(schema, {}, "jobs[3].");
    await expect(failing()).rejects.toThrow(OjsValidationError);
    await expect(failing()).rejects.toMatchObject({
      code: "invalid_payload",
      message: expect.stringContaining("jobs[3].args[0].a"),
      details: { field: "jobs[3].args[0].a", issues: [{ path: "jobs[3].args[0].a" }, { path: "jobs[3].args[0].b" }] },
    });
  });

  it("are judged by what travels: a date that would arrive as text does not fit a date", () => {
    expect(() => checkArgs(z.object({ at: z.date() }), { at: new Date(0) })).toThrow("args[0].at");
  });

  it("are left to the encoder if JSON cannot carry them: it names the exact place", () => {
    expect(checkArgs(z.object({ a: z.number() }), { a: Number.NaN })).toBeUndefined();
  });
});
