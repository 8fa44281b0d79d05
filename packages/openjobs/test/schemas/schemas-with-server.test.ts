/** Schemas of definitions in the registry of a real server, in process and over HTTP, and that they hold there. */
import { type } from "arktype";
import * as v from "valibot";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { defineJob, OjsClient, OjsConflictError, OjsNotFoundError, OjsValidationError } from "../../src/index.ts";
import { OjsSchemas } from "../../src/schemas/index.ts";
import { losing, serverWays } from "../client/server-ways.ts";

const [inProcess, overHttp] = serverWays();

describe.each([inProcess, overHttp])("%s", (way, open) => {
  let client: OjsClient;
  let schemas: OjsSchemas;
  const resize = defineJob(`${way}.resize`, { args: z.object({ url: z.url(), width: z.int().default(100) }) });

  beforeEach(() => {
    client = new OjsClient({ transport: open() });
    schemas = new OjsSchemas({ transport: open(), retry: { baseDelay: 0 } });
  });

  /** The place that the server does not like in a job that somebody enqueues by name. */
  async function refusal(name: string, args: object): Promise<unknown> {
    const failure: unknown = await client.enqueue(name, args).catch((error: unknown) => error);
    return failure instanceof OjsValidationError ? failure.details?.field : failure;
  }

  it("the server checks jobs of a registered definition, whoever sends them", async () => {
    const registered = await schemas.registerJobSchema(resize);
    expect(registered).toMatchObject({ type: resize.type, version: 1, schema: { type: "array", minItems: 1 } });
    // A default is for the worker to fill in.
    await client.enqueue(resize, { url: "https://example.com/a.png" });
    expect(await refusal(resize.type, { url: "https://example.com/a.png", width: "wide" })).toBe("args[0].width");
    expect(await refusal(resize.type, {})).toBe("args[0]");
    expect(await refusal(resize.type, [])).toBe("args");
  });

  it("the same again changes nothing, also when the answer got lost", async () => {
    const unlucky = new OjsSchemas({ transport: losing(open()), retry: { baseDelay: 0 } });
    const again = defineJob(`${way}.again`, { args: z.tuple([z.string()]) });
    const first = await unlucky.registerJobSchema(again);
    expect(await schemas.registerJobSchema(again)).toEqual(first);
  });

  it("another schema needs another version, and the latest is the one of its type", async () => {
    const before = defineJob(`${way}.changed`, { args: z.tuple([z.string()]) });
    const after = defineJob(`${way}.changed`, { args: z.tuple([z.number()]) });
    await schemas.registerJobSchema(before);
    await expect(schemas.registerJobSchema(after)).rejects.toThrow(OjsConflictError);
    const second = await schemas.registerJobSchema(after, { version: 2 });
    expect(await schemas.getSchema(before.type)).toEqual(second);
    expect(await refusal(before.type, ["a"])).toBe("args[0]");
  });

  it("lists, finds and removes", async () => {
    const { uri } = await schemas.registerSchema({ type: `${way}.plain`, version: "1.0", schema: { type: "array" } });
    const listed = (await schemas.listSchemas()).filter((schema) => schema.type === `${way}.plain`);
    expect(listed).toEqual([{ uri, type: `${way}.plain`, version: "1.0", createdAt: expect.any(String) }]);
    expect(await schemas.getSchema(uri)).toMatchObject({ uri, version: "1.0", schema: { type: "array" } });
    const unlucky = new OjsSchemas({ transport: losing(open()), retry: { baseDelay: 0 } });
    await unlucky.deleteSchema(uri);
    await expect(schemas.getSchema(uri)).rejects.toThrow(OjsNotFoundError);
    await expect(schemas.deleteSchema(uri)).rejects.toThrow(OjsNotFoundError);
  });

  it("a schema may have any URI", async () => {
    const uri = `https://example.com/${way}?a=b#c`;
    const plain = { uri, type: `${way}.uri`, version: 3, schema: { type: "array" } };
    expect(await schemas.registerSchema(plain)).toMatchObject(plain);
    expect(await schemas.registerSchema(plain)).toMatchObject(plain);
  });

  it("a schema that refers to itself means itself, also inside of the array", async () => {
    const Tree = z.object({
      name: z.string(),
      get kids() {
        return z.array(Tree);
      },
    });
    const root = defineJob(`${way}.tree`, { args: Tree });
    const nested = defineJob(`${way}.trees`, { args: z.object({ left: Tree, right: Tree }) });
    await schemas.registerJobSchema(root);
    await schemas.registerJobSchema(nested);
    const named = defineJob(`${way}.named`);
    const properties = { default: { $ref: "#/$defs/text" }, $ref: { const: { $ref: "#" } } };
    await schemas.registerJobSchema(named, {
      jsonSchema: { type: "object", properties, $defs: { text: { type: "string" } } },
    });
    await client.enqueue(named.type, { default: "a", $ref: { $ref: "#" } });
    expect(await refusal(named.type, { default: 7 })).toBe("args[0].default");
    const leaf = { name: "a", kids: [] };
    await client.enqueue(root, { name: "b", kids: [leaf] });
    await client.enqueue(nested, { left: leaf, right: { name: "b", kids: [leaf] } });
    expect(await refusal(root.type, { name: "b", kids: [{ ...leaf, kids: [7] }] })).toBe("args[0].kids[0].kids[0]");
    expect(await refusal(nested.type, { left: leaf, right: { name: 7, kids: [] } })).toBe("args[0].right.name");
  });

  it("ArkType writes its own, and a document of one's own stands for any", async () => {
    const byArkType = defineJob(`${way}.arktype`, { args: type({ to: "string" }) });
    await schemas.registerJobSchema(byArkType);
    expect(await refusal(byArkType.type, { to: 7 })).toBe("args[0].to");

    const byValibot = defineJob(`${way}.valibot`, { args: v.object({ to: v.string() }) });
    const jsonSchema = { type: "object", properties: { to: { type: "string" } } };
    await schemas.registerJobSchema(byValibot, { jsonSchema });
    expect(await refusal(byValibot.type, { to: 7 })).toBe("args[0].to");

    const plain = defineJob<[to: string]>(`${way}.own`);
    await schemas.registerJobSchema(plain, { jsonSchema: { type: "array", items: { type: "string" } } });
    expect(await refusal(plain.type, [7])).toBe("args[0]");
  });

  it.each([
    ["of a library that does not write it", defineJob("a", { args: v.object({}) }), "jsonSchema"],
    ["of plain types", defineJob("a"), "jsonSchema"],
    ["of what JSON Schema has no words for", defineJob("a", { args: z.object({ at: z.date() }) }), "args"],
  ])("says what to do about a definition %s", async (_, definition, field) => {
    await expect(schemas.registerJobSchema(definition)).rejects.toMatchObject({
      code: "invalid_request",
      details: { field },
      hint: expect.stringContaining("jsonSchema"),
    });
  });
});

describe("the document of arguments", () => {
  const [, open] = inProcess;

  it("that is of arrays stays as it is, whatever kind of arrays", async () => {
    const schemas = new OjsSchemas({ transport: open() });
    const either = {
      anyOf: [
        { type: "array", maxItems: 1 },
        { type: "array", minItems: 3 },
      ],
    };
    const kept = await schemas.registerJobSchema(defineJob("doc.either"), { jsonSchema: either });
    expect(kept.schema).toEqual(either);
    const mixed = { anyOf: [{ type: "array" }, { type: "object" }] };
    const wrapped = await schemas.registerJobSchema(defineJob("doc.mixed"), { jsonSchema: mixed });
    expect(wrapped.schema).toMatchObject({ type: "array", $defs: { onlyArgument: mixed } });
  });
});
