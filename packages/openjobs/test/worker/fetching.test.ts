import { describe, expect, it } from "vitest";
import { turns } from "../../src/testing/test-clock.ts";
import { Gate, startedBench } from "./bench.ts";
import { disconnect, hang, refuse, respond, wireJob } from "./stub-server.ts";

describe("asking for work", () => {
  it("asks for as many jobs as there are free slots, and says who asks and for how long", async () => {
    const gate = new Gate();
    const { server, worker, clock } = await startedBench(gate.handler, {
      queues: ["high", "low"],
      concurrency: 3,
      visibilityTimeout: "45s",
      fetchWait: "12s",
    });
    expect(server.of("fetch").map(({ body }) => body)).toEqual([
      { queues: ["high", "low"], count: 3, worker_id: worker.id, visibility_timeout_ms: 45_000, wait_ms: 12_000 },
    ]);
    server.push(wireJob(), wireJob());
    await clock.advance(0);
    expect(server.of("fetch").map(({ body }) => body.count)).toEqual([3, 1]);
  });

  it("does not ask while every slot is taken, and asks at once when one becomes free", async () => {
    const gate = new Gate();
    const { server, clock } = await startedBench(gate.handler, { concurrency: 2 });
    server.push(wireJob(), wireJob(), wireJob());
    await clock.advance(0);
    expect(gate.running).toBe(2);
    expect(server.of("fetch")).toHaveLength(1);
    const before = clock.now();
    await gate.end();
    expect(gate.entered).toHaveLength(3);
    expect(server.of("fetch").map(({ body }) => body.count)).toEqual([2, 1]);
    expect(clock.now()).toBe(before);
  });

  it("runs jobs one after another without any time passing between them", async () => {
    const { server, clock } = await startedBench(() => "done", { concurrency: 1 });
    const before = clock.now();
    server.push(...Array.from({ length: 50 }, () => wireJob()));
    await turns(400);
    expect(server.acked).toHaveLength(50);
    expect(clock.now()).toBe(before);
  });

  it("has one fetch on its way at a time, which the server may hold", async () => {
    const { server, clock } = await startedBench(() => undefined, { fetchWait: "20s" });
    await clock.advance(19_999);
    expect(server.of("fetch")).toHaveLength(1);
    await clock.advance(1);
    expect(server.of("fetch")).toHaveLength(2);
    await clock.advance(200_000);
    expect(server.of("fetch")).toHaveLength(12);
    expect(server.fetchesInFlight).toBe(1);
  });

  it.each([0, 100, 20_000])(
    "polls at the poll interval where fetches are not held (fetchWait %d)",
    async (fetchWait) => {
      const { server, clock } = await startedBench(() => undefined, { pollInterval: "1s", fetchWait });
      server.waits = false;
      await clock.advance(20_000 + 10_000);
      const times = server.of("fetch").map(({ at }) => at);
      const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
      expect(times.length).toBeGreaterThanOrEqual(10);
    },
  );

  it("spreads the polls of many workers: the interval has jitter", async () => {
    const gaps: number[] = [];
    for (const random of [0, 0.999]) {
      const { server, clock } = await startedBench(() => undefined, { fetchWait: 0 }, { random: () => random });
      server.waits = false;
      await clock.advance(2_000);
      const [first, second] = server.of("fetch");
      gaps.push((second?.at ?? 0) - (first?.at ?? 0));
    }
    expect(gaps[0]).toBe(750);
    expect(gaps[1]).toBeGreaterThan(1_200);
  });

  it("gives up a fetch that is not answered within the wait and the request timeout", async () => {
    const { server, clock, complaints } = await startedBench(() => undefined, {
      fetchWait: "20s",
      requestTimeout: "10s",
    });
    server.replies.fetch = hang;
    await clock.advance(20_000); // the first one was parked before
    expect(server.of("fetch")).toHaveLength(2);
    await clock.advance(29_999);
    expect(complaints()).toEqual([]);
    await clock.advance(200);
    expect(complaints()).toEqual(["fetching jobs failed; trying again"]);
    expect(server.of("fetch")).toHaveLength(3);
  });
});

describe("a server in trouble", () => {
  it("is asked again within a second when it is back, and is not hammered until then", async () => {
    const { server, clock } = await startedBench(() => undefined, { fetchWait: 1_000 });
    server.replies.fetch = disconnect;
    await clock.advance(1_000);
    const before = server.of("fetch").length;
    await clock.advance(60_000);
    const tries = server.of("fetch").length - before;
    expect(tries).toBeGreaterThan(60);
    expect(tries).toBeLessThan(130);
    delete server.replies.fetch;
    server.push(wireJob());
    await clock.advance(1_000);
    expect(server.acked).toHaveLength(1);
  });

  it("does not fill the log while it is away", async () => {
    const { server, clock, complaints } = await startedBench(() => undefined, { fetchWait: 100 });
    server.replies.fetch = disconnect;
    await clock.advance(3_600_000);
    expect(complaints().filter((line) => line.startsWith("fetching")).length).toBeLessThan(20);
  });

  it("is left alone for as long as Retry-After says", async () => {
    const { server, clock } = await startedBench(() => undefined, { fetchWait: 100, pollInterval: 100 });
    server.replies.fetch = () => refuse(429, "rate_limited", { "retry-after": "7" });
    await clock.advance(200);
    const [last] = server.of("fetch").slice(-1);
    await clock.advance(6_800);
    expect(server.of("fetch").at(-1)).toBe(last);
    await clock.advance(200);
    expect(server.of("fetch").at(-1)).not.toBe(last);
  });

  it("is asked every few seconds when it refuses, and the refusal is an error in the log", async () => {
    const { server, clock, log } = await startedBench(() => undefined, { fetchWait: 100, pollInterval: 100 });
    server.replies.fetch = () => refuse(401, "unauthorized");
    await clock.advance(60_000);
    expect(server.of("fetch").length).toBeLessThan(30);
    expect(log.find(({ level }) => level === "error")?.message).toContain("refuses");
  });
});

describe("what comes back", () => {
  it("runs the other jobs of a fetch when one cannot be read", async () => {
    const ran: unknown[] = [];
    const { server, clock, complaints } = await startedBench((job) => void ran.push(job.args[0]), { concurrency: 4 });
    server.push(wireJob({ args: [1] }), { nonsense: true }, "job", wireJob({ args: [2] }));
    await clock.advance(0);
    expect(ran).toEqual([1, 2]);
    expect(complaints()).toEqual(Array(2).fill("a fetched job cannot be read; it is left to its lease's end"));
  });

  it("never runs more jobs than its concurrency, whatever the server sends: the others are handed back", async () => {
    const gate = new Gate();
    const { server, clock, worker } = await startedBench(gate.handler, { concurrency: 2 });
    const jobs = Array.from({ length: 5 }, () => wireJob());
    server.replies.fetch = (received) => (received.body.count === 2 ? respond(200, { jobs }) : undefined);
    await clock.advance(20_000);
    expect(gate.running).toBe(2);
    expect(worker.activeJobs).toBe(2);
    expect(server.of("nack").map(({ body }) => [body.job_id, body.requeue])).toEqual(
      jobs.slice(2).map(({ id }) => [id, true]),
    );
  });

  it("stays within its concurrency over a thousand jobs that end in any order", async () => {
    let random = 1;
    const next = (): number => {
      random = (random * 48_271) % 2_147_483_647;
      return random;
    };
    const running = new Set<string>();
    let most = 0;
    const { server, clock } = await startedBench(
      async (job) => {
        running.add(job.id);
        most = Math.max(most, running.size);
        await new Promise<void>((resolve) => void clockOf().schedule(clockOf().now() + (next() % 50), resolve));
        running.delete(job.id);
        if (next() % 3 === 0) throw new Error("no luck");
      },
      { concurrency: 7 },
    );
    function clockOf() {
      return clock;
    }
    server.push(...Array.from({ length: 1_000 }, () => wireJob()));
    await clock.advance(15_000, () => turns(6));
    expect(server.of("ack").length + server.of("nack").length).toBe(1_000);
    expect(most).toBe(7);
  });
});
