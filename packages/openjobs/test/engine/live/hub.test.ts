import { describe, expect, it, vi } from "vitest";
import { numberOf, readLiveId } from "../../../src/core/live/live-id.ts";
import { LiveBench } from "./live-bench.ts";

const numberIn = (id: string | undefined): number => readLiveId(id ?? "")?.number ?? Number.NaN;

describe("live events", () => {
  it("cost nothing while nobody listens: no event is looked at, no alarm is set", async () => {
    const bench = new LiveBench();
    const { listening } = bench.listen();
    listening.leave();
    const data = vi.spyOn(bench.happen(), "data");
    await bench.settle();
    expect(data).not.toHaveBeenCalled();
    expect(bench.clock.nextAlarm).toBeUndefined();
    expect(bench.hub.size).toBe(0);
  });

  it("go at once, and then together with those of the next ten milliseconds", async () => {
    const bench = new LiveBench();
    const { reader } = bench.listen();
    bench.happen();
    await bench.clock.advance(0);
    expect(reader.types).toEqual(["job.cancelled", "job.state_changed"]);
    bench.happen();
    await bench.clock.advance(9);
    expect(reader.got).toHaveLength(2);
    bench.happen();
    await bench.clock.advance(1);
    expect(reader.got).toHaveLength(6);
    const numbers = reader.got.map(({ id }) => numberIn(id));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(6);
  });

  it("go to those who listen to their channel, once", async () => {
    const bench = new LiveBench();
    const job = { kind: "job", name: "job-1" } as const;
    const queue = { kind: "queue", name: "email" } as const;
    const filter = { types: ["job.cancelled"] };
    const readers = [[job], [queue], [job, queue], [{ kind: "queue", name: "other" } as const]].map(
      (channels) => bench.listen({ channels, filter }).reader,
    );
    bench.happen({ id: "job-1" });
    bench.happen({ id: "job-2" });
    await bench.settle();
    expect(readers.map(({ got }) => got.length)).toEqual([1, 2, 2, 0]);
  });

  it.each([
    [{ types: ["job.state_changed"] }, ["job.state_changed"]],
    [{ types: ["job.*"] }, ["job.cancelled", "job.state_changed"]],
    [{ types: ["worker.*"] }, []],
    [{ queues: ["other"] }, []],
    [{ jobTypes: ["email.send"] }, ["job.cancelled", "job.state_changed"]],
  ])("that %j wants: %j", async (filter, types) => {
    const bench = new LiveBench();
    const { reader } = bench.listen({ channels: [{ kind: "all" }], filter });
    bench.happen();
    await bench.settle();
    expect(reader.types).toEqual(types);
  });

  it("are written once for all who want the same", async () => {
    const bench = new LiveBench();
    const readers = [bench.listen().reader, bench.listen().reader];
    const data = vi.spyOn(bench.happen(), "data");
    await bench.settle();
    const texts = readers.map(({ got }) => got.map((event) => event.data));
    expect(texts[0]).toEqual(texts[1]);
    expect(data).toHaveBeenCalledTimes(1);
  });

  it("reach somebody who comes while others wait exactly from then on", async () => {
    const bench = new LiveBench();
    const first = bench.listen().reader;
    bench.happen();
    const second = bench.listen().reader;
    bench.happen();
    await bench.settle();
    expect([first.got.length, second.got.length]).toEqual([4, 2]);
  });
});

describe("a reader that is slow", () => {
  const filter = { types: ["job.cancelled"] };
  const wanted = { channels: [{ kind: "all" } as const], filter };

  it("gets everything in order when it is ready again", async () => {
    const bench = new LiveBench();
    const { reader, listening } = bench.listen(wanted);
    reader.isReady = false;
    for (let turn = 0; turn < 5; turn += 1) {
      bench.happen();
      await bench.settle();
    }
    expect(reader.got).toHaveLength(1);
    listening.ready();
    expect(reader.got.map(({ id }) => numberIn(id))).toEqual([0, 1, 2, 3, 4].map(numberOf));
  });

  it("gets the last 1,000 of 2,000 events and is told which it has missed; others get all", async () => {
    const bench = new LiveBench();
    const { reader, listening } = bench.listen(wanted);
    const { reader: other } = bench.listen(wanted);
    reader.isReady = false;
    bench.happen();
    await bench.settle();
    for (let count = 0; count < 2_000; count += 1) {
      bench.happen();
      if (count % 300 === 0) await bench.settle();
    }
    await bench.settle();
    expect(reader.got).toHaveLength(1);
    listening.ready();
    const [, notice, ...rest] = reader.got;
    expect(notice).toMatchObject({ type: "system.events_dropped", dropped: { count: 1_000 } });
    expect(numberIn(notice?.dropped?.oldest)).toBe(numberOf(1));
    expect(numberIn(notice?.dropped?.newest)).toBe(numberOf(1_000));
    expect(rest.map(({ id }) => numberIn(id))).toEqual(
      Array.from({ length: 1_000 }, (_, index) => numberOf(1_001 + index)),
    );
    expect(other.got).toHaveLength(2_001);
  });

  it("is not told twice of the same loss", async () => {
    const bench = new LiveBench({ bound: 2 });
    const { reader, listening } = bench.listen(wanted);
    reader.isReady = false;
    for (let turn = 0; turn < 5; turn += 1) {
      bench.happen();
      await bench.settle();
    }
    listening.ready();
    listening.ready();
    expect(reader.types.filter((type) => type === "system.events_dropped")).toHaveLength(1);
  });

  it("is cut off when it has taken nothing for four heartbeats, and not when it was only slow", async () => {
    const bench = new LiveBench();
    const { reader, listening } = bench.listen(wanted);
    reader.isReady = false;
    bench.happen();
    await bench.clock.advance(3 * 14_000);
    listening.ready();
    bench.happen();
    await bench.clock.advance(3 * 14_000);
    expect(reader.wasCut).toBe(false);
    await bench.clock.advance(14_000);
    expect(reader.wasCut).toBe(true);
    expect(reader.beats).toBe(0);
  });
});

describe("signs of life", () => {
  it("are sent at least every 15 s, by one alarm for all", async () => {
    const bench = new LiveBench();
    const readers = [bench.listen().reader, bench.listen().reader];
    for (const seconds of [15, 15, 15]) await bench.clock.advance(seconds * 1_000);
    expect(readers.map(({ beats }) => beats)).toEqual([3, 3]);
  });
});

describe("the end", () => {
  it("comes by itself when the jobs that somebody listens to have ended", async () => {
    const bench = new LiveBench();
    const channels = ["job-1", "job-2"].map((name) => ({ kind: "job", name }) as const);
    const { reader } = bench.listen({ channels, filter: {} });
    bench.happen({ id: "job-1", to: "cancelled" });
    await bench.settle();
    expect(reader.hasEnded).toBe(false);
    bench.happen({ id: "job-2", to: "completed" });
    await bench.settle();
    expect(reader.hasEnded).toBe(true);
    expect(reader.got).toHaveLength(4);
    expect(bench.hub.size).toBe(0);
  });

  it("of the server is announced, and what happens until then is told", async () => {
    const bench = new LiveBench();
    const { reader } = bench.listen();
    bench.happen();
    bench.hub.announceEnd(5_000);
    bench.happen();
    bench.hub.end();
    expect(reader.types.map((type) => type.split(".")[1])).toEqual([
      "cancelled",
      "state_changed",
      "shutdown",
      "cancelled",
      "state_changed",
    ]);
    expect(JSON.parse(reader.got[2]?.data ?? "")).toMatchObject({ grace_period_ms: 5_000 });
    expect(reader.hasEnded).toBe(true);
    expect(bench.hub.size).toBe(0);
  });

  it("waits for what a slow reader has not taken yet", async () => {
    const bench = new LiveBench();
    const { reader, listening } = bench.listen();
    reader.isReady = false;
    bench.happen();
    await bench.settle();
    bench.happen();
    bench.hub.end();
    expect(reader.hasEnded).toBe(false);
    listening.ready();
    expect(reader.got).toHaveLength(4);
    expect(reader.hasEnded).toBe(true);
  });
});
