/** Many listeners, one signal, one real listener. */
import { describe, expect, it, vi } from "vitest";
import { onAbort } from "../../src/core/abort-listeners.ts";

describe("onAbort", () => {
  it("tells everybody once, in order", () => {
    const controller = new AbortController();
    const told: string[] = [];
    onAbort(controller.signal, () => told.push("a"));
    onAbort(controller.signal, () => told.push("b"));
    controller.abort();
    expect(told).toEqual(["a", "b"]);
  });

  it("does not tell those who stopped listening", () => {
    const controller = new AbortController();
    const told: string[] = [];
    const tell = (): number => told.push("same function");
    const stop = onAbort(controller.signal, tell);
    onAbort(controller.signal, tell);
    stop();
    stop();
    controller.abort();
    expect(told).toEqual(["same function"]);
  });

  it("has one real listener, and none while nobody listens", () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    for (let round = 1; round <= 3; round += 1) {
      const stops = Array.from({ length: 1_000 }, () => onAbort(signal, () => undefined));
      expect(add).toHaveBeenCalledTimes(round);
      for (const stop of stops) stop();
      expect(remove).toHaveBeenCalledTimes(round);
    }
  });

  it("allows to listen and to stop while being told", () => {
    const controller = new AbortController();
    const told: string[] = [];
    const stopLater = onAbort(controller.signal, () => {
      told.push("first");
      stopSecond();
      stopLater();
    });
    const stopSecond = onAbort(controller.signal, () => told.push("second"));
    controller.abort();
    expect(told).toEqual(["first"]);
  });

  it("does nothing without a signal", () => {
    onAbort(undefined, () => expect.unreachable())();
  });
});
