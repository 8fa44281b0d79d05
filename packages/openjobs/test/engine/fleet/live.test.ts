/** Live events of several servers on one storage: who listens at one of them hears of all. */
import { describe, expect, it } from "vitest";
import type { ListenRequest } from "../../../src/engine/live/live-engine.ts";
import { QUEUE } from "../../suites/engine/bench.ts";
import { Listener } from "../../support/listener.ts";
import { enqueue, type Server, Servers } from "./servers.ts";

async function pair() {
  const servers = new Servers();
  const [here, there] = await servers.start(2);
  if (here === undefined || there === undefined) throw new Error("Two servers were started.");
  return { servers, here, there };
}

async function listen({ engine }: Server, request: Partial<ListenRequest> = {}) {
  const listener = new Listener();
  const subscription = await engine.subscribe({ channels: [{ kind: "all" }], filter: {}, ...request });
  const listening = subscription.begin(listener);
  return { listener, leave: () => listening.leave() };
}

async function run({ engine }: Server, result: string | null = null): Promise<string> {
  const fetch = { queues: [QUEUE], count: 1, workerId: "worker-1", visibilityMs: 60_000, waitMs: 0 };
  const [job] = await engine.fetch(fetch);
  if (job === undefined) throw new Error("There was no job to run.");
  await engine.ack({ jobId: job.id, fence: { lease: job.lease }, result });
  return job.id;
}

const types = ({ events }: Listener): string[] => events.map(({ type }) => type);
const told = ({ bus }: Servers): number => bus.texts.filter((text) => text.includes('"events":')).length;

describe("live events of other servers", () => {
  it("arrive whole, and in order", async () => {
    const { servers, here, there } = await pair();
    const { listener } = await listen(here);
    const id = await enqueue(there);
    await run(there, '{"text":\n"naïve 🦜"}');
    await servers.advance(20);
    expect(listener.moves(id)).toEqual(["available > active", "active > completed"]);
    const completed = listener.events.find(({ type }) => type === "job.completed");
    expect(JSON.parse(completed?.data ?? "")).toMatchObject({ job_id: id, result: { text: "naïve 🦜" } });
  });

  it("are neither kept nor sent while nobody listens anywhere", async () => {
    const { servers, there } = await pair();
    await enqueue(there);
    await run(there);
    await servers.advance(60_000);
    expect(told(servers)).toBe(0);
  });

  it("are sent no more when the last reader has gone for long enough", async () => {
    const { servers, here, there } = await pair();
    const { leave } = await listen(here);
    await enqueue(there);
    await servers.advance(20);
    leave();
    await servers.advance(75_000);
    const before = told(servers);
    expect(before).toBeGreaterThan(0);
    await enqueue(there);
    await servers.advance(60_000);
    expect(told(servers)).toBe(before);
  });

  it("are for readers only: whoever polls asks each server for its own", async () => {
    const { servers, here, there } = await pair();
    const { listener } = await listen(here);
    await enqueue(there);
    await servers.advance(20);
    expect(types(listener)).toEqual(["job.enqueued"]);
    expect(here.engine.listEvents({ limit: 10 }).events).toEqual([]);
  });

  it("come from a server that was started later, and reach those who come back", async () => {
    const { servers, here } = await pair();
    const { listener, leave } = await listen(here);
    const [late] = await servers.start(1);
    await servers.advance(2_000);
    await enqueue(late!);
    await servers.advance(20);
    const { id } = listener.events.at(-1)!;
    leave();
    await servers.advance(30_000);
    await enqueue(late!);
    await servers.advance(20);
    const back = await listen(here, { after: id });
    expect(types(back.listener)).toEqual(["job.enqueued"]);
  });

  it("that happened while nobody listened are a gap", async () => {
    const { servers, here, there } = await pair();
    const first = await listen(here);
    await enqueue(there);
    await servers.advance(20);
    first.leave();
    await servers.advance(120_000);
    await enqueue(there);
    const back = await listen(here, { after: first.listener.events.at(-1)!.id });
    expect(types(back.listener)).toEqual(["system.gap"]);
  });

  it("without what is too long to travel", async () => {
    const { servers, here, there } = await pair();
    const { listener } = await listen(here);
    await enqueue(there);
    await run(there, JSON.stringify("ä".repeat(4_000)));
    await servers.advance(20);
    const completed = listener.events.find(({ type }) => type === "job.completed");
    expect(JSON.parse(completed?.data ?? "")).not.toHaveProperty("result");
    expect(JSON.parse(completed?.data ?? "")).toHaveProperty("duration_ms");
    expect(Math.max(...servers.bus.texts.map(({ length }) => length))).toBeLessThanOrEqual(7_000);
  });

  it("a thousand at once travel in signals of the size that signals may have", async () => {
    const { servers, here, there } = await pair();
    const { listener } = await listen(here);
    await Promise.all(Array.from({ length: 1_000 }, () => enqueue(there)));
    await servers.advance(20);
    expect(listener.events).toHaveLength(1_000);
    expect(Math.max(...servers.bus.texts.map(({ length }) => length))).toBeLessThanOrEqual(7_000);
  });
});

describe("signals that get lost", () => {
  it("let nobody wait for ever for a job that has ended", async () => {
    const { servers, here, there } = await pair();
    const name = await enqueue(there);
    servers.bus.isCut = true;
    const { listener } = await listen(here, { channels: [{ kind: "job", name }] });
    await run(there);
    await servers.advance(15_000);
    expect(listener.moves()).toEqual(["active > completed"]);
    expect(listener.hasEnded).toBe(true);
  });

  it("are a gap when the way is open again", async () => {
    const { servers, here } = await pair();
    const { listener } = await listen(here);
    servers.bus.mend();
    await servers.advance(20);
    expect(types(listener)).toEqual(["system.gap"]);
  });

  it("or make no sense change nothing", async () => {
    const { servers, here } = await pair();
    const { listener } = await listen(here);
    for (const text of ['{"live":', '{"live":[]}', '{"live":{"events":[1,[],["a"],[0,0,0,0,0,0,0,0,0,0]],"lost":"x"}}'])
      servers.bus.inject(text);
    await servers.advance(20);
    expect(listener.events).toEqual([]);
    expect(servers.errors).toEqual([]);
  });
});
