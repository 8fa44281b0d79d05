/** What only the transport for Node does: bounded connections, dead ones replaced, idle ones closed. */
import { Agent } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HttpTransport } from "../../src/client/node-transport.ts";
import type { TransportRequest } from "../../src/client/transport.ts";
import { StubServer } from "./stub-server.ts";

const post: TransportRequest = { method: "POST", path: "/ojs/v1/jobs", headers: {}, body: "{}" };

let server: StubServer;
let transport: HttpTransport;

beforeEach(async () => {
  server = await StubServer.start();
  transport = new HttpTransport({ url: server.url, maxSockets: 3 });
});

afterEach(async () => {
  await transport.close();
  await server.stop();
});

/** Makes the server reset the kept connection when the next request arrives on it. */
function resetOnNextRequest(): void {
  const { behave } = server;
  server.behave = (_response, _request, socket) => {
    server.behave = behave;
    socket.resetAndDestroy();
  };
}

describe("a kept connection that is dead", () => {
  it("is replaced without the caller noticing, if the request may be repeated", async () => {
    await transport.request(post);
    resetOnNextRequest();
    expect(await transport.request({ ...post, repeatable: true })).toMatchObject({ status: 200 });
    expect(server.received).toHaveLength(3);
    expect(server.connections).toBe(2);
  });

  it("is replaced for GET, PUT and DELETE by default, and for POST not", async () => {
    for (const method of ["GET", "PUT", "DELETE"] as const) {
      await transport.request({ ...post, method });
      resetOnNextRequest();
      expect(await transport.request({ method, path: "/", headers: {} })).toMatchObject({ status: 200 });
    }
    resetOnNextRequest();
    await expect(transport.request(post)).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("is replaced only once", async () => {
    await transport.request(post);
    server.behave = (_response, _request, socket) => socket.resetAndDestroy();
    await expect(transport.request({ ...post, repeatable: true })).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(server.received).toHaveLength(3);
  });

  it("is not what a new connection's reset means", async () => {
    resetOnNextRequest();
    await expect(transport.request({ ...post, repeatable: true })).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(server.received).toHaveLength(1);
  });

  it("is not what a reset in the middle of an answer means", async () => {
    await transport.request(post);
    server.behave = (response, _request, socket) => {
      response.writeHead(200, { "content-length": "99" });
      response.write("{", () => socket.resetAndDestroy());
    };
    await expect(transport.request({ ...post, repeatable: true })).rejects.toThrow(Error);
    expect(server.received).toHaveLength(2);
  });

  it("does not bring back a request that was aborted", async () => {
    await transport.request(post);
    const controller = new AbortController();
    server.behave = (_response, _request, socket) => {
      controller.abort("gone");
      socket.resetAndDestroy();
    };
    const request = { ...post, repeatable: true, signal: controller.signal };
    await expect(transport.request(request)).rejects.toBe("gone");
    expect(server.received).toHaveLength(2);
  });
});

describe("connections", () => {
  it("are as many as allowed, and no more", async () => {
    await Promise.all(Array.from({ length: 50 }, () => transport.request(post)));
    expect(server.connections).toBe(3);
  });

  it("of requests that are aborted while they wait for one are not opened", async () => {
    const answers: (() => void)[] = [];
    server.behave = (response) => answers.push(() => response.end("{}"));
    const running = Array.from({ length: 3 }, () => transport.request(post));
    const controller = new AbortController();
    const waiting = transport.request({ ...post, signal: controller.signal });
    controller.abort("no time");
    await expect(waiting).rejects.toBe("no time");
    while (answers.length < 3) await new Promise(setImmediate);
    for (const answer of answers) answer();
    await Promise.all(running);
    expect(server.received).toHaveLength(3);
  });

  it("are closed by close(), at once when idle, else after the answer", async () => {
    await transport.request(post);
    expect(server.openSockets).toBe(1);
    await transport.close();
    while (server.openSockets > 0) await new Promise(setImmediate);

    await transport.request(post); // still works, but keeps nothing
    while (server.openSockets > 0) await new Promise(setImmediate);
    expect(server.connections).toBe(2);
  });

  it("that are lost make room for requests that wait for one", async () => {
    const single = new HttpTransport({ url: server.url, maxSockets: 1 });
    const { behave } = server;
    server.behave = (_response, _request, socket) => {
      server.behave = behave;
      socket.resetAndDestroy();
    };
    const lost = single.request(post);
    const waiting = [single.request(post), single.request(post)];
    await expect(lost).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(await Promise.all(waiting)).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(server.connections).toBe(2);
    await single.close();
  });

  it("that are reset while they are idle are nobody's error", async () => {
    await Promise.all([transport.request(post), transport.request(post), transport.request(post)]);
    server.resetConnections();
    while (server.openSockets > 0) await new Promise(setImmediate);
    expect(await transport.request({ ...post, repeatable: true })).toMatchObject({ status: 200 });
    expect(server.connections).toBe(4);
  });

  it("may come from an agent of the caller's", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const own = new HttpTransport({ url: server.url, agent });
    await Promise.all([own.request(post), own.request(post)]);
    expect(server.connections).toBe(1);
    agent.destroy();
  });
});
