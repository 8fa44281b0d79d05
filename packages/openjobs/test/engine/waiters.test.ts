import { describe, expect, it } from "vitest";
import { type Waiter, Waiters } from "../../src/engine/waiters.ts";
import { aJob } from "../support/jobs.ts";

function parked(waiters: Waiters, queues: readonly string[]): { waiter: Waiter; woken: Promise<boolean> } {
  const waiter = waiters.register(queues);
  waiter.standInLine();
  return { waiter, woken: waiter.woken() };
}

/** Whether nobody has woken it by now. */
async function isParked(woken: Promise<boolean>): Promise<boolean> {
  const nobody = new Promise<"nobody">((resolve) => setImmediate(() => resolve("nobody")));
  return (await Promise.race([woken, nobody])) === "nobody";
}

describe("waiters", () => {
  it("wakes the longest waiting of a queue, each once", async () => {
    const waiters = new Waiters();
    const order: number[] = [];
    const all = [0, 1, 2].map((index) => {
      const { waiter, woken } = parked(waiters, ["a"]);
      void woken.then(() => order.push(index));
      return waiter;
    });
    waiters.wake("a", 2);
    await Promise.resolve();
    expect(order).toEqual([0, 1]);
    waiters.wake("a", 5);
    await Promise.resolve();
    expect(order).toEqual([0, 1, 2]);
    for (const waiter of all) waiter.leave([]);
    expect(waiters.size).toBe(0);
  });

  it("remembers a wake-up that comes between standing in line and parking", async () => {
    const waiters = new Waiters();
    const waiter = waiters.register(["a"]);
    waiter.standInLine();
    waiters.wake("a");
    expect(await waiter.woken()).toBe(true);
  });

  it("counts a wake-up in one queue for all of a waiter's queues", async () => {
    const waiters = new Waiters();
    const first = parked(waiters, ["a", "b"]);
    const second = parked(waiters, ["b"]);
    waiters.wake("a");
    waiters.wake("b");
    expect(await first.woken).toBe(true);
    expect(await second.woken).toBe(true);
  });

  it("hands on a wake-up that its waiter could not use any more", async () => {
    const waiters = new Waiters();
    const first = parked(waiters, ["a"]);
    const second = parked(waiters, ["a"]);
    waiters.wake("a");
    first.waiter.leave([]);
    expect(await second.woken).toBe(true);
  });

  it("hands nothing on that was used", async () => {
    const waiters = new Waiters();
    const first = parked(waiters, ["a"]);
    const second = parked(waiters, ["a"]);
    waiters.wake("a");
    expect(await first.woken).toBe(true);
    first.waiter.standInLine();
    first.waiter.leave([]);
    second.waiter.stop();
    expect(await second.woken).toBe(false);
  });

  it("lets waiters leave from anywhere in the line", async () => {
    const waiters = new Waiters();
    const [first, middle, last] = [parked(waiters, ["a"]), parked(waiters, ["a"]), parked(waiters, ["a"])];
    middle.waiter.leave([]);
    waiters.wake("a", 2);
    expect(await Promise.all([first.woken, last.woken])).toEqual([true, true]);
  });

  describe("called for a job whose insert is on its way", () => {
    it("wakes the longest waiting, and nobody else when the job arrives and is claimed", async () => {
      const waiters = new Waiters();
      const [first, second] = [parked(waiters, ["a"]), parked(waiters, ["a"])];
      const job = aJob();
      const call = waiters.call("a", job.id);
      expect(await first.woken).toBe(true);
      first.waiter.standInLine();
      call?.arrived();
      first.waiter.leave([job]);
      expect(await isParked(second.woken)).toBe(true);
    });

    it("calls nobody when nobody waits", () => {
      expect(new Waiters().call("a", "x")).toBeUndefined();
    });

    it("gives a waiter its old place back when there was nothing to claim", async () => {
      const waiters = new Waiters();
      const [first, second] = [parked(waiters, ["a", "b"]), parked(waiters, ["a"])];
      waiters.call("a", "refused");
      first.waiter.standInLine();
      const again = first.waiter.woken();
      waiters.wake("a");
      expect(await again).toBe(true);
      expect(await isParked(second.woken)).toBe(true);
    });

    it("calls others while the first one claims", async () => {
      const waiters = new Waiters();
      const [first, second] = [parked(waiters, ["a"]), parked(waiters, ["a"])];
      waiters.call("a", "1");
      first.waiter.standInLine();
      waiters.call("a", "2");
      expect(await second.woken).toBe(true);
    });

    it("claims again when the job arrived while an empty claim was on its way", async () => {
      const waiters = new Waiters();
      const { waiter } = parked(waiters, ["a"]);
      const call = waiters.call("a", "1");
      waiter.standInLine();
      call?.arrived();
      expect(await waiter.woken()).toBe(true);
      waiter.standInLine();
      expect(await isParked(waiter.woken())).toBe(true);
    });

    it("wakes whoever is first when the job arrives after an empty claim", async () => {
      const waiters = new Waiters();
      const { waiter } = parked(waiters, ["a"]);
      const call = waiters.call("a", "1");
      waiter.standInLine();
      const woken = waiter.woken();
      call?.arrived();
      expect(await woken).toBe(true);
    });

    it("hands the job on, before and after its arrival, when its waiter goes without it", async () => {
      for (const arrivesFirst of [true, false]) {
        const waiters = new Waiters();
        const [first, second] = [parked(waiters, ["a"]), parked(waiters, ["a"])];
        const call = waiters.call("a", "1");
        first.waiter.standInLine();
        if (arrivesFirst) call?.arrived();
        first.waiter.leave([aJob()]);
        if (!arrivesFirst) call?.arrived();
        expect(await second.woken).toBe(true);
      }
    });

    it("hands a job on whose waiter was stopped while it claimed", async () => {
      const waiters = new Waiters();
      const [first, second] = [parked(waiters, ["a"]), parked(waiters, ["a"])];
      const call = waiters.call("a", "1");
      first.waiter.standInLine();
      call?.arrived();
      first.waiter.stop();
      expect(await first.waiter.woken()).toBe(false);
      first.waiter.leave([]);
      expect(await second.woken).toBe(true);
    });
  });

  it("stops everybody when it closes, and whoever comes later", async () => {
    const waiters = new Waiters();
    const before = parked(waiters, ["a"]);
    waiters.close();
    const after = parked(waiters, ["a"]);
    expect(await Promise.all([before.woken, after.woken])).toEqual([false, false]);
  });
});

describe("waiters of one server among several", () => {
  it("pass on the wake-ups for which nobody was there", () => {
    const elsewhere: [string, number][] = [];
    const waiters = new Waiters((queue, count) => elsewhere.push([queue, count]));
    parked(waiters, ["a"]);
    waiters.wake("a", 3);
    waiters.wake("b");
    expect(elsewhere).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
  });

  it("keep to themselves what they heard from others", async () => {
    const elsewhere: string[] = [];
    const waiters = new Waiters((queue) => elsewhere.push(queue));
    const { woken } = parked(waiters, ["a"]);
    expect(waiters.wakeHere("a", 2)).toBe(1);
    expect(await woken).toBe(true);
    expect(elsewhere).toEqual([]);
  });

  it("pass on a wake-up whose waiter has gone when nobody else waits", () => {
    const elsewhere: string[] = [];
    const waiters = new Waiters((queue) => elsewhere.push(queue));
    const { waiter } = parked(waiters, ["a"]);
    waiters.wakeHere("a", 1);
    waiter.leave([]);
    expect(elsewhere).toEqual(["a"]);
  });

  it("all wake at once, whatever they wait for", async () => {
    const waiters = new Waiters();
    const all = [["a"], ["a", "b"], ["c"], ["c"]].map((queues) => parked(waiters, queues).woken);
    waiters.wakeAll();
    expect(await Promise.all(all)).toEqual([true, true, true, true]);
  });
});
