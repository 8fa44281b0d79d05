/** A handler of requests behind a real `node:http`. */
import { once } from "node:events";
import { Agent, createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { type NodeListenerOptions, toNodeListener } from "openjobs/node";
import { describe, expect, it, onTestFinished } from "vitest";

async function served(handler: (request: Request) => Response | Promise<Response>, options: NodeListenerOptions = {}) {
  const server = createServer(toNodeListener(handler, options));
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port
  return { url: `http://127.0.0.1:${port}`, port, server };
}

describe("toNodeListener", () => {
  it("hands on path, method, headers and bytes, and answers status, headers and bytes", async () => {
    const { url } = await served(async (request) => {
      const bytes = new Uint8Array(await request.arrayBuffer());
      const { pathname, search } = new URL(request.url);
      const headers = [
        ["x-seen", `${request.method} ${pathname}${search} ${request.headers.get("x-two")}`],
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ] as [string, string][];
      return new Response(bytes.reverse(), { status: 202, headers });
    });
    const body = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const two: [string, string][] = [
      ["x-two", "1"],
      ["x-two", "2"],
    ];
    const response = await fetch(`${url}/a?b=c`, { method: "PUT", headers: two, body });
    expect([response.status, response.headers.get("x-seen")]).toEqual([202, "PUT /a?b=c 1, 2"]);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(body.toReversed());
  });

  it("gives a look no body", async () => {
    const { url } = await served((request) => new Response(String(request.body)));
    expect(await (await fetch(url)).text()).toBe("null");
  });

  it("tells the caller of a handler that throws no more than 500", async () => {
    const errors: unknown[] = [];
    const broken = new Error("secret");
    const { url } = await served(() => Promise.reject(broken), { onError: (error) => errors.push(error) });
    const response = await fetch(url, { method: "POST", body: "x" });
    expect([response.status, await response.text(), errors]).toEqual([500, "", [broken]]);
  });

  it("aborts the request's signal when the caller hangs up, and not before", async () => {
    let started = (_: Request): void => undefined;
    const waiting = new Promise<Request>((resolve) => {
      started = resolve;
    });
    const { url } = await served((request) => {
      started(request);
      return new Promise(() => undefined);
    });
    const call = new AbortController();
    const response = fetch(url, { method: "POST", body: "x", signal: call.signal });
    const { signal } = await waiting;
    expect(signal.aborted).toBe(false);
    const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
    call.abort();
    await expect(response).rejects.toThrow();
    await aborted;
  });

  it("answers whoever is still sending, and takes nothing of that for another request", async () => {
    const seen: string[] = [];
    const { port } = await served(async (request) => {
      seen.push(request.method);
      const reader = request.body?.getReader();
      await reader?.read();
      await reader?.cancel();
      return new Response("enough", { status: 413 });
    });
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const outgoing = httpRequest({ port, host: "127.0.0.1", method: "POST", agent });
    outgoing.on("error", () => undefined); // it is cut off while it sends
    outgoing.write("x".repeat(1_000));
    const [incoming] = await once(outgoing, "response");
    expect([incoming.statusCode, incoming.headers.connection]).toEqual([413, "close"]);
    incoming.resume();
    outgoing.destroy();
    expect(seen).toEqual(["POST"]);
  });
});
