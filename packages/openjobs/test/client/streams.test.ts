/** Answers that go on after their head, over every transport. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FetchTransport } from "../../src/client/fetch-transport.ts";
import { HttpTransport } from "../../src/client/node-transport.ts";
import type { Transport, TransportStream } from "../../src/client/transport.ts";
import { testServer } from "../server/test-server.ts";
import { StubServer } from "./stub-server.ts";

const get = { method: "GET", path: "/ojs/v1/events/stream", headers: { "x-a": "1" } } as const;

const kinds: readonly [string, (url: string) => Transport][] = [
  ["FetchTransport", (url) => new FetchTransport({ url })],
  ["HttpTransport", (url) => new HttpTransport({ url, maxSockets: 1 })],
];

describe.each(kinds)("a stream over %s", (_, create) => {
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

  const open = async (signal?: AbortSignal): Promise<TransportStream> => {
    const stream = await transport.stream?.({ ...get, ...(signal === undefined ? {} : { signal }) });
    if (stream === undefined) throw new Error("this transport has no streams");
    return stream;
  };

  it("resolves with the head, and hands out bytes as they come", async () => {
    let goOn = (): void => undefined;
    server.behave = (response) => {
      response.writeHead(200, { "X-B": "2" }).write("one");
      goOn = () => void response.end("two");
    };
    const { status, headers, body } = await open();
    expect([status, headers["x-b"]]).toEqual([200, "2"]);
    const texts: string[] = [];
    for await (const bytes of body) {
      texts.push(new TextDecoder().decode(bytes));
      goOn();
    }
    expect(texts.join("|")).toBe("one|two");
    expect(server.received).toMatchObject([{ method: "GET", url: get.path, headers: { "x-a": "1" } }]);
  });

  it("rejects when the connection breaks within the body", async () => {
    server.behave = (response, _request, socket) => {
      response.writeHead(200).write("one", () => socket.resetAndDestroy());
    };
    await expect(drain(await open())).rejects.toThrow();
  });

  it("lets go of the connection when its reader does", async () => {
    server.behave = (response) => void response.writeHead(200).write("one");
    for await (const _bytes of (await open()).body) break;
    await expect.poll(() => server.openSockets).toBe(0);
  });

  it("is over as soon as its signal is aborted, before its head and after it", async () => {
    const caller = new AbortController();
    server.behave = () => caller.abort(new Error("enough"));
    await expect(open(caller.signal)).rejects.toThrow("enough");
    const other = new AbortController();
    server.behave = (response) => void response.writeHead(200).write("one");
    const reading = drain(await open(other.signal));
    other.abort(new Error("enough"));
    await expect(reading).rejects.toThrow();
    await expect.poll(() => server.openSockets).toBe(0);
  });

  it("leaves calls their connections", async () => {
    server.behave = (response, { url }) => {
      if (url === get.path) response.writeHead(200).write("one");
      else response.end("{}");
    };
    const { body } = await open();
    expect((await transport.request({ ...get, path: "/other" })).status).toBe(200);
    for await (const _bytes of body) break;
  });
});

async function drain({ body }: TransportStream): Promise<void> {
  for await (const _bytes of body) {
    // Nothing to do with it.
  }
}

describe("a stream in the same process", () => {
  it("is what the port would send", async () => {
    await using test = await testServer();
    const { id } = await test.enqueue();
    const stream = await test.server.transport.stream?.({ ...get, path: `/ojs/v1/jobs/${id}/events`, headers: {} });
    expect(stream).toMatchObject({ status: 200, headers: { "content-type": "text/event-stream" } });
    for await (const bytes of stream?.body ?? []) {
      expect(new TextDecoder().decode(bytes)).toContain("retry: 3000\n");
      break;
    }
  });

  it("has the body of a refusal", async () => {
    await using test = await testServer();
    const stream = await test.server.transport.stream?.({ ...get, path: "/ojs/v1/jobs/x/events", headers: {} });
    expect(stream?.status).toBe(404);
    for await (const bytes of stream?.body ?? [])
      expect(JSON.parse(`${Buffer.from(bytes)}`).error.code).toBe("not_found");
  });

  it("ends with its signal, and with the server", async () => {
    await using test = await testServer();
    const caller = new AbortController();
    const stream = await test.server.transport.stream?.({ ...get, signal: caller.signal });
    const other = await test.server.transport.stream?.(get);
    if (stream === undefined || other === undefined) throw new Error("no streams");
    const [first, second] = [drain(stream), drain(other)];
    caller.abort();
    await first;
    await test.server.close({ graceMs: 0 });
    await second;
    await expect(test.server.transport.stream?.(get)).rejects.toMatchObject({ code: "connection_error" });
  });
});
