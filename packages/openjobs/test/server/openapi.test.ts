/** The OpenAPI document: about every route, closed everywhere, and true of what the server answers. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operationIdOf } from "../../src/server/openapi/operation.ts";
import { type DescribedApi, describedApi } from "./openapi/described-api.ts";
import { danglingRefs, followed, schemaProblems, unusedParts } from "./openapi/document-checks.ts";
import { DOCUMENT_SHAPE } from "./openapi/document-shape.ts";
import { SCENARIOS } from "./openapi/scenarios/all.ts";
import type { Send } from "./openapi/scenarios/scenario.ts";
import { type TestServer, testServer } from "./test-server.ts";

const PATH = "/ojs/openapi.json";

describe("the OpenAPI document and the answers", () => {
  let server: TestServer;
  let api: DescribedApi;
  const hit = new Set<string>();
  const problems: string[] = [];

  const send: Send = async (method, target, body, headers = {}) => {
    const [path = ""] = target.split("?");
    const answer = await server.call(method, target, { body, headers });
    const { status, text } = answer;
    const call = { method, path, requestBody: body, status, contentType: answer.headers["content-type"] ?? "", text };
    problems.push(...api.problems(call));
    if (status < 300) hit.add(api.operationOf(call) ?? "");
    return answer;
  };

  beforeAll(async () => {
    server = await testServer({ webhooks: { targets: "any" } });
    api = describedApi((await server.get(PATH)).body);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it.each(Object.entries(SCENARIOS))("agree about %s", async (_noun, scenario) => {
    problems.length = 0;
    await scenario(send);
    expect(problems).toEqual([]);
  });

  it("have every route in common", () => {
    expect(api.operations.filter((operation) => !hit.has(operation))).toEqual([]);
  });
});

describe("the OpenAPI document", () => {
  it("has closed schemas that say something, and all that it refers to", async () => {
    await using server = await testServer();
    const { body: document, headers, status } = await server.get(PATH);
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json");
    const schemas: Record<string, unknown> = document.components.schemas;
    expect(Object.entries(schemas).flatMap(([name, schema]) => schemaProblems(schema, name))).toEqual([]);
    expect(danglingRefs(document)).toEqual([]);
    expect(unusedParts(document)).toEqual([]);
  });

  it("is a document of OpenAPI 3.1, in ASCII, with schemas of JSON Schema 2020-12", async () => {
    for (const options of [{}, { apiKey: "k" }]) {
      await using server = await testServer(options);
      const { body: document, text } = await server.get(PATH, { authorization: "Bearer k" });
      expect(text).toMatch(/^[\x20-\x7e]*$/);
      const ajv = new Ajv2020({ strict: false });
      expect([ajv.validate(DOCUMENT_SHAPE, document), ajv.errors]).toEqual([true, null]);
      for (const [name, schema] of Object.entries(document.components.schemas)) {
        expect([name, ajv.validateSchema(Object(schema))]).toEqual([name, true]);
      }
    }
  });

  it("declares every parameter of its paths", async () => {
    await using server = await testServer();
    const { body: document } = await server.get(PATH);
    const items: [string, Record<string, { parameters: object[] }>][] = Object.entries(document.paths);
    for (const [path, item] of items) {
      for (const { parameters } of Object.values(item)) {
        const declared = parameters.map((one) => followed(document, one, "").part);
        const names = declared.filter((one) => one.in === "path" && one.required).map(({ name }) => `{${name}}`);
        expect([path, names]).toEqual([path, path.match(/\{\w+\}/g) ?? []]);
      }
    }
  });

  it("gives each operation what tools ask for", async () => {
    await using server = await testServer();
    const { body: document } = await server.get(PATH);
    const items: Record<
      string,
      Record<string, { operationId: string; summary: string; responses: object }>
    > = document.paths;
    const operations = Object.values(items).flatMap((item) => Object.values(item));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operationId, summary, responses } of operations) {
      expect(operationId).toMatch(/^[a-z][A-Za-z0-9]+$/);
      expect(summary).toMatch(/^[A-Z].*[^.]$/);
      expect(Object.keys(responses)).toContain("500");
    }
    // Two templates that differ in the name of a parameter only are one path to a tool.
    const shapes = Object.keys(items).map((path) => path.replaceAll(/\{\w+\}/g, "{}"));
    expect(new Set(shapes).size).toBe(shapes.length);
  });

  it("asks for a key where the server does, and not of probes", async () => {
    await using open = await testServer();
    expect((await open.get(PATH)).body.security).toBeUndefined();
    await using guarded = await testServer({ apiKey: "k" });
    expect((await guarded.get(PATH)).status).toBe(401);
    const { body: document } = await guarded.get(PATH, { authorization: "Bearer k" });
    expect(document.security).toEqual([{ apiKey: [] }]);
    expect(document.components.securitySchemes.apiKey).toEqual({ type: "http", scheme: "bearer" });
    expect(document.paths["/ready"].get.security).toEqual([]);
    expect(document.paths["/ojs/v1/jobs"].post.security).toBeUndefined();
  });

  it("lets clients add members to their jobs, and finds them in the answers", async () => {
    await using server = await testServer();
    const { body: document } = await server.get(PATH);
    const { status, text, headers } = await server.post("/ojs/v1/jobs", { type: "a", args: [], x_own: 1 });
    const call = { method: "POST", path: "/ojs/v1/jobs", status, text, contentType: headers["content-type"] ?? "" };
    expect(describedApi(document, { own: true }).problems(call)).toEqual([]);
    expect(describedApi(document).problems(call)[0]).toMatch(/additional properties.*x_own/);
  });
});

describe("the checks", () => {
  it.each([
    [{}, "says nothing"],
    [{ description: "Words." }, "says nothing"],
    [{ type: "object" }, "takes any member"],
    [{ properties: { a: { type: "string" } } }, "takes any member"],
    [
      { type: "object", properties: { a: { type: "string" } }, additionalProperties: { type: "string" } },
      "does not name",
    ],
    [{ type: "array", items: { anyOf: [{ type: "object" }] } }, "/items/0: takes any member"],
  ])("find what is wrong with %j", (schema, problem) => {
    expect(schemaProblems(schema, "X").join()).toContain(problem);
  });

  it("name an operation after its route", () => {
    expect(operationIdOf({ method: "POST", path: "/ojs/v1/jobs/:id/activate" })).toBe("postJobsByIdActivate");
    expect(operationIdOf({ method: "GET", path: "/ojs/v1/dead-letter" })).toBe("getDeadLetter");
    expect(operationIdOf({ method: "GET", path: "/ojs/openapi.json" })).toBe("getServerOpenapiJson");
  });
});
