/** Several engines on one storage: what one of them commits, the others see to without being asked. */
import { describe, expect, it } from "vitest";
import { KEEP_FOREVER } from "../../../src/core/retention.ts";
import { QUEUE } from "../../suites/engine/bench.ts";
import { aCron, CRON, MINUTE } from "../../suites/engine/cron-bench.ts";
import { aWorker } from "../../suites/storage/bench.ts";
import { enqueue, park, type Server, Servers } from "./servers.ts";

/** Two of them, which is all that most stories need. */
async function pair(options: Parameters<Servers["start"]>[1] = {}) {
  const servers = new Servers();
  const [here, there] = await servers.start(2, options);
  if (here === undefined || there === undefined) throw new Error("Two servers were started.");
  return { servers, here, there };
}

/** Claims that reached the storage. */
function claims({ commits }: Server): number {
  return commits.reduce((sum, [group]) => sum + group.claims.length, 0);
}

/** Units that were too late: another server had done the same. */
function refusals({ commits }: Server): number {
  return commits.flatMap(([, { units }]) => units).filter(({ ok }) => !ok).length;
}

function eventTypes({ engine }: Server, subject?: string): readonly string[] {
  const { events } = engine.listEvents({ limit: 100_000 });
  return events.filter((event) => subject === undefined || event.subject === subject).map(({ type }) => type);
}

describe("a fetch that waits at one server", () => {
  it("gets a job that is enqueued at another one, at once", async () => {
    const { servers, here, there } = await pair();
    const { got } = park(there);
    await servers.rest();
    const id = await enqueue(here);
    await servers.rest();
    expect(got).toEqual([id]);
  });

  it("is woken once a job, not with everybody else", async () => {
    const { servers, here, there } = await pair();
    const parked = [park(there), park(there), park(there)];
    await servers.rest();
    const before = claims(there);
    await enqueue(here);
    await servers.rest();
    expect(parked.map(({ got }) => got.length)).toEqual([1, 0, 0]);
    expect(claims(there) - before).toBe(1);
  });

  it("is left alone when somebody waits for the job where it was enqueued", async () => {
    const { servers, here, there } = await pair();
    const [near, far] = [park(here), park(there)];
    await servers.rest();
    const before = claims(there);
    await enqueue(here);
    await servers.advance(1_000);
    expect([near.got.length, far.got.length]).toEqual([1, 0]);
    expect(claims(there)).toBe(before);
  });

  it("hears of jobs that were resumed, handed back, failed, and retried", async () => {
    const { servers, here, there } = await pair();
    await here.engine.pauseQueue(QUEUE);
    const { got } = park(there);
    const id = await enqueue(here);
    await servers.rest();
    expect(got).toEqual([]);
    await here.engine.resumeQueue(QUEUE);
    await servers.advance(10);
    expect(got).toEqual([id]);

    const again = park(there);
    await servers.rest();
    await here.engine.release([await here.engine.getJob(id)]);
    await servers.advance(10);
    expect(again.got).toEqual([id]);
  });

  it("gets jobs of a thousand queues, of which no signal could tell one by one", async () => {
    const { servers, here, there } = await pair();
    const names = Array.from({ length: 1_000 }, (_, index) => `queue-${index}`);
    const parked = names.map((name) => park(there, [name]));
    await servers.rest();
    await Promise.all(names.map((queue) => enqueue(here, { queue })));
    await servers.advance(10);
    expect(parked.filter(({ got }) => got.length === 1)).toHaveLength(names.length);
    expect(Math.max(...servers.bus.texts.map(({ length }) => length))).toBeLessThanOrEqual(7_000);
  });

  it("gets its job within 15 seconds when the signal is lost", async () => {
    const { servers, here, there } = await pair();
    const { got } = park(there);
    await servers.rest();
    servers.bus.isCut = true;
    const id = await enqueue(here);
    await servers.advance(1_000);
    expect(got).toEqual([]);
    await servers.advance(14_000);
    expect(got).toEqual([id]);
  });

  it("gets its job as soon as a broken way is open again", async () => {
    const { servers, here, there } = await pair();
    const { got } = park(there);
    await servers.rest();
    servers.bus.isCut = true;
    const id = await enqueue(here);
    await servers.advance(1_000);
    servers.bus.mend();
    await servers.rest();
    expect(got).toEqual([id]);
  });

  it("looks for itself after a signal that makes no sense to this version", async () => {
    const { servers, here, there } = await pair();
    const { got } = park(there);
    await servers.rest();
    servers.bus.isCut = true;
    const id = await enqueue(here);
    servers.bus.inject("2:zstd:…");
    await servers.rest();
    expect(got).toEqual([id]);
  });
});

describe("signals", () => {
  it("are not sent by a server that is alone", async () => {
    const servers = new Servers();
    const [only] = await servers.start(1);
    if (only === undefined) throw new Error("A server was started.");
    await enqueue(only, { scheduledAt: servers.clock.now() + 1_000 });
    await enqueue(only);
    await only.engine.changeQueueConfig(QUEUE, { default_priority: 1 });
    await servers.advance(MINUTE);
    expect(servers.bus.texts).toEqual([]);
  });

  it("are a hundred a second at most, however much happens", async () => {
    const { servers, here } = await pair();
    for (let step = 0; step < 1_000; step += 1) {
      await enqueue(here);
      await servers.advance(1);
    }
    expect(servers.bus.texts.length).toBeGreaterThan(50);
    expect(servers.bus.texts.length).toBeLessThanOrEqual(102);
  });

  it("tell of what a server gave back when it stopped", async () => {
    const { servers, here, there } = await pair();
    await enqueue(here);
    const parked = park(there);
    await servers.rest();
    const next = park(there);
    await servers.rest();
    const closing = enqueue(here).then(() => here.engine.close());
    await closing;
    await servers.rest();
    expect([parked.got.length, next.got.length]).toEqual([1, 1]);
  });
});

describe("when a server is killed", () => {
  it("its scheduled jobs are promoted by another one on time", async () => {
    const { servers, here, there } = await pair();
    const id = await enqueue(here, { scheduledAt: servers.clock.now() + 5_000 });
    await servers.rest();
    here.kill();
    const { got } = park(there);
    await servers.advance(4_999);
    expect(got).toEqual([]);
    await servers.advance(1);
    expect(got).toEqual([id]);
  });

  it("its leases are taken over when they end", async () => {
    const { servers, here, there } = await pair();
    const id = await enqueue(here);
    await here.engine.fetch({ queues: [QUEUE], count: 1, workerId: "w", visibilityMs: 5_000, waitMs: 0 });
    await servers.advance(100);
    here.kill();
    const { got } = park(there);
    await servers.advance(4_899);
    expect(got).toEqual([]);
    await servers.advance(1);
    expect(got).toEqual([id]);
  });

  it("its cron jobs go on elsewhere with the next slot", async () => {
    const { servers, here, there } = await pair();
    await here.engine.registerCron(aCron({ cron: "@every 10s", overlap_policy: "allow" }));
    await servers.rest();
    here.kill();
    await servers.advance(10_000);
    expect(eventTypes(there, CRON)).toEqual(["cron.triggered"]);
  });

  it("its workers are dead after their silence, and their jobs are free, once", async () => {
    const { servers, here, there } = await pair();
    const id = await enqueue(here);
    await here.engine.fetch({ queues: [QUEUE], count: 1, workerId: "w", visibilityMs: 3_600_000, waitMs: 0 });
    await here.engine.heartbeat({ worker: aWorker({ id: "w" }), jobs: [], leaving: false });
    here.kill();
    const { got } = park(there);
    await servers.advance(61_000);
    expect(got).toEqual([id]);
    expect(eventTypes(there, "w")).toEqual(["worker.stopped"]);
  });
});

describe("due work of several servers", () => {
  it("is done once, and after the first time by one of them alone", async () => {
    const { servers, here, there } = await pair();
    const start = servers.clock.now();
    for (let second = 1; second <= 60; second += 1) {
      await enqueue(here, { scheduledAt: start + second * 1_000 });
      await enqueue(there, { scheduledAt: start + second * 1_000 + 500 });
    }
    await servers.advance(2_000);
    const early = refusals(here) + refusals(there);
    await servers.advance(60_000);
    const promoted = [here, there].flatMap((server) => eventTypes(server)).filter((type) => type === "job.enqueued");
    expect(promoted).toHaveLength(120);
    expect(refusals(here) + refusals(there)).toBe(early);
    expect(servers.errors).toEqual([]);
  });

  it("is a fifth of a second late, once, when the one that did it dies", async () => {
    const { servers, here, there } = await pair();
    const start = servers.clock.now();
    await enqueue(here, { scheduledAt: start + 1_000 });
    await servers.advance(1_500);
    const [leader, other] = refusals(here) > 0 ? [there, here] : [here, there];
    const first = await enqueue(other, { scheduledAt: start + 10_000 });
    const second = await enqueue(other, { scheduledAt: start + 20_000 });
    await servers.rest();
    leader.kill();
    await servers.advance(8_500 + 200);
    expect(await servers.stateOf(first)).toBe("available");
    await servers.advance(9_800);
    expect(await servers.stateOf(second)).toBe("available");
  });

  it("fires a cron slot once", async () => {
    const { servers, here, there } = await pair();
    await here.engine.registerCron(aCron({ overlap_policy: "allow" }));
    await there.engine.registerCron(aCron({ name: "other", cron: "@every 7s", overlap_policy: "allow" }));
    await servers.advance(10 * MINUTE);
    const fired = (cron: string) =>
      [here, there].flatMap((server) => eventTypes(server, cron)).filter((type) => type === "cron.triggered");
    expect(fired(CRON)).toHaveLength(10);
    expect(fired("other")).toHaveLength(Math.floor((10 * MINUTE) / 7_000));
    expect((await here.engine.getCron(CRON)).runCount).toBe(10);
    expect(servers.errors).toEqual([]);
  });

  it("removes finished jobs, each once in the counters", async () => {
    const { servers, here, there } = await pair({ retention: { ...KEEP_FOREVER, completed: MINUTE } });
    for (let left = 450; left > 0; left -= 1) await enqueue(here);
    const jobs = await there.engine.fetch({
      queues: [QUEUE],
      count: 450,
      workerId: "w",
      visibilityMs: null,
      waitMs: 0,
    });
    await here.engine.ackAll(jobs.map(({ id, lease }) => ({ jobId: id, fence: { lease }, result: null })));
    expect((await there.engine.queueStats(QUEUE)).queue.counts.completed).toBe(450);
    await servers.advance(2 * MINUTE);
    expect((await here.engine.queueStats(QUEUE)).queue.counts.completed).toBe(0);
    expect(servers.errors).toEqual([]);
  });
});

describe("settings of a queue that were changed at one server", () => {
  async function priorityAt(server: Server): Promise<number> {
    return (await server.engine.getJob(await enqueue(server, { priority: null }))).priority;
  }

  it("hold for jobs that come to another one", async () => {
    const { servers, here, there } = await pair();
    expect(await priorityAt(there)).toBe(0);
    await here.engine.changeQueueConfig(QUEUE, { default_priority: 7 });
    await servers.advance(10);
    expect(await priorityAt(there)).toBe(7);
  });

  it("hold within 15 seconds when the signal is lost", async () => {
    const { servers, here, there } = await pair();
    servers.bus.isCut = true;
    await here.engine.changeQueueConfig(QUEUE, { default_priority: 7 });
    await servers.advance(10);
    expect(await priorityAt(there)).toBe(0);
    await servers.advance(15_000);
    expect(await priorityAt(there)).toBe(7);
  });
});
