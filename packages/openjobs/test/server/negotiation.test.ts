import { describe, expect, it } from "vitest";
import { testServer } from "./test-server.ts";

const job = { type: "test.job", args: [] };

describe("headers of answers", () => {
  it.each([
    ["a success", "GET", "/ojs/v1/health", 200],
    ["an unknown path", "GET", "/nowhere", 404],
    ["a wrong method", "DELETE", "/ojs/v1/jobs", 405],
    ["a bad body", "POST", "/ojs/v1/jobs", 400],
  ])("are on %s", async (_name, method, path, status) => {
    await using test = await testServer();
    const answer = await test.call(method, path);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      "content-type": "application/openjobspec+json",
      "ojs-version": "1.0",
      "x-request-id": expect.stringMatching(/^req_[0-9a-f-]{36}$/),
    });
  });

  it("tell the Python SDK what it wants to hear, and nobody else", async () => {
    await using test = await testServer();
    const python = await test.get("/ojs/v1/health", { "user-agent": "python-httpx/0.27.0" });
    const other = await test.get("/ojs/v1/health", { "user-agent": "python-requests/2" });
    expect(python.headers["content-type"]).toBe('application/openjobspec+json; alias="application/json"');
    expect(other.headers["content-type"]).toBe("application/openjobspec+json");
  });
});

describe("request ids", () => {
  it.each([
    ["req_client-1", "req_client-1"],
    ["a".repeat(128), "a".repeat(128)],
    ["first, second", "first"],
  ])("echoes %s", async (sent, expected) => {
    await using test = await testServer();
    const answer = await test.get("/ojs/v1/health", { "x-request-id": sent });
    expect(answer.headers["x-request-id"]).toBe(expected);
  });

  it.each([[""], ["a".repeat(129)], ["tab\tinside"], ["é"], ["<script>"]])("replaces %j", async (sent) => {
    await using test = await testServer();
    const answer = await test.get("/ojs/v1/health", { "x-request-id": sent });
    expect(answer.headers["x-request-id"]).toMatch(/^req_/);
  });

  it("repeats the id inside errors", async () => {
    await using test = await testServer();
    const answer = await test.get("/nowhere", { "x-request-id": "mine" });
    expect(answer.body.error.request_id).toBe("mine");
  });
});

describe("OJS-Version", () => {
  it.each([["1"], ["1.0"], ["1.7"], ["1.0.0"], ["1.0.0-rc.1"], ["1.0, 1.0"]])("accepts %s", async (version) => {
    await using test = await testServer();
    expect((await test.get("/ojs/manifest", { "ojs-version": version })).status).toBe(200);
  });

  it.each([["2.0"], ["0.9"], ["11"], [""], ["one"], ["1.0, 2.0"], ["1.0.0.0"]])("refuses %j", async (version) => {
    await using test = await testServer();
    const answer = await test.get("/ojs/manifest", { "ojs-version": version });
    expect(answer.status).toBe(422);
    expect(answer.body.error).toMatchObject({ code: "unsupported", retryable: false });
  });
});

describe("the format of bodies", () => {
  it.each([
    [undefined],
    ["application/openjobspec+json"],
    ["application/json"],
    ["application/json; charset=utf-8"],
    ["Application/JSON;charset=latin1"],
  ])("accepts %s", async (type) => {
    await using test = await testServer();
    const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
    expect((await test.post("/ojs/v1/jobs", job, headers)).status).toBe(201);
  });

  it.each([["text/plain"], ["application/x-www-form-urlencoded"], ["application/jsonp"], [""]])(
    "refuses %j",
    async (type) => {
      await using test = await testServer();
      const answer = await test.post("/ojs/v1/jobs", job, { "content-type": type });
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatchObject({ code: "invalid_request", details: { header: "Content-Type" } });
    },
  );

  it("refuses compressed bodies", async () => {
    await using test = await testServer();
    const answer = await test.post("/ojs/v1/jobs", job, { "content-encoding": "gzip" });
    expect(answer.status).toBe(400);
    expect(answer.body.error.details).toMatchObject({ header: "Content-Encoding" });
    expect((await test.post("/ojs/v1/jobs", job, { "content-encoding": "identity" })).status).toBe(201);
  });

  it("ignores the content type where no body is read", async () => {
    await using test = await testServer();
    const headers = { "content-type": "application/openjobspec+json" };
    expect((await test.post("/ojs/v1/queues/default/pause", undefined, headers)).status).toBe(200);
    expect((await test.post("/ojs/v1/queues/default/resume", "", headers)).status).toBe(200);
    expect((await test.get("/ojs/v1/queues", headers)).status).toBe(200);
  });

  it.each([
    ["nothing", undefined, "invalid_payload"],
    ["an empty text", "", "invalid_payload"],
    ["broken JSON", '{"type":', "invalid_payload"],
    ["a byte order mark", '\uFEFF{"type":"a"}', "invalid_payload"],
    ["an array", "[]", "invalid_request"],
    ["null", "null", "invalid_request"],
    ["a string", '"job"', "invalid_request"],
    ["a number", "7", "invalid_request"],
  ])("refuses %s as a job", async (_name, body, code) => {
    await using test = await testServer();
    const answer = await test.post("/ojs/v1/jobs", body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code, retryable: false, hint: expect.any(String) });
  });
});
