import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/engine/system-clock.ts";

const DAY_MS = 86_400_000;

describe("system clock", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("waits for a moment that is further away than a timer reaches", () => {
    const run = vi.fn();
    systemClock.schedule(systemClock.now() + 60 * DAY_MS, run);
    vi.advanceTimersByTime(60 * DAY_MS - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(run).toHaveBeenCalledOnce();
  });

  it("runs at once what is past, and nothing that was cancelled", () => {
    const [past, cancelled] = [vi.fn(), vi.fn()];
    systemClock.schedule(systemClock.now() - 5, past);
    systemClock.schedule(systemClock.now() + 40 * DAY_MS, cancelled);
    vi.advanceTimersByTime(30 * DAY_MS);
    const cancel = systemClock.schedule(systemClock.now() + 1, cancelled);
    cancel();
    vi.advanceTimersByTime(DAY_MS);
    expect(past).toHaveBeenCalledOnce();
    expect(cancelled).not.toHaveBeenCalled();
  });

  it("does not keep the process alive", () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const cancel = systemClock.schedule(Date.now() + DAY_MS, () => {});
    expect(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout")).toHaveLength(before);
    cancel();
  });
});
