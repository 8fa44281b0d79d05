import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { TestClock } from "../../src/testing/test-clock.ts";
import { START } from "../core/sample-job.ts";
import { openRaw } from "./raw-client.ts";
import { type TestServer, type TestServerOptions, testServer } from "./test-server.ts";

const BASE = "/ojs/v1";
const NOBODY = "019b76da-b000-7000-8000-00000000000f";

let current: TestServer | undefined;

afterEach(async () => {
  await current?.server.close({ graceMs: 0 });
  current = undefined;
});

async function start(options: TestServerOptions = {}) {
  const test = await testServer(options);
  current = test;
  const { url, port } = await test.server.listen(0);
  return { test, url, port };
}

/** A connection and what came on it. */
class Client {
  readonly socket: WebSocket;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into messages of any shape
  readonly got: any[] = [];
  closeCode: number | undefined;
  #changed: () => void = () => {};

  constructor(url: string, options: ConstructorParameters<typeof WebSocket>[2] = {}) {
    this.socket = new WebSocket(`${url.replace("http", "ws")}${BASE}/ws`, ["other", "ojs.v1"], options);
    this.socket.on("message", (data) => {
      this.got.push(JSON.parse(`${data}`));
      this.#changed();
    });
    this.socket.on("close", (code) => {
      this.closeCode = code;
      this.#changed();
    });
    this.socket.on("open", () => this.#changed());
    this.socket.on("error", () => this.#changed());
  }

  async until(done: (client: this) => boolean): Promise<void> {
    while (!done(this)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  async opened(): Promise<this> {
    await this.until(({ socket }) => socket.readyState !== WebSocket.CONNECTING);
    return this;
  }

  /** Sends a request and waits for so many messages in all. */
  async say(message: object | string, count = this.got.length + 1): Promise<void> {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
    await this.until(({ got }) => got.length >= count);
  }

  get events(): string[] {
    return this.got.filter(({ type }) => type === "event").map(({ event }) => event);
  }
}

async function complete(test: TestServer): Promise<void> {
  const { id } = await test.fetchOne();
  await test.post(`${BASE}/workers/ack`, { job_id: id });
}

describe("a WebSocket", () => {
  it("speaks ojs.v1, and sends what happens on the channels that it subscribed to", async () => {
    const { test, url } = await start();
    const client = await new Client(url).opened();
    expect(client.socket.protocol).toBe("ojs.v1");
    await client.say({ action: "subscribe", channel: "queue:default" });
    expect(client.got[0]).toEqual({ type: "subscribed", channel: "queue:default" });
    const { id } = await test.enqueue();
    await complete(test);
    await client.until(({ events }) => events.length === 5);
    expect(client.events).toEqual([
      "job.enqueued",
      "job.started",
      "job.state_changed",
      "job.completed",
      "job.state_changed",
    ]);
    expect(client.got[3]).toEqual({
      type: "event",
      channel: "queue:default",
      event: "job.state_changed",
      id: expect.stringMatching(/^[0-9a-f]{20}\.\d+$/),
      timestamp: expect.any(String),
      data: expect.objectContaining({ job_id: id, from: "available", to: "active" }),
    });
    await client.say({ action: "unsubscribe", channel: "queue:default" });
    expect(client.got.at(-1)).toEqual({ type: "unsubscribed", channel: "queue:default" });
    await test.enqueue();
    await client.say({ action: "ping" });
    expect(client.got.at(-1)).toEqual({ type: "pong" });
  });

  it("filters, and takes a new filter for the old one", async () => {
    const { test, url } = await start();
    const client = await new Client(url).opened();
    await client.say({ action: "subscribe", channel: "all", event_types: ["job.started"] });
    expect(client.got[0]).toEqual({ type: "subscribed", channel: "all", event_types: ["job.started"] });
    await client.say({ action: "subscribe", channel: "all", filter: { event_types: ["job.completed"] } });
    await test.enqueue();
    await complete(test);
    await client.until(({ events }) => events.length === 1);
    await client.say({ action: "ping" });
    expect(client.events).toEqual(["job.completed"]);
  });

  it("is told when the job that it listens to has ended, and how", async () => {
    const { test, url } = await start();
    const { id } = await test.enqueue();
    await complete(test);
    const client = await new Client(url).opened();
    await client.say({ action: "subscribe", channel: `job:${id}` }, 3);
    expect(client.got.map(({ type }) => type)).toEqual(["subscribed", "event", "unsubscribed"]);
    expect(client.got[1].data).toMatchObject({ from: "active", to: "completed" });
  });

  it.each([
    ["not JSON", "invalid_payload"],
    ["[]", "invalid_request"],
    [{ action: "dance" }, "invalid_request"],
    [{ action: "subscribe" }, "invalid_request"],
    [{ action: "subscribe", channel: "jobs" }, "invalid_request"],
    [{ action: "subscribe", channel: "all", event_types: "job.started" }, "invalid_request"],
    [{ action: "subscribe", channel: "all", filter: { queues: [1] } }, "invalid_request"],
    [{ action: "subscribe", channel: `job:${NOBODY}` }, "not_found"],
    [{ action: "resume", last_event_id: "evt_0042" }, "unknown_event_id"],
  ])("answers %j with %s, and goes on", async (message, code) => {
    const { url } = await start();
    const client = await new Client(url).opened();
    await client.say(message);
    expect(client.got[0]).toMatchObject({ type: "error", code, message: expect.any(String) });
    await client.say({ action: "ping" });
    expect(client.got[1]).toEqual({ type: "pong" });
  });

  it("goes on behind the last event that was seen on another connection", async () => {
    const { test, url } = await start();
    const first = await new Client(url).opened();
    await first.say({ action: "subscribe", channel: "all", event_types: ["job.enqueued"] });
    await test.enqueue();
    await first.until(({ events }) => events.length === 1);
    first.socket.terminate();
    const missed = await test.enqueue();
    const second = await new Client(url).opened();
    await second.say({ action: "resume", last_event_id: first.got[1].id });
    await second.say({ action: "subscribe", channel: "all", event_types: ["job.enqueued"] }, 3);
    expect(second.got.map(({ type }) => type)).toEqual(["resumed", "subscribed", "event"]);
    expect(second.got[2].data.job_id).toBe(missed.id);
  });

  it("is told of the end of the server, and closed", async () => {
    const { test, url } = await start();
    const client = await new Client(url).opened();
    await client.say({ action: "ping" });
    await test.server.close({ graceMs: 300 });
    await client.until(({ closeCode }) => closeCode !== undefined);
    expect(client.got.at(-1)).toMatchObject({
      type: "event",
      event: "server.shutdown",
      data: { grace_period_ms: 300 },
    });
    expect(client.closeCode).toBe(1001);
  });

  it("is asked for signs of life, and cut off without", async () => {
    const clock = new TestClock(START);
    const { url } = await start({ clock });
    const alive = await new Client(url).opened();
    const dead = await new Client(url, { autoPong: false }).opened();
    await Promise.all([alive, dead].map((client) => client.say({ action: "ping" })));
    const pinged = new Promise((resolve) => alive.socket.once("ping", resolve));
    await clock.advance(10_000);
    await pinged;
    await alive.say({ action: "ping" });
    await clock.advance(10_000);
    await dead.until(({ closeCode }) => closeCode !== undefined);
    await alive.say({ action: "ping" });
    expect(alive.closeCode).toBeUndefined();
  });

  it("is closed when it sends bytes, or more than anybody needs", async () => {
    const { url } = await start();
    const bytes = await new Client(url).opened();
    bytes.socket.send(Buffer.from([1, 2]));
    await bytes.until(({ closeCode }) => closeCode !== undefined);
    expect(bytes.closeCode).toBe(1008);
    const large = await new Client(url).opened();
    large.socket.send("x".repeat(20_000));
    await large.until(({ closeCode }) => closeCode !== undefined);
    expect(large.closeCode).toBe(1009);
  });
});

describe("the way in", () => {
  const refusal = async (url: string, headers: Record<string, string>): Promise<number | undefined> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}${BASE}/ws`, { headers });
      socket.on("unexpected-response", (_request, { statusCode }) => resolve(statusCode));
      socket.on("open", () => resolve(101));
      socket.on("error", () => undefined);
    });

  it("is guarded as everything is", async () => {
    const { url } = await start({ apiKey: "secret", maxLiveReaders: 1 });
    const authorization = "Bearer secret";
    expect(await refusal(url, {})).toBe(401);
    expect(await refusal(url, { authorization, origin: "https://evil.example.com" })).toBe(403);
    expect(await refusal(url, { authorization, host: "evil.example.com" })).toBe(403);
    expect(await refusal(url, { authorization })).toBe(101);
    expect(await refusal(url, { authorization })).toBe(429);
  });

  it("takes WebSockets at this path only", async () => {
    const { url } = await start();
    const socket = new WebSocket(`${url.replace("http", "ws")}${BASE}/other`);
    const status = new Promise((resolve) => {
      socket.on("unexpected-response", (_request, { statusCode }) => resolve(statusCode));
    });
    socket.on("error", () => undefined);
    expect(await status).toBe(404);
  });

  it("lets a client that would rather speak HTTP/2 go on in HTTP/1.1, as Java's begins", async () => {
    const { url } = await start();
    const body = JSON.stringify({ type: "test.job", args: ["x".repeat(100_000)] });
    const headers = {
      connection: "Upgrade, HTTP2-Settings",
      upgrade: "h2c",
      "http2-settings": "AAMAAABkAAQAoAAAAAIAAAAA",
    };
    const status = await new Promise((resolve, reject) => {
      const outgoing = request(`${url}${BASE}/jobs`, { method: "POST", headers }, ({ statusCode }) =>
        resolve(statusCode),
      );
      outgoing.on("error", reject);
      outgoing.end(body);
    });
    expect(status).toBe(201);
  });

  it("survives a client that goes in the middle of it", async () => {
    const { test, port } = await start();
    for (let count = 0; count < 5; count += 1) {
      const raw = openRaw(port);
      await raw.connected;
      raw.socket.write(
        `GET ${BASE}/ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      );
      raw.socket.destroy();
    }
    expect((await test.get("/ojs/v1/health")).status).toBe(200);
  });
});
