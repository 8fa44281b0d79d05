import { describe, expect, it } from "vitest";
import { finishedKind, readRetention } from "../../src/core/retention.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("retention", () => {
  it("has the defaults of the specification where a store outlives its process", () => {
    expect(readRetention({}, true)).toEqual({
      completed: 7 * DAY,
      cancelled: 7 * DAY,
      discarded: 30 * DAY,
      deadLetters: 180 * DAY,
    });
  });

  it("is short where it does not, except for what somebody may want to retry", () => {
    expect(readRetention({}, false)).toEqual({
      completed: HOUR,
      cancelled: HOUR,
      discarded: DAY,
      deadLetters: 180 * DAY,
    });
  });

  it("takes milliseconds, short and ISO texts, zero, and forever", () => {
    const given = { completed: 1_500, cancelled: "36h", discarded: "P2D", deadLetters: "forever" };
    expect(readRetention(given, true)).toEqual({
      completed: 1_500,
      cancelled: 36 * HOUR,
      discarded: 2 * DAY,
      deadLetters: null,
    });
    expect(readRetention({ completed: 0 }, true).completed).toBe(0);
  });

  it.each(["", "soon", "7", -1, Number.NaN])("refuses %j", (completed) => {
    expect(() => readRetention({ completed }, true)).toThrow(/duration/);
  });
});

describe("what a job is kept as", () => {
  it.each([
    ["completed", false, "completed"],
    ["cancelled", false, "cancelled"],
    ["discarded", false, "discarded"],
    ["discarded", true, "deadLetters"],
    ["available", false, undefined],
    ["active", false, undefined],
    ["retryable", false, undefined],
  ] as const)("%s, dead letter %s: %s", (state, deadLetter, kind) => {
    expect(finishedKind({ state, deadLetter })).toBe(kind);
  });
});
