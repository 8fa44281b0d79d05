/** Where a client finds its server, and what it refuses to start with. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { parseBaseUrl } from "../../src/client/base-url.ts";
import { OjsClient } from "../../src/client/client.ts";
import { OjsValidationError } from "../../src/core/errors.ts";
import { answer, ScriptedTransport } from "./scripted-transport.ts";
import { StubServer } from "./stub-server.ts";

const health = answer(200, { status: "ok" });

afterEach(() => vi.unstubAllGlobals());

describe("address", () => {
  it.each([
    ["http://localhost:8080", { origin: "http://localhost:8080", hostname: "localhost", port: "8080", prefix: "" }],
    ["https://example.com/", { protocol: "https:", port: "", prefix: "" }],
    ["http://example.com/jobs/v2//", { origin: "http://example.com", prefix: "/jobs/v2" }],
    ["http://[::1]:7070/x", { origin: "http://[::1]:7070", hostname: "::1", port: "7070", prefix: "/x" }],
  ])("%s", (text, parts) => expect(parseBaseUrl(text)).toMatchObject(parts));

  it.each([
    ["localhost:8080", /not an http/],
    ["redis://localhost", /not an http/],
    ["", /not an http/],
    ["http://user:secret@host", /credentials/],
    ["http://host?x=1", /query/],
    ["http://host#x", /fragment/],
  ])("%s is refused without being repeated", (url, message) => {
    expect(() => new OjsClient({ url })).toThrow(OjsValidationError);
    expect(() => new OjsClient({ url })).toThrow(message);
    expect(() => new OjsClient({ url })).not.toThrow(/secret/);
  });
});

describe("environment", () => {
  it.each([
    [{ OJS_URL: "1", OJS_BACKEND_URL: "2" }, "/1"],
    [{ OJS_URL: "", OJS_BACKEND_URL: "2" }, "/2"],
  ])("%j", async (variables, prefix) => {
    const server = await StubServer.start();
    server.behave = (response) => response.end(health.body);
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value && `${server.url}/${value}`);
    vi.stubEnv("OJS_AUTH_TOKEN", "token");
    await using client = new OjsClient();
    await client.health();
    expect(server.received[0]).toMatchObject({
      url: `${prefix}/ojs/v1/health`,
      headers: { authorization: "Bearer token" },
    });
    await server.stop();
  });

  it("comes after what the program says", async () => {
    vi.stubEnv("OJS_URL", "no url at all");
    vi.stubEnv("OJS_API_KEY", "from the environment");
    const transport = new ScriptedTransport(health);
    await new OjsClient({ transport, apiKey: "mine" }).health();
    expect(transport.last.headers.authorization).toBe("Bearer mine");
  });

  it.each([
    ["no process", undefined],
    ["no environment", {}],
    [
      "no permission",
      {
        get env(): never {
          throw new Error("requires env access");
        },
      },
    ],
  ])("is not needed: %s", async (_, host) => {
    vi.stubGlobal("process", host);
    const transport = new ScriptedTransport(health);
    const client = new OjsClient({ transport });
    vi.unstubAllGlobals();
    await client.health();
    expect(transport.last.headers).not.toHaveProperty("authorization");
  });
});

describe("close", () => {
  it("leaves the caller's transport alone", async () => {
    const transport = new ScriptedTransport(health);
    {
      await using client = new OjsClient({ transport });
      await client.health();
    }
    expect(transport.closed).toBe(0);
  });

  it("closes the connections of its own", async () => {
    const server = await StubServer.start();
    server.behave = (response) => response.end(health.body);
    {
      await using client = new OjsClient({ url: server.url });
      await client.health();
      expect(server.openSockets).toBe(1);
    }
    while (server.openSockets > 0) await new Promise(setImmediate);
    await server.stop();
  });
});
