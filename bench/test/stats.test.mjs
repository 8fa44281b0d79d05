import { describe, expect, it } from "vitest";
import { median, medianRatio, percentile, range } from "../stats.mjs";

describe("the arithmetic of the report", () => {
  it("takes the middle, whatever the order", () => {
    expect(median([30, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([7])).toBe(7);
    expect(median([])).toBeUndefined();
  });

  it("sorts numbers as numbers", () => {
    expect(median([100, 9, 80])).toBe(80);
    expect(percentile([100, 9, 80], 1)).toBe(100);
  });

  it("takes percentiles by nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0.5, 0.95, 0.99, 1].map((q) => percentile(hundred, q))).toEqual([50, 95, 99, 100]);
    expect(percentile([5], 0.01)).toBe(5);
    expect(percentile([], 0.5)).toBeUndefined();
  });

  it("leaves what it is given as it was", () => {
    const values = [3, 1, 2];
    median(values);
    percentile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
    expect(range(values)).toEqual([1, 3]);
  });

  it("compares round by round, so that a slow round does not count against anybody", () => {
    expect(medianRatio([50, 5, 50], [100, 10, 100])).toBe(0.5);
    expect(medianRatio([50, 5, 40], [100, 10, 100])).toBe(0.5);
  });

  it("compares only what both sides have", () => {
    expect(medianRatio([50, undefined, 80], [100, 10, undefined])).toBe(0.5);
    expect(medianRatio([50], [])).toBeUndefined();
    expect(medianRatio([50], [0])).toBeUndefined();
  });
});
