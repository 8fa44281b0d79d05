/** Subscriptions to the real server: over every transport, through restarts and cuts. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { OjsClient } from "../../../src/client/client.ts";
import { FetchTransport } from "../../../src/client/fetch-transport.ts";
import type { LiveEvent } from "../../../src/client/live/live-event.ts";
import type { LiveEvents } from "../../../src/client/live/subscription.ts";
import { HttpTransport } from "../../../src/client/node-transport.ts";
import type { Transport } from "../../../src/client/transport.ts";
import { createServer, type OjsServer, type ServerOptions } from "../../../src/server/index.ts";
import { memory } from "../../../src/storage/memory/index.ts";
import { cuttableProxy } from "../../support/cuttable-proxy.ts";
import { cutting } from "./cutting-transport.ts";

/** Comes back at once: chance picks the shortest pause. */
const AT_ONCE = { random: () => 0 };

const HEADERS = { "content-type": "application/openjobspec+json" };

async function start(options: Partial<ServerOptions> = {}): Promise<{ server: OjsServer; port: number; url: string }> {
  const server = await createServer({ storage: memory(), ...options });
  return { server, ...(await server.listen(0)) };
}

async function post({ transport }: OjsServer, path: string, body: object): Promise<string> {
  const request = { method: "POST", path: `/ojs/v1${path}`, headers: HEADERS, body: JSON.stringify(body) } as const;
  return (await transport.request(request)).body;
}

async function complete(server: OjsServer, result: unknown = null): Promise<void> {
  const { jobs } = JSON.parse(await post(server, "/workers/fetch", { queues: ["default"] }));
  await post(server, "/workers/ack", { job_id: jobs[0].id, result });
}

async function all(events: LiveEvents): Promise<LiveEvent[]> {
  const list: LiveEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

const ways: readonly [string, (server: OjsServer, url: string) => Transport][] = [
  ["in process", (server) => server.transport],
  ["over node:http", (_, url) => new HttpTransport({ url })],
  ["over fetch", (_, url) => new FetchTransport({ url })],
];

describe.each(ways)("subscriptions %s", (_, open) => {
  it("tell the life of a job, and end with it", async () => {
    const { server, url } = await start();
    const client = new OjsClient({ transport: open(server, url) });
    const job = await client.enqueue("t");
    const events = client.subscribeJob(job.id);
    await events.ready();
    await complete(server, "é🦜");
    const told = await all(events);
    expect(told.map(({ type }) => type)).toEqual([
      "job.started",
      "job.state_changed",
      "job.completed",
      "job.state_changed",
    ]);
    expect(told[2]).toMatchObject({
      kind: "job",
      jobId: job.id,
      jobType: "t",
      queue: "default",
      data: { result: "é🦜" },
    });
    expect(told[3]).toMatchObject({ kind: "state", from: "active", to: "completed" });
    expect((await all(client.subscribeJob(job.id))).map(({ type }) => type)).toEqual(["job.state_changed"]);
    expect(await all(client.subscribeJob(job.id, { after: told[3]?.id ?? "" }))).toEqual([]);
    await server.close();
  });

  it("go through filters, and reject what the server refuses", async () => {
    const { server, url } = await start();
    const client = new OjsClient({ transport: open(server, url) });
    const events = client.subscribe({ channels: ["queue:a"], types: ["job.enqueued"], jobTypes: ["yes"] });
    await events.ready();
    await client.enqueue("yes");
    await client.enqueue("no", [], { queue: "a" });
    const { id } = await client.enqueue("yes", [], { queue: "a" });
    expect((await events.next()).value).toMatchObject({ kind: "job", type: "job.enqueued", jobId: id });
    await events.close();
    const nobody = "019b76da-b000-7000-8000-00000000000f";
    await expect(client.subscribeJob(nobody).next()).rejects.toMatchObject({ code: "not_found" });
    await expect(client.subscribe({ channels: ["nonsense"] }).next()).rejects.toMatchObject({
      code: "invalid_request",
    });
    await server.close();
  });
});

describe("a subscription whose connection breaks", () => {
  it("goes on without a gap, also before its first event", async () => {
    const { server, port } = await start();
    await using proxy = await cuttableProxy("127.0.0.1", port);
    const client = new OjsClient({ url: `http://127.0.0.1:${proxy.port}` }, AT_ONCE);
    const events = client.subscribe({ types: ["queue.*"] });
    await events.ready();
    for (const name of ["a", "b", "c"]) {
      proxy.cut();
      await post(server, `/queues/${name}/pause`, {});
      proxy.mend();
      expect((await events.next()).value).toMatchObject({ kind: "queue", type: "queue.paused", queue: name });
    }
    await events.close();
    await server.close({ graceMs: 0 });
  });

  it("says what a server that was restarted does not know", async () => {
    const first = await start();
    const client = new OjsClient({ url: first.url }, AT_ONCE);
    const events = client.subscribe();
    await events.ready();
    await first.server.close({ graceMs: 0 });
    const second = await createServer({ storage: memory() });
    await second.listen(first.port);
    expect((await events.next()).value).toMatchObject({ kind: "gap", reason: "forgotten" });
    await post(second, "/queues/a/pause", {});
    expect((await events.next()).value).toMatchObject({ type: "queue.paused" });
    await events.close();
    await second.close({ graceMs: 0 });
  });

  it("says what the server has dropped while nobody read", async () => {
    const { server } = await start({ liveBufferEvents: 5 });
    const client = new OjsClient({ transport: server.transport });
    const events = client.subscribe({ types: ["job.enqueued"] });
    await events.ready();
    for (let n = 0; n < 50; n += 1) {
      // Events of the same 10 ms go together, whoever reads.
      if (n % 10 === 0) await delay(12);
      await client.enqueue("t", [n]);
    }
    const told: LiveEvent[] = [];
    // How many were on their way to the reader when there was no more room is nobody's promise; that some are missing is.
    while (told.at(-1)?.kind !== "gap") told.push((await events.next()).value as LiveEvent);
    expect(told.at(-1)).toMatchObject({ reason: "slow" });
    expect(told.length).toBeLessThan(50);
    await events.close();
    await server.close();
  });

  it("has each event once, wherever the stream is cut", async () => {
    const { server } = await start();
    const cuts = cutting(server.transport);
    const client = new OjsClient({ transport: cuts }, AT_ONCE);
    const events = client.subscribe({ types: ["job.enqueued"] });
    await events.ready();
    const ids: string[] = [];
    for (let n = 0; n < 60; n += 1) ids.push((await client.enqueue("t", [n])).id);
    const told: unknown[] = [];
    while (told.length < ids.length) {
      const { value } = await events.next();
      told.push(value?.kind === "job" ? value.jobId : value);
    }
    expect(told).toEqual(ids);
    expect(cuts.breaks).toBeGreaterThan(20);
    await events.close();
    await server.close();
  });
});
