/** Streams of live events among more events than a log or a socket holds. */
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Listening } from "../../src/server/index.ts";
import { openRaw, streamRequest } from "./raw-client.ts";
import { openSse, type SseReader } from "./sse-reader.ts";
import { type TestServer, testServer } from "./test-server.ts";

const BASE = "/ojs/v1";

let test: TestServer;
let address: Listening;

beforeEach(async () => {
  test = await testServer();
  address = await test.server.listen(0);
});
afterEach(() => test.server.close({ graceMs: 0 }));

const open = (path: string, headers = {}): Promise<SseReader> => openSse(`${address.url}${BASE}${path}`, headers);
const batch = (count: number): unknown[] => Array.from({ length: count }, () => ({ type: "test.job", args: [] }));

describe("a flood of events", () => {
  it("is gone in part for somebody who comes back: it is told how much, and sent the rest", async () => {
    const stream = await open("/events/stream?types=job.enqueued");
    await test.enqueue();
    const [{ id } = { id: "" }] = await stream.until(1);
    stream.close();
    await test.post(`${BASE}/jobs/batch`, { jobs: batch(10_000) });
    await test.enqueue();
    const again = await open("/events/stream?types=job.enqueued", { "last-event-id": id });
    const [gap, ...events] = await again.until(10_001);
    expect(gap).toMatchObject({ event: "system.gap", data: { channel: "all", estimated_missed_count: 1 } });
    expect(events).toHaveLength(10_000);
  });

  it("reaches a quick reader whole, and a stalled one with a notice of what it has lost", async () => {
    const stalled = openRaw(address.port);
    await stalled.connected;
    stalled.socket.pause();
    stalled.socket.write(streamRequest("/ojs/v1/events/stream?types=job.enqueued"));
    const quick = await open("/events/stream?types=job.enqueued");
    // More than the buffers of any socket take.
    for (let round = 0; round < 25; round += 1) await test.post(`${BASE}/jobs/batch`, { jobs: batch(2_000) });
    await quick.until(50_000);
    stalled.socket.resume();
    await expect.poll(() => stalled.received.includes(":events-dropped"), { timeout: 5_000 }).toBe(true);
    const events = stalled.received.match(/^id: /gm) ?? [];
    expect(events.length).toBeLessThan(50_000);
    stalled.socket.destroy();
  });

  it("does not pile up for a WebSocket that has stalled: it is warned of what it has lost", async () => {
    const socket = new WebSocket(`${address.url.replace("http", "ws")}${BASE}/ws`);
    const got: { readonly type: string; readonly count?: number }[] = [];
    socket.on("message", (data) => got.push(JSON.parse(`${data}`)));
    await once(socket, "open");
    socket.send(JSON.stringify({ action: "subscribe", channel: "all", event_types: ["job.enqueued"] }));
    await expect.poll(() => got.length).toBe(1);
    socket.pause();
    for (let round = 0; round < 25; round += 1) await test.post(`${BASE}/jobs/batch`, { jobs: batch(2_000) });
    socket.resume();
    await expect.poll(() => got.some(({ type }) => type === "warning"), { timeout: 10_000 }).toBe(true);
    const events = got.filter(({ type }) => type === "event").length;
    const lost = got.find(({ type }) => type === "warning")?.count ?? 0;
    expect(lost).toBeGreaterThan(0);
    expect(events).toBeLessThan(50_000);
    socket.terminate();
  });
});
