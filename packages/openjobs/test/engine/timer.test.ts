import { describe, expect, it } from "vitest";
import { Timer } from "../../src/engine/timer.ts";
import { TestClock, turns } from "../../src/testing/test-clock.ts";

function timer(next: (at: number) => number | Promise<number>): { clock: TestClock; timer: Timer; rings: number[] } {
  const clock = new TestClock(0);
  const rings: number[] = [];
  const ring = async (): Promise<number> => {
    rings.push(clock.now());
    return next(clock.now());
  };
  return { clock, rings, timer: new Timer(clock, ring) };
}

const NEVER = Number.POSITIVE_INFINITY;

describe("timer", () => {
  it("rings when it is told to, and every 30 s when nothing is due", async () => {
    const { clock, rings, timer: subject } = timer((at) => (at < 1_000 ? 1_000 : NEVER));
    subject.start(0);
    await clock.advance(61_000);
    expect(rings).toEqual([0, 1_000, 31_000, 61_000]);
  });

  it("rings earlier, never later, when somebody wishes so", async () => {
    const { clock, rings, timer: subject } = timer(() => NEVER);
    subject.start(10_000);
    subject.wakeBy(20_000);
    subject.wakeBy(5_000);
    await clock.advance(6_000);
    expect(rings).toEqual([5_000]);
  });

  it("remembers a wish that comes while it rings", async () => {
    const {
      clock,
      rings,
      timer: subject,
    } = timer((at) => {
      if (at === 0) subject.wakeBy(700);
      return NEVER;
    });
    subject.start(0);
    await clock.advance(1_000);
    expect(rings).toEqual([0, 700]);
  });

  it("stops after the ring that is under way, and stays silent", async () => {
    let finish: (next: number) => void = () => {};
    const { clock, rings, timer: subject } = timer(() => new Promise((resolve) => (finish = resolve)));
    subject.start(0);
    await clock.advance(0);
    let stopped = false;
    const stopping = subject.stop().then(() => {
      stopped = true;
    });
    await turns();
    expect(stopped).toBe(false);
    finish(1);
    await stopping;
    subject.wakeBy(2);
    await clock.advance(60_000);
    expect(rings).toEqual([0]);
    expect(clock.nextAlarm).toBeUndefined();
  });
});
