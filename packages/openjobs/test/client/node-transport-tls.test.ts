/** The transport for Node over TLS: a certificate that only its owner trusts, and an agent of the caller's. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createPlainServer } from "node:http";
import { Agent, createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { OjsClient, OjsConnectionError } from "../../src/index.ts";
import { HttpTransport } from "../../src/node/index.ts";
import { LOCALHOST_CERTIFICATE, LOCALHOST_KEY } from "../support/localhost-certificate.ts";

let server: Server;
let url: string;
let connections: number;

beforeEach(async () => {
  connections = 0;
  server = createServer({ cert: LOCALHOST_CERTIFICATE, key: LOCALHOST_KEY }, (_request, response) => {
    response.setHeader("content-type", "application/json");
    response.end('{"queues":[]}');
  });
  server.on("secureConnection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  url = `https://localhost:${port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe("an address with the wrong protocol", () => {
  it("is told from a server that is away: http to a server that speaks TLS", async () => {
    await using client = new OjsClient({
      url: url.replace("https:", "http:").replace("localhost", "127.0.0.1"),
      retry: false,
    });
    await expect(client.listQueues()).rejects.toBeInstanceOf(OjsConnectionError);
  });

  it("is told from a server that is away: https to a server that does not", async () => {
    const plain = createPlainServer((_request, response) => response.end("{}"));
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void plain.close());
    const { port } = plain.address() as AddressInfo; // it listens on TCP
    await using client = new OjsClient({ url: `https://127.0.0.1:${port}`, retry: false });
    await expect(client.listQueues()).rejects.toThrow(/there is no TLS at this address.*http:\/\//);
  });
});

describe("a server whose certificate no public authority has signed", () => {
  it("is not spoken to by default", async () => {
    await using client = new OjsClient({ url, retry: false });
    await expect(client.listQueues()).rejects.toBeInstanceOf(OjsConnectionError);
  });

  it("is spoken to when the environment names the file of its authority", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ojs-tls-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "ca.pem");
    writeFileSync(file, LOCALHOST_CERTIFICATE);
    vi.stubEnv("OJS_TLS_CA_FILE", file);
    onTestFinished(() => void vi.unstubAllEnvs());
    await using client = new OjsClient({ url, retry: false });
    expect(await client.listQueues()).toMatchObject({ items: [] });
    vi.stubEnv("OJS_TLS_CA_FILE", join(folder, "none.pem"));
    expect(() => new OjsClient({ url })).toThrow(/OJS_TLS_CA_FILE/);
    expect(() => new OjsClient({ url: url.replace("https", "http") })).not.toThrow();
    vi.stubEnv("OJS_TLS_CA_FILE", "");
    vi.stubEnv("OJS_TLS_CERT_FILE", file);
    expect(() => new OjsClient({ url })).toThrow(/OJS_TLS_KEY_FILE/);
  });

  it("is spoken to through an agent that trusts it, over one connection", async () => {
    const agent = new Agent({ keepAlive: true, ca: LOCALHOST_CERTIFICATE });
    await using client = new OjsClient({ transport: new HttpTransport({ url, agent }), retry: false });
    expect(await client.listQueues()).toMatchObject({ items: [] });
    await client.listQueues();
    expect(connections).toBe(1);
    agent.destroy();
  });
});

describe("an agent of the caller's", () => {
  it("keeps its connections when the transport is closed", async () => {
    const agent = new Agent({ keepAlive: true, ca: LOCALHOST_CERTIFICATE });
    const request = { method: "GET", path: "/", headers: {} } as const;
    const [one, other] = [new HttpTransport({ url, agent }), new HttpTransport({ url, agent })];
    await one.request(request);
    await one.close();
    await other.request(request);
    expect(connections).toBe(1);
    agent.destroy();
  });
});
