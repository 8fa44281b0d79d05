import { describe, expect, it } from "vitest";
import { testServer } from "./test-server.ts";

const ADMIN = "/ojs/v1/admin/schemas";
const MAIL = { type: "object", properties: { to: { type: "string" } }, required: ["to"] };

describe("schemas by type and version", () => {
  it("are registered once", async () => {
    await using test = await testServer();
    const put = await test.call("PUT", `${ADMIN}/email.send/2`, { body: { schema: MAIL } });
    expect([put.status, put.body]).toMatchObject([201, { type: "email.send", version: 2, schema: MAIL }]);
    const again = await test.call("PUT", `${ADMIN}/email.send/2`, { body: { schema: {} } });
    expect(again.status).toBe(409);
    expect((await test.get(`${ADMIN}/email.send/2`)).body).toEqual(put.body);
  });

  it("have a latest one, which is the next lower one when it is removed", async () => {
    await using test = await testServer();
    for (const version of [9, 10, 2]) {
      await test.call("PUT", `${ADMIN}/email.send/${version}`, { body: { schema: MAIL } });
    }
    expect((await test.get(`${ADMIN}/email.send`)).body.version).toBe(10);
    expect((await test.del(`${ADMIN}/email.send/10`)).status).toBe(200);
    expect((await test.get(`${ADMIN}/email.send`)).body.version).toBe(9);
    expect((await test.get(`${ADMIN}/email.send/versions`)).body.versions).toMatchObject([
      { version: 9, is_latest: true },
      { version: 2, is_latest: false },
    ]);
    expect((await test.del(`${ADMIN}/email.send/10`)).status).toBe(404);
    await test.del(`${ADMIN}/email.send/9`);
    await test.del(`${ADMIN}/email.send/2`);
    expect((await test.get(`${ADMIN}/email.send`)).status).toBe(404);
    expect((await test.get(`${ADMIN}/email.send/versions`)).status).toBe(404);
  });

  it.each([
    [{}, "schema"],
    [{ schema: [] }, "schema"],
    [{ schema: { type: "thing" } }, "schema.type"],
    [{ schema: { properties: { a: { minimum: "1" } } } }, "schema.properties.a.minimum"],
    [{ schema: { $ref: "https://example.com/other.json" } }, "schema.$ref"],
    [{ schema: { $ref: "#/$defs/none" } }, "schema"],
    [{ schema: { pattern: "(" } }, "schema"],
    [{ schema: { $schema: "http://json-schema.org/draft-07/schema#" } }, "schema.$schema"],
    [{ schema: { description: "x".repeat(65_536) } }, "schema"],
  ])("are refused when they are none: %j", async (body, field) => {
    await using test = await testServer();
    const put = await test.call("PUT", `${ADMIN}/email.send/1`, { body });
    expect([put.status, put.body.error.details.field]).toEqual([400, field]);
    expect((await test.get("/ojs/v1/schemas")).body.schemas).toEqual([]);
  });
});

describe("schemas by URI", () => {
  it("may have an $id and a $schema, also the same $id as others", async () => {
    await using test = await testServer();
    const schema = { $id: "urn:example:mail", $schema: "https://json-schema.org/draft/2020-12/schema", ...MAIL };
    for (const uri of ["urn:a", "urn:b"]) {
      const post = await test.post("/ojs/v1/schemas", { uri, type: "t", version: "1", schema });
      expect(post.status).toBe(201);
    }
  });

  it("are registered, found, listed and removed, and keep their version as it was written", async () => {
    await using test = await testServer();
    const uri = "https://example.com/schemas/mail";
    const body = { uri, type: "json-schema", version: "1.0.0", schema: MAIL };
    const path = `/ojs/v1/schemas/${encodeURIComponent(uri)}`;
    const post = await test.post("/ojs/v1/schemas", body);
    expect([post.status, post.body]).toMatchObject([201, { uri, version: "1.0.0", schema: body }]);
    expect((await test.post("/ojs/v1/schemas", body)).status).toBe(409);
    expect((await test.get(path)).body).toEqual(post.body);
    expect((await test.get("/ojs/v1/schemas")).body.schemas).toMatchObject([{ uri, version: "1.0.0" }]);
    expect((await test.del(path)).status).toBe(200);
    expect((await test.del(path)).status).toBe(404);
  });

  it("need none: a job type and a version are enough, and later versions are later by number", async () => {
    await using test = await testServer();
    for (const version of ["1.9.0", "1.10.0", "1.10.0-rc.1"]) {
      await test.post("/ojs/v1/schemas", { job_type: "email.send", version, schema: MAIL });
    }
    const { body } = await test.get("/ojs/v1/schemas/email.send");
    expect(body.schema).toMatchObject({ job_type: "email.send", version: "1.10.0", schema: MAIL });
  });
});

describe("arguments that do not fit", () => {
  it("are answered with all places, in the specification's words too", async () => {
    await using test = await testServer();
    const schema = { prefixItems: [MAIL], items: false };
    await test.call("PUT", `${ADMIN}/email.send/1`, { body: { schema } });
    const post = await test.post("/ojs/v1/jobs", { type: "email.send", args: [{ to: 1 }, 2], version: 1 });
    expect([post.status, post.body.error]).toMatchObject([
      422,
      {
        code: "invalid_payload",
        type: "validation_error",
        retryable: false,
        details: {
          field: "args[0].to",
          schema: "urn:ojs:schema:email.send:1",
          errors: [{ path: "args[0].to", message: "must be string" }, { path: "args" }],
          validation_errors: ["args[0].to must be string", expect.stringContaining("args ")],
        },
      },
    ]);
    expect((await test.get("/ojs/manifest")).body.capabilities.schema_validation).toBe(true);
  });
});
