import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIsoDuration, parseIsoDuration, toMilliseconds } from "../../src/core/duration.ts";
import { OjsError } from "../../src/core/errors.ts";

const DAY = 86_400_000;

describe("parseIsoDuration", () => {
  it.each([
    ["PT1S", 1_000],
    ["PT0.5S", 500],
    ["PT0,25S", 250],
    ["PT1M30S", 90_000],
    ["PT1H", 3_600_000],
    ["P1D", DAY],
    ["P1W", 7 * DAY],
    ["P1DT12H", 1.5 * DAY],
    ["P1M", 30 * DAY],
    ["P1Y", 365 * DAY],
    ["PT0S", 0],
    ["PT1.1S", 1_100],
    ["PT1.5H", 5_400_000],
  ])("reads %s", (text, ms) => {
    expect(parseIsoDuration(text)).toBe(ms);
  });

  it.each([
    "",
    "P",
    "PT",
    "P1DT",
    "1S",
    "PT1",
    "PTS",
    "-PT1S",
    "+PT1S",
    "PT-1S",
    "pt1s",
    "PT1.5M30S",
    "PT1S1M",
    "PT1 S",
    "P1S",
    "PT.5S",
    "PT1.S",
    "PT1S\n",
    `PT${"9".repeat(15)}H`,
    `PT${"9".repeat(400)}S`,
  ])("does not take %j", (text) => {
    expect(parseIsoDuration(text)).toBeUndefined();
  });
});

describe("formatIsoDuration", () => {
  it.each([
    [0, "PT0S"],
    [1, "PT0.001S"],
    [1_000, "PT1S"],
    [90_000, "PT1M30S"],
    [300_000, "PT5M"],
    [3_600_000, "PT1H"],
    [DAY + 61_250, "PT24H1M1.25S"],
    [-5, "PT0S"],
    [0.4, "PT0S"],
  ])("writes %d ms", (ms, text) => {
    expect(formatIsoDuration(ms)).toBe(text);
  });

  it("writes what is read back as the same duration", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 36_500 * DAY }), (ms) => parseIsoDuration(formatIsoDuration(ms)) === ms),
      { seed: 1 },
    );
  });
});

describe("toMilliseconds", () => {
  it.each([
    [0, 0],
    [1_500, 1_500],
    [1.4, 1],
    ["250ms", 250],
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["2d", 2 * DAY],
    ["1w", 7 * DAY],
    ["1.5s", 1_500],
    ["PT5M", 300_000],
  ])("reads %s", (input, ms) => {
    expect(toMilliseconds(input)).toBe(ms);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, "", "5", "5 m", "-5m", "m", "5M", "P", "1h-3m"])(
    "refuses %s and says what it takes",
    (input) => {
      expect(() => toMilliseconds(input)).toThrow(OjsError);
      expect(() => toMilliseconds(input)).toThrow(expect.objectContaining({ hint: expect.stringContaining("1h30m") }));
    },
  );

  it("refuses values of other types in plain JavaScript too", () => {
    expect(() => toMilliseconds(undefined as unknown as string)).toThrow(OjsError);
  });
});
