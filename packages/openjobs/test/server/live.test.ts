import { afterEach, describe, expect, it } from "vitest";
import { TestClock } from "../../src/testing/test-clock.ts";
import { START } from "../core/sample-job.ts";
import { openRaw, streamRequest } from "./raw-client.ts";
import { openSse, type SseReader } from "./sse-reader.ts";
import { type TestServer, type TestServerOptions, testServer } from "./test-server.ts";

const BASE = "/ojs/v1";
const NOBODY = "019b76da-b000-7000-8000-00000000000f";

let current: TestServer | undefined;

/** A server that listens, and a way to open streams of it. */
async function start(options: TestServerOptions = {}) {
  const test = await testServer(options);
  current = test;
  const { url, port } = await test.server.listen(0);
  const open = (path: string, headers = {}): Promise<SseReader> => openSse(`${url}${BASE}${path}`, headers);
  return { test, url, port, open };
}

afterEach(async () => {
  await current?.server.close({ graceMs: 0 });
  current = undefined;
});

async function complete(test: TestServer, result: unknown = null): Promise<void> {
  const { id } = await test.fetchOne();
  await test.post(`${BASE}/workers/ack`, { job_id: id, result });
}

describe("the stream of a job", () => {
  it("tells its life with the moves between states, and ends with it", async () => {
    const { test, open } = await start();
    const { id } = await test.enqueue();
    const stream = await open(`/jobs/${id}/events`);
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers).toMatchObject({ "content-type": "text/event-stream", "ojs-version": "1.0" });
    await test.enqueue();
    await complete(test, { text: "naïve 🦜\r\n" });
    const events = await stream.end();
    expect(events.map(({ event }) => event)).toEqual([
      "job.started",
      "job.state_changed",
      "job.completed",
      "job.state_changed",
    ]);
    expect(events[1]?.data).toMatchObject({
      job_id: id,
      queue: "default",
      type: "test.job",
      from: "available",
      to: "active",
    });
    expect(events[2]?.data.result).toEqual({ text: "naïve 🦜\r\n" });
    expect(events[3]?.data).toMatchObject({ from: "active", to: "completed" });
    expect(stream.text).toMatch(/^retry: 3000\nid: [0-9a-f]{20}\.\d+\n\n/);
    expect(stream.text).not.toContain("\r");
  });

  it("that has ended tells so and ends; whoever comes back from it is told to stay away", async () => {
    const { test, open } = await start();
    const { id } = await test.enqueue();
    await complete(test);
    const [event, ...rest] = await (await open(`/jobs/${id}/events`)).end();
    expect(rest).toEqual([]);
    expect(event).toMatchObject({ event: "job.state_changed", data: { job_id: id, from: "active", to: "completed" } });
    const again = await open(`/jobs/${id}/events`, { "last-event-id": event!.id });
    expect(again.response.statusCode).toBe(204);
  });

  it("that nobody knows is a 404 like any other", async () => {
    const { open } = await start();
    for (const path of [`/jobs/${NOBODY}/events`, "/jobs/nonsense/events", `/events/stream?channel=job:${NOBODY}`]) {
      const { response } = await open(path);
      expect([path, response.statusCode]).toEqual([path, 404]);
      expect(response.headers["content-type"]).toContain("json");
    }
  });
});

describe("the stream of channels", () => {
  it("serves many jobs at once, and ends with the last of them", async () => {
    const { test, open } = await start();
    const jobs = await Promise.all(Array.from({ length: 200 }, () => test.enqueue()));
    const channels = jobs.map(({ id }) => `job:${id}`).join(",");
    const stream = await open(`/events/stream?channel=${encodeURIComponent(channels)}&event_types=job.completed`);
    for (const _ of jobs) await complete(test);
    const events = await stream.end();
    expect(new Set(events.map(({ data }) => data.job_id))).toEqual(new Set(jobs.map(({ id }) => id)));
  });

  it("of a queue begins before its first job", async () => {
    const { test, open } = await start();
    const streams = await Promise.all([
      open("/queues/email/events"),
      open("/events/stream?channel=queue%3Aemail"),
      open("/events/stream?channel=all&queue=email"),
    ]);
    const { id } = await test.enqueue({ options: { queue: "email" } });
    await test.enqueue();
    await test.post(`${BASE}/queues/email/pause`, {});
    for (const stream of streams) {
      const events = await stream.until(2);
      expect(events.map(({ event }) => event)).toEqual(["job.enqueued", "queue.paused"]);
      expect(events[0]?.data).toMatchObject({ job_id: id, queue: "email" });
    }
  });

  it.each(["channel=jobs", "channel=queue:No%20Queue", `channel=${"queue:a,".repeat(1)}job:`])(
    "refuses ?%s and names the parameter",
    async (query) => {
      const { open } = await start();
      const stream = await open(`/events/stream?${query}`);
      await stream.end();
      expect(stream.response.statusCode).toBe(400);
      expect(JSON.parse(stream.text).error.details).toMatchObject({ field: "channel" });
    },
  );

  it("refuses more channels and names than can be meant", async () => {
    const { open } = await start();
    const queues = Array.from({ length: 301 }, (_, index) => `queue:q${index}`).join();
    const types = Array.from({ length: 101 }, (_, index) => `t${index}`).join();
    expect((await open(`/events/stream?channel=${queues}`)).response.statusCode).toBe(400);
    expect((await open(`/events/stream?types=${types}`)).response.statusCode).toBe(400);
  });
});

describe("coming back", () => {
  it("goes on behind the last event that was seen, also in the middle of what happened at once", async () => {
    const { test, open } = await start();
    const stream = await open("/events/stream?channel=all");
    await test.enqueue();
    await complete(test);
    const seen = await stream.until(5);
    stream.close();
    for (const [index, { id }] of seen.slice(0, -1).entries()) {
      const again = await open("/events/stream?channel=all", { "last-event-id": id });
      expect(await again.until(seen.length - index - 1)).toEqual(seen.slice(index + 1));
      again.close();
    }
  });

  it.each(["evt_0042", "00000000000000000000.7", "ffffffffffffffffffff.7", "nonsense"])(
    "from an event that nobody knows (%s) says that there is a gap, and goes on",
    async (id) => {
      const { test, open } = await start();
      await test.enqueue();
      const stream = await open("/queues/default/events", { "last-event-id": id });
      const job = await test.enqueue();
      const [gap, event] = await stream.until(2);
      expect(gap).toMatchObject({ event: "system.gap", data: { channel: "queue:default" } });
      expect(Date.parse(gap?.data.gap_start)).toBeLessThanOrEqual(Date.parse(gap?.data.gap_end));
      expect(event).toMatchObject({ event: "job.enqueued", data: { job_id: job.id } });
    },
  );
});

describe("a stream", () => {
  it("shows signs of life", async () => {
    const clock = new TestClock(START);
    const { open } = await start({ clock });
    const stream = await open("/queues/email/events");
    await expect.poll(() => stream.text).toMatch(/^retry: 3000\nid: .*\n\n$/);
    const beginning = stream.text;
    await clock.advance(15_000);
    await expect.poll(() => stream.text).toBe(`${beginning}:heartbeat\n\n`);
  });

  it("is told of the end of the server, and of everything until then", async () => {
    const { test, open } = await start();
    const stream = await open("/queues/default/events");
    await test.enqueue();
    const closing = test.server.close({ graceMs: 700 });
    const events = await stream.end();
    await closing;
    expect(events.map(({ event }) => event)).toEqual(["job.enqueued", "server.shutdown"]);
    expect(events[1]?.data).toMatchObject({ grace_period_ms: 700 });
  });

  it("does not begin on a server that is closing", async () => {
    const { test, port } = await start();
    const waiting = openRaw(port);
    await waiting.connected;
    const fetching = test.post(`${BASE}/workers/fetch`, { queues: ["default"], wait_ms: 30_000 });
    const closing = test.server.close({ graceMs: 1_000 });
    waiting.socket.write(streamRequest("/ojs/v1/queues/default/events"));
    expect(await waiting.text()).toContain("HTTP/1.1 503");
    await Promise.all([fetching, closing]);
  });

  it("leaves nothing behind when its client goes in the middle", async () => {
    const { test, open } = await start();
    const streams = await Promise.all(Array.from({ length: 5 }, () => open("/events/stream")));
    const jobs = Array.from({ length: 500 }, () => ({ type: "test.job", args: [] }));
    const sent = test.post(`${BASE}/jobs/batch`, { jobs });
    for (const stream of streams) stream.close();
    expect((await sent).status).toBe(201);
    const last = await open("/queues/default/events");
    await test.enqueue();
    expect(await last.until(1)).toHaveLength(1);
  });

  it("is not to be had in process", async () => {
    const { test } = await start();
    const path = `${BASE}/queues/email/events`;
    const answer = await test.server.transport.request({ method: "GET", path, headers: {} });
    expect(answer.status).toBe(422);
    expect(JSON.parse(answer.body).error).toMatchObject({ code: "unsupported" });
  });

  it("can be read by whoever has no socket, and waits for them", async () => {
    const { test } = await start();
    const { id } = await test.enqueue();
    const { raw } = await test.get(`${BASE}/jobs/${id}/events`);
    const parts: string[] = [];
    for await (const part of raw.stream ?? []) {
      parts.push(Buffer.from(part).toString());
      if (parts.length === 1) await complete(test);
    }
    expect(parts.join("").match(/^event: .*$/gm)).toEqual([
      "event: job.started",
      "event: job.state_changed",
      "event: job.completed",
      "event: job.state_changed",
    ]);
  });

  it("ends for them when they go", async () => {
    const { test } = await start({ maxLiveReaders: 1 });
    const path = `${BASE}/queues/email/events`;
    const leaving = new AbortController();
    const { raw } = await test.call("GET", path, { signal: leaving.signal });
    const parts = raw.stream?.[Symbol.asyncIterator]();
    await parts?.next();
    expect((await test.get(path)).status).toBe(429);
    const next = parts?.next();
    leaving.abort();
    expect(await next).toMatchObject({ done: true });
    expect((await test.get(path)).status).toBe(200);
  });

  it("is as well guarded as everything else", async () => {
    const { open } = await start({ apiKey: "secret", allowedOrigins: ["https://admin.example.com"] });
    const path = "/queues/email/events";
    const authorization = "Bearer secret";
    expect((await open(path)).response.statusCode).toBe(401);
    expect((await open(path, { authorization, origin: "https://evil.example.com" })).response.statusCode).toBe(403);
    const allowed = await open(path, { authorization, origin: "https://admin.example.com" });
    expect(allowed.response.headers["access-control-allow-origin"]).toBe("https://admin.example.com");
  });

  it("has a head to look at", async () => {
    const { url } = await start();
    const { response } = await openSse(`${url}${BASE}/queues/email/events`, {}, "HEAD");
    expect(response.headers["content-type"]).toBe("text/event-stream");
  });
});
