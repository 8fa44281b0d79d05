import { describe, expect, it } from "vitest";
import { OjsAuthError, OjsClient } from "../../src/index.ts";
import { isLoopback } from "../../src/server/browser-guard.ts";
import { testServer } from "./test-server.ts";

const KEY = "secret-key";

describe("the API key", () => {
  it.each([
    ["none", undefined, "Bearer"],
    ["an empty header", "", "Bearer"],
    ["another scheme", "Basic c2VjcmV0", "Bearer"],
    ["a bare key", KEY, "Bearer"],
    ["no token", "Bearer ", "Bearer"],
    ["a wrong token", "Bearer wrong", 'Bearer error="invalid_token"'],
    ["a part of the token", `Bearer ${KEY.slice(0, -1)}`, 'Bearer error="invalid_token"'],
    ["the token and more", `Bearer ${KEY}x`, 'Bearer error="invalid_token"'],
    ["the token", `Bearer ${KEY}`, null],
    ["the token, as the JS SDK's subscriptions send it", `Bearer Bearer ${KEY}`, null],
    ["a wrong token, likewise", "Bearer Bearer wrong", 'Bearer error="invalid_token"'],
    ["a lower-case scheme", `bearer ${KEY}`, null],
  ])("with %s", async (_name, authorization, challenge) => {
    await using test = await testServer({ apiKey: KEY });
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const answer = await test.get("/ojs/manifest", headers);
    expect(answer.status).toBe(challenge === null ? 200 : 401);
    if (challenge === null) return;
    expect(answer.headers["www-authenticate"]).toBe(challenge);
    expect(answer.body.error).toMatchObject({ code: "unauthorized", retryable: false });
    expect(JSON.stringify(answer.body)).not.toContain(KEY);
  });

  it.each([["/ready"], ["/health"], ["/ojs/v1/health"]])("is not needed for %s", async (path) => {
    await using test = await testServer({ apiKey: KEY });
    expect((await test.get(path)).status).toBe(200);
  });

  it("is asked for before anything is said about paths", async () => {
    await using test = await testServer({ apiKey: KEY });
    expect((await test.get("/nowhere")).status).toBe(401);
    expect((await test.del("/ojs/v1/jobs")).status).toBe(401);
    expect((await test.post("/ojs/v1/jobs", "not json")).status).toBe(401);
  });

  it("is asked for of clients, which say what is wrong", async () => {
    await using test = await testServer({ apiKey: KEY });
    const { url } = await test.server.listen(0);
    await using client = new OjsClient({ url, apiKey: "wrong" });
    await expect(client.manifest()).rejects.toMatchObject({ code: "unauthorized", status: 401 });
    await expect(client.manifest()).rejects.toBeInstanceOf(OjsAuthError);
  });

  it("is not needed in process", async () => {
    await using test = await testServer({ apiKey: KEY });
    const request = { method: "GET", path: "/ojs/manifest", headers: {} } as const;
    expect((await test.server.transport.request(request)).status).toBe(200);
  });

  it("is not left out because it is misspelt", async () => {
    await expect(testServer({ apikey: KEY } as object)).rejects.toThrow("There is no option 'apikey'");
  });

  it("must not be empty", async () => {
    await expect(testServer({ apiKey: " " })).rejects.toThrow("apiKey must not be empty");
  });
});

describe("listening beyond loopback", () => {
  it("needs an API key", async () => {
    await using test = await testServer();
    await expect(test.server.listen(0, "0.0.0.0")).rejects.toThrow(/without an API key.*--insecure/);
  });

  it.each([[{ apiKey: KEY }], [{ insecure: true }]])("works with %j", async (options) => {
    await using test = await testServer(options);
    expect(await test.server.listen(0, "0.0.0.0")).toMatchObject({ host: "0.0.0.0", port: expect.any(Number) });
  });

  it.each([
    ["localhost", true],
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["::1", true],
    ["[::1]", true],
    ["ojs.localhost", true],
    ["0.0.0.0", false],
    ["::", false],
    ["127.0.0.1.evil.example", false],
    ["localhost.evil.example", false],
    ["10.0.0.1", false],
  ])("%s is loopback: %s", (host, expected) => expect(isLoopback(host)).toBe(expected));
});

describe("web pages", () => {
  const host = "127.0.0.1:8080";

  it.each([
    ["http://evil.example", 403],
    ["null", 403],
    ["http://127.0.0.1:9999", 403],
    ["http://127.0.0.1:8080", 200],
    ["https://admin.example", 200],
  ])("from %s get %i", async (origin, status) => {
    await using test = await testServer({ allowedOrigins: ["https://admin.example"] });
    const answer = await test.post("/ojs/v1/queues/x/pause", undefined, { host, origin });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body.error.details).toEqual({ header: "Origin" });
  });

  it("of allowed origins may read answers and ask beforehand", async () => {
    await using test = await testServer({ allowedOrigins: ["https://admin.example"] });
    const headers = { host, origin: "https://admin.example" };
    expect((await test.get("/ojs/v1/health", headers)).headers).toMatchObject({
      "access-control-allow-origin": "https://admin.example",
      vary: "Origin",
    });
    const preflight = await test.call("OPTIONS", "/ojs/v1/jobs", { headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers["access-control-allow-methods"]).toContain("POST");
    const allowed = preflight.headers["access-control-allow-headers"]?.toLowerCase().split(", ");
    // Those of our client, of the official JavaScript SDK, and of its subscriptions.
    const sent = ["authorization", "content-type", "ojs-version", "x-request-id", "prefer", "idempotency-key"];
    expect(allowed).toEqual(expect.arrayContaining([...sent, "cache-control", "last-event-id"]));
    expect((await test.get("/ojs/v1/health", { host })).headers).not.toHaveProperty("vary");
  });
});

describe("methods", () => {
  it("answers a wrong one with those that are right", async () => {
    await using test = await testServer();
    const answer = await test.call("PUT", "/ojs/v1/jobs/019414d4-8b2e-7c3a-b5d1-f0e2a3b4c5d6");
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe("GET, PATCH, DELETE, HEAD, OPTIONS");
    expect(answer.body.error).toMatchObject({ code: "method_not_allowed" });
  });

  it("answers an unknown path with a hint and where to read on", async () => {
    await using test = await testServer();
    const answer = await test.get("/ojs/v1/nowhere");
    expect(answer.status).toBe(404);
    expect(answer.body.error).toMatchObject({
      code: "not_found",
      retryable: false,
      hint: expect.any(String),
      docs_url: expect.stringMatching(/^https:/),
    });
  });

  it.each([["/ojs/v1/jobs/%zz"], ["/ojs/v1/jobs/%"], ["/ojs//v1/jobs"], ["/ojs/v1/jobs/"], [""], ["*"]])(
    "finds nothing at %j",
    async (path) => {
      await using test = await testServer();
      expect((await test.get(path)).status).toBe(404);
    },
  );

  it("answers HEAD like GET without the body", async () => {
    await using test = await testServer();
    const answer = await test.call("HEAD", "/ojs/v1/health");
    expect(answer.status).toBe(200);
    expect(answer.text).toBeUndefined();
  });

  it("answers OPTIONS", async () => {
    await using test = await testServer();
    expect((await test.call("OPTIONS", "/ojs/v1/queues")).headers.allow).toBe("GET, HEAD, OPTIONS");
    expect((await test.call("OPTIONS", "*")).status).toBe(204);
    expect((await test.call("OPTIONS", "/nowhere")).status).toBe(404);
  });

  it("decodes names after routing", async () => {
    await using test = await testServer();
    const answer = await test.post("/ojs/v1/queues/my%2Dqueue%2Ev2/pause");
    expect(answer.status).toBe(200);
    expect(answer.body.queue.name).toBe("my-queue.v2");
    expect((await test.post("/ojs/v1/queues/a%2Fpause/pause")).status).toBe(400);
  });
});
