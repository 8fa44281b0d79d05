import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatTimestamp, parseTimestamp, resolveTime } from "../../src/core/time.ts";

const FIRST = Date.UTC(2000, 0, 1) - 2000 * 365.2425 * 86_400_000;
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const moment = fc.integer({ min: FIRST, max: LAST });

describe("parseTimestamp", () => {
  it.each([
    ["2026-02-12T10:30:00Z", "2026-02-12T10:30:00.000Z"],
    ["2026-02-12t10:30:00z", "2026-02-12T10:30:00.000Z"],
    ["2026-02-12T10:35:00.123456789Z", "2026-02-12T10:35:00.123Z"],
    ["2026-02-12T10:35:00.1Z", "2026-02-12T10:35:00.100Z"],
    ["2026-03-15T09:30:00+02:00", "2026-03-15T07:30:00.000Z"],
    ["2026-03-15T09:30:00-05:30", "2026-03-15T15:00:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
    ["2017-01-01T01:59:60.5+02:00", "2017-01-01T00:00:00.500Z"],
  ])("reads %s", (text, expected) => {
    expect(new Date(parseTimestamp(text) ?? Number.NaN).toISOString()).toBe(expected);
  });

  it.each([
    "",
    "2026-02-12",
    "2026-02-12T10:30:00",
    "2026-02-12 10:30:00Z",
    "2026-02-12T10:30Z",
    "2026-02-30T10:30:00Z",
    "2025-02-29T10:30:00Z",
    "2026-13-01T10:30:00Z",
    "2026-00-01T10:30:00Z",
    "2026-01-00T10:30:00Z",
    "2026-02-12T24:00:00Z",
    "2026-02-12T10:60:00Z",
    "2026-02-12T10:30:61Z",
    "2026-02-12T10:30:60Z",
    "2026-02-12T10:30:00.Z",
    "2026-02-12T10:30:00+0200",
    "2026-02-12T10:30:00+24:00",
    "2026-02-12T10:30:00+02:60",
    "2026-02-12T10:30:00ZZ",
    " 2026-02-12T10:30:00Z",
    "+002026-02-12T10:30:00Z",
    "9999-12-31T23:59:59-01:00",
    "0000-01-01T00:00:00+01:00",
    "1739356200",
  ])("does not take %j", (text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});

describe("formatTimestamp", () => {
  it("writes what toISOString writes and parseTimestamp reads back", () => {
    fc.assert(
      fc.property(moment, (ms) => {
        const text = formatTimestamp(ms);
        expect(text).toBe(new Date(ms).toISOString());
        expect(parseTimestamp(text)).toBe(ms);
      }),
      { seed: 1, numRuns: 1_000 },
    );
  });

  it("does not mix up neighbouring moments", () => {
    const second = Date.UTC(2026, 0, 1);
    const texts = [second, second + 7, second + 70, second + 999, second - 1, second].map(formatTimestamp);
    expect(texts).toEqual([
      "2026-01-01T00:00:00.000Z",
      "2026-01-01T00:00:00.007Z",
      "2026-01-01T00:00:00.070Z",
      "2026-01-01T00:00:00.999Z",
      "2025-12-31T23:59:59.999Z",
      "2026-01-01T00:00:00.000Z",
    ]);
  });

  it("cuts fractions of a millisecond", () => {
    expect(formatTimestamp(1.9)).toBe("1970-01-01T00:00:00.001Z");
  });

  it.each([LAST + 1, Number.NaN, Number.NEGATIVE_INFINITY])("refuses %d", (ms) => {
    expect(() => formatTimestamp(ms)).toThrow(RangeError);
  });
});

describe("resolveTime", () => {
  const now = Date.UTC(2026, 0, 1);

  it("keeps the text of a timestamp", () => {
    const text = "2099-12-31T23:59:59Z";
    expect(resolveTime(text, now)).toEqual({ at: Date.parse(text), text });
    expect(resolveTime("2026-03-15T09:30:00.123456+02:00", now)?.text).toBe("2026-03-15T09:30:00.123456+02:00");
  });

  it("gives strict readers a text that they can read", () => {
    expect(resolveTime("2026-02-12t10:30:00z", now)?.text).toBe("2026-02-12T10:30:00Z");
    expect(resolveTime("2016-12-31T23:59:60Z", now)?.text).toBe("2017-01-01T00:00:00.000Z");
  });

  it.each(["+PT2S", "PT2S"])("counts %s from now", (text) => {
    expect(resolveTime(text, now)).toEqual({ at: now + 2_000, text: "2026-01-01T00:00:02.000Z" });
  });

  it.each(["", "+", "tomorrow", "-PT2S", "++PT2S", "+2026-01-01T00:00:00Z", "P9000Y"])("does not take %j", (text) => {
    expect(resolveTime(text, now)).toBeUndefined();
  });
});

describe("formatTimestamp with seconds that share a place in its memory", () => {
  it("tells them apart", () => {
    const moments = [0, 64, -64, 2 ** 32, 2 ** 32 + 64, 1, 65].map((second) => second * 1_000 + 7);
    for (const at of [...moments, ...moments]) expect(formatTimestamp(at)).toBe(new Date(at).toISOString());
  });
});
