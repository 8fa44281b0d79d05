/** One suite for both transports: above them nobody can tell which one is in use. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connect } from "../../src/client/connection.ts";
import { FetchTransport } from "../../src/client/fetch-transport.ts";
import { HttpTransport } from "../../src/client/node-transport.ts";
import type { Transport, TransportRequest } from "../../src/client/transport.ts";
import { turn } from "./manual-clock.ts";
import { StubServer } from "./stub-server.ts";

const get: TransportRequest = { method: "GET", path: "/ojs/v1/jobs/1?a=b%20c", headers: { "x-a": "1" } };
const post: TransportRequest = {
  method: "POST",
  path: "/ojs/v1/jobs",
  headers: { "content-type": "application/openjobspec+json" },
  body: '{"snow":"☃"}',
};

/** `fetch` opens a connection for each request under way: thousands of them would be a test of the machine's limits. */
const kinds: readonly [string, (url: string) => Transport, number][] = [
  ["FetchTransport", (url) => new FetchTransport({ url }), 500],
  ["HttpTransport", (url) => new HttpTransport({ url }), 2_000],
];

describe.each(kinds)("%s", (_, create, many) => {
  let server: StubServer;
  let transport: Transport;

  beforeEach(async () => {
    server = await StubServer.start();
    transport = create(server.url);
  });

  afterEach(async () => {
    await transport.close?.();
    await server.stop();
  });

  it("sends method, path, query and headers as they are", async () => {
    await transport.request(get);
    expect(server.received).toMatchObject([
      { method: "GET", url: "/ojs/v1/jobs/1?a=b%20c", headers: { "x-a": "1" }, body: "" },
    ]);
  });

  it("sends a body as UTF-8 with its length", async () => {
    await transport.request(post);
    expect(server.received[0]).toMatchObject({
      method: "POST",
      headers: { "content-type": "application/openjobspec+json", "content-length": "14" },
      body: '{"snow":"☃"}',
    });
  });

  it("sends a POST without a body, and a DELETE", async () => {
    await transport.request({ method: "POST", path: "/p", headers: {} });
    await transport.request({ method: "DELETE", path: "/d", headers: {} });
    expect(server.received.map(({ method, body }) => method + body)).toEqual(["POST", "DELETE"]);
    expect(server.received[0]?.headers["transfer-encoding"]).toBeUndefined();
  });

  it("does not normalise an encoded path", async () => {
    await transport.request({ ...get, path: "/ojs/v1/queues/a%2Fb%2e/stats" });
    expect(server.received[0]?.url).toBe("/ojs/v1/queues/a%2Fb%2e/stats");
  });

  it.each(["/prefix", "/prefix/", "/a/b//"])("puts the path behind the address's own: %s", async (prefix) => {
    const prefixed = create(server.url + prefix);
    await prefixed.request({ ...get, path: "/ojs/manifest" });
    await prefixed.close?.();
    expect(server.received[0]?.url).toBe(`${prefix.replace(/\/+$/, "")}/ojs/manifest`);
  });

  it("resolves with any status, lower-case headers and the whole text", async () => {
    server.behave = (response) => {
      response.writeHead(503, { "Retry-After": "7", "X-Request-ID": "r", "content-type": "application/json" });
      response.write(Buffer.from('{"snow":"☃').subarray(0, 10)); // ends inside the snowman
      setImmediate(() => response.end(Buffer.from('{"snow":"☃"}').subarray(10)));
    };
    const response = await transport.request(get);
    expect(response).toMatchObject({ status: 503, body: '{"snow":"☃"}' });
    expect(response.headers).toMatchObject({ "retry-after": "7", "x-request-id": "r" });
  });

  it("resolves with an empty text for 204", async () => {
    server.behave = (response) => response.writeHead(204).end();
    expect(await transport.request(get)).toMatchObject({ status: 204, body: "" });
  });

  it("does not follow redirects", async () => {
    server.behave = (response) => response.writeHead(302, { location: "/elsewhere" }).end();
    expect(await transport.request(post)).toMatchObject({ status: 302, headers: { location: "/elsewhere" } });
    expect(server.received).toHaveLength(1);
  });

  it("uses a connection again", async () => {
    for (let round = 0; round < 5; round += 1) await transport.request(post);
    expect(server.connections).toBeLessThanOrEqual(2); // fetch may open a second one while the first is let go
  });

  it("rejects when nobody listens", async () => {
    await server.stop();
    await expect(create(server.url).request(get)).rejects.toThrow(Error);
    server = await StubServer.start();
  });

  it("rejects when the connection is reset in the middle of the body", async () => {
    server.behave = (response, _request, socket) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"job":', () => socket.resetAndDestroy());
    };
    await expect(transport.request(get)).rejects.toThrow(Error);
  });

  it("rejects when a chunked body ends early", async () => {
    server.behave = (response, _request, socket) => response.write('{"job":', () => socket.destroy());
    await expect(transport.request(get)).rejects.toThrow(Error);
  });

  it("rejects what is no HTTP", async () => {
    server.behave = (_response, _request, socket) => socket.end("220 mail.example.com ESMTP\r\n");
    await expect(transport.request(get)).rejects.toThrow(Error);
  });

  it("rejects with the signal's reason: before, while waiting, in the middle of a slow body", async () => {
    await expect(transport.request({ ...get, signal: AbortSignal.abort("early") })).rejects.toBe("early");
    expect(server.received).toHaveLength(0);

    const waiting = new AbortController();
    server.behave = () => waiting.abort("no answer");
    await expect(transport.request({ ...get, signal: waiting.signal })).rejects.toBe("no answer");

    const slow = new AbortController();
    server.behave = (response) => {
      response.writeHead(200);
      response.write("{", () => setImmediate(() => slow.abort("slow body")));
    };
    await expect(transport.request({ ...get, signal: slow.signal })).rejects.toBe("slow body");
  });

  it("closes the connection of an aborted request, so that the server notices", async () => {
    const controller = new AbortController();
    const closed = new Promise((resolve) => {
      server.behave = (_response, _request, socket) => {
        socket.once("close", resolve);
        controller.abort();
      };
    });
    await expect(transport.request({ ...get, signal: controller.signal })).rejects.toThrow();
    await closed;
  });

  it("works below a client: abort, timeout and network errors are different errors", async () => {
    const look = {
      operation: "look",
      method: "GET",
      path: "/x",
      repeatable: true,
      decode: (wire: unknown) => wire,
    } as const;
    const { requester } = connect({ transport, retry: false });
    server.behave = () => undefined;
    await expect(requester.run(look, { timeout: 30 })).rejects.toMatchObject({ code: "timeout" });
    const controller = new AbortController();
    server.behave = () => controller.abort(new Error("enough"));
    await expect(requester.run(look, { signal: controller.signal })).rejects.toMatchObject({ code: "aborted" });
    server.behave = (_response, _request, socket) => socket.destroy();
    await expect(requester.run(look)).rejects.toMatchObject({ code: "connection_error", status: 0 });
    server.behave = (response) =>
      response.writeHead(502, { "content-type": "text/html" }).end("<html>Bad gateway</html>");
    await expect(requester.run(look)).rejects.toMatchObject({ status: 502, retryable: true, operation: "look" });
  });

  it("carries many calls at a time with one signal, without a warning", async () => {
    const look = {
      operation: "look",
      method: "GET",
      path: "/x",
      repeatable: true,
      decode: (wire: unknown) => wire,
    } as const;
    const { requester } = connect({ transport, retry: false, timeout: "1m" });
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on("warning", onWarning);
    const { signal } = new AbortController();
    const answers = await Promise.all(Array.from({ length: many }, () => requester.run(look, { signal })));
    await turn();
    process.off("warning", onWarning);
    expect(answers).toHaveLength(many);
    expect(server.received).toHaveLength(many);
    expect(warnings).toEqual([]);
  }, 60_000);
});
