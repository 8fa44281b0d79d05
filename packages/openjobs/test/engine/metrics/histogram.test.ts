import { describe, expect, it } from "vitest";
import { Histogram } from "../../../src/engine/metrics/histogram.ts";

describe("a histogram", () => {
  it("counts what is at or under each bound, and everything", () => {
    const histogram = new Histogram([1, 2, 5]);
    for (const value of [0, 1, 1.5, 5, 6]) histogram.observe(value);
    expect(histogram.read()).toEqual({ bounds: [1, 2, 5], cumulative: [2, 3, 4], count: 5, sum: 13.5 });
  });

  it("has seen nothing at first", () => {
    expect(new Histogram([1]).read()).toEqual({ bounds: [1], cumulative: [0], count: 0, sum: 0 });
  });
});
