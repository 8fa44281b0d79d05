import { describe, expect, it } from "vitest";
import { Openings } from "../../src/engine/openings.ts";
import { Waiters } from "../../src/engine/waiters.ts";

const NOW = 1_000_000;

/** Openings of an engine in which a fetch waits for queue `a`. */
function setUp(isShared = false) {
  const waiters = new Waiters();
  const wishes: number[] = [];
  const openings = new Openings({ waiters, isShared, wakeBy: (at) => wishes.push(at) });
  let wakeUps = 0;
  const park = (): void => {
    const waiter = waiters.register(["a"]);
    waiter.standInLine();
    void waiter.woken().then((awake) => {
      if (awake) wakeUps += 1;
    });
  };
  park();
  const count = async (): Promise<number> => {
    await Promise.resolve();
    return wakeUps;
  };
  return { openings, wishes, park, count };
}

describe("openings", () => {
  it("wake one waiter at once when work can be had at once", async () => {
    const { openings, park, count } = setUp();
    park();
    openings.hear([{ queue: "a", at: NOW }], NOW);
    expect(await count()).toBe(1);
  });

  it("wake at their moment, and ask for a ring then", async () => {
    const { openings, wishes, count } = setUp();
    openings.hear([{ queue: "a", at: NOW + 70 }], NOW);
    expect([wishes, openings.next]).toEqual([[NOW + 70], NOW + 70]);
    openings.ring(NOW + 69);
    expect(await count()).toBe(0);
    openings.ring(NOW + 70);
    expect(await count()).toBe(1);
  });

  it("go by what the last commit said", async () => {
    const { openings, count } = setUp();
    openings.hear([{ queue: "a", at: NOW + 70 }], NOW);
    openings.hear([{ queue: "a", at: null }], NOW + 1);
    openings.ring(NOW + 70);
    expect([await count(), openings.next]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  it("let somebody else look until somebody has looked", async () => {
    const { openings, park, count } = setUp();
    for (let waiter = 0; waiter < 4; waiter += 1) park();
    openings.hear([{ queue: "a", at: NOW }], NOW);
    openings.ring(NOW + 1_000);
    openings.looked(["b"]);
    openings.ring(NOW + 2_000);
    expect(await count()).toBe(3);
    openings.looked(["b", "a"]);
    expect(openings.next).toBe(Number.POSITIVE_INFINITY);
  });

  it("keep their moment whoever looks before it", () => {
    const { openings } = setUp();
    openings.hear([{ queue: "a", at: NOW + 70 }], NOW);
    openings.looked(["a"]);
    expect(openings.next).toBe(NOW + 70);
  });

  it("ask for nothing while nobody waits", () => {
    const { openings } = setUp();
    openings.hear([{ queue: "b", at: NOW }], NOW);
    expect(openings.next).toBe(Number.POSITIVE_INFINITY);
  });

  it("look now and then for ends of jobs that other servers hear of", async () => {
    const shared = setUp(true);
    shared.openings.hear([{ queue: "a", at: null }], NOW);
    shared.openings.ring(NOW + 1_000);
    expect(await shared.count()).toBe(1);
  });
});
