import { describe, expect, it } from "vitest";
import { summarize, verdict } from "../summary.mjs";

const ROW = { name: "fast", title: "a row", group: "rows", main: "rate", raw: "limit" };

function rates(...values) {
  return values.map((rate) => ({ rate }));
}

function summaryOf(row, samples) {
  return summarize([{ ...ROW, ...row }], samples)[0];
}

describe("a summary", () => {
  it("has medians, spread and the ratio to the raw limit", () => {
    const summary = summaryOf({}, { fast: rates(10, 30, 20), limit: rates(100, 100, 50) });
    expect(summary).toMatchObject({ rate: 20, spread: [10, 30], raw: 100, rawRatio: 0.3, runs: 3, noisy: 0 });
  });

  it("counts noisy rounds", () => {
    const samples = [
      { rate: 1, noisy: true },
      { rate: 2, noisy: false },
    ];
    expect(summaryOf({}, { fast: samples })).toMatchObject({ noisy: 1, runs: 2 });
  });

  it("says why a row is absent instead of giving figures", () => {
    const summary = summaryOf({ targets: [{ atLeast: 5 }] }, { fast: [{ absent: "no such option" }] });
    expect(summary).toMatchObject({ absent: "no such option", runs: 0 });
    expect(summary).not.toHaveProperty("rate");
    expect(summary.targets[0].met).toBeUndefined();
  });

  it("leaves out what was not measured", () => {
    expect(summaryOf({}, { fast: rates(1) })).not.toHaveProperty("serverCpu");
  });
});

describe("a target", () => {
  it.each([
    [{ atLeast: 20 }, true],
    [{ atLeast: 21 }, false],
    [{ atMost: 20 }, true],
    [{ atMost: 19 }, false],
  ])("%j of a median of 20 is met: %s", (target, met) => {
    expect(verdict(target, ROW, rates(10, 20, 30), {})).toMatchObject({ of: "rate", value: 20, met });
  });

  it.each([
    [{ atLeast: 0.5, times: { row: "limit" } }, 0.5, true],
    [{ atLeast: 0.6, times: { row: "limit" } }, 0.5, false],
    [{ of: "serverCpu", atMost: 2, times: { row: "limit" } }, 3, false],
    [{ of: "serverCpu", atMost: 2, times: { row: "limit", of: "rate" } }, 0.3, true],
  ])("%j compares with another row", (target, value, met) => {
    const samples = { limit: [{ rate: 20, serverCpu: 2 }] };
    expect(verdict(target, ROW, [{ rate: 10, serverCpu: 6 }], samples)).toMatchObject({ value, met });
  });

  it("is undecided when the other row was not measured", () => {
    expect(verdict({ atLeast: 1, times: { row: "gone" } }, ROW, rates(1), {}).met).toBeUndefined();
  });
});
