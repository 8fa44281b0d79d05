import { describe, expect, it } from "vitest";
import { type Waiter, Waiters } from "../../src/engine/waiters.ts";

function parked(waiters: Waiters, queues: readonly string[]): { waiter: Waiter; woken: Promise<boolean> } {
  const waiter = waiters.register(queues);
  waiter.standInLine();
  return { waiter, woken: waiter.woken() };
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
    for (const waiter of all) waiter.leave();
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
    first.waiter.leave();
    expect(await second.woken).toBe(true);
  });

  it("hands nothing on that was used", async () => {
    const waiters = new Waiters();
    const first = parked(waiters, ["a"]);
    const second = parked(waiters, ["a"]);
    waiters.wake("a");
    expect(await first.woken).toBe(true);
    first.waiter.standInLine();
    first.waiter.leave();
    second.waiter.stop();
    expect(await second.woken).toBe(false);
  });

  it("lets waiters leave from anywhere in the line", async () => {
    const waiters = new Waiters();
    const [first, middle, last] = [parked(waiters, ["a"]), parked(waiters, ["a"]), parked(waiters, ["a"])];
    middle.waiter.leave();
    waiters.wake("a", 2);
    expect(await Promise.all([first.woken, last.woken])).toEqual([true, true]);
  });

  it("stops everybody when it closes, and whoever comes later", async () => {
    const waiters = new Waiters();
    const before = parked(waiters, ["a"]);
    waiters.close();
    const after = parked(waiters, ["a"]);
    expect(await Promise.all([before.woken, after.woken])).toEqual([false, false]);
  });
});
