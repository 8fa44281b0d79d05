import { describe, expect, it } from "vitest";
import { keyStateOf } from "../../src/core/key-state.ts";
import { NO_STARTS } from "../../src/core/permits.ts";

const NOW = 1_000_000;
const MINUTE = 60_000;

function state(limits: Parameters<typeof keyStateOf>[0]["limits"], facts: object = {}) {
  return keyStateOf({ key: "k", limits, active: 0, waiting: 0, starts: NO_STARTS, ...facts }, NOW);
}

describe("the state of a key", () => {
  it("has what its jobs are limited by, and nothing else", () => {
    expect(state([{ key: "k", concurrency: 5 }], { active: 3, waiting: 12 })).toEqual({
      key: "k",
      active: 3,
      waiting: 12,
      concurrency: { limit: 5, available: 2 },
    });
    expect(state([])).toEqual({ key: "k", active: 0, waiting: 0 });
  });

  it("shows the strictest of several limits, and no permits below zero", () => {
    const shown = state(
      [
        { key: "k", concurrency: 5, rate: { limit: 100, periodMs: MINUTE } },
        { key: "k", concurrency: 2, rate: { limit: 10, periodMs: 1_000 } },
      ],
      { active: 4 },
    );
    expect(shown.concurrency).toEqual({ limit: 2, available: 0 });
    expect(shown.rate).toMatchObject({ limit: 100, periodMs: MINUTE });
  });

  it("counts the starts of its window, and says when the first of them leaves it", () => {
    const starts = {
      keepMs: MINUTE,
      entries: [[NOW - 70_000, 9] as const, [NOW - 50_000, 2] as const, [NOW - 1, 1] as const],
    };
    const { rate } = state([{ key: "k", rate: { limit: 10, periodMs: MINUTE } }], { starts });
    expect(rate).toMatchObject({ count: 3, resetsAt: NOW + 10_000 });
    expect(state([{ key: "k", rate: { limit: 10, periodMs: MINUTE } }]).rate).toMatchObject({
      count: 0,
      resetsAt: NOW,
    });
  });

  it("says when a throttle lets the next one start", () => {
    const throttle = { limit: 10, periodMs: 1_000 };
    const starts = { keepMs: 100, entries: [[NOW - 40, 1] as const] };
    expect(state([{ key: "k", throttle }], { starts }).throttle).toEqual({ ...throttle, nextAllowedAt: NOW + 60 });
    expect(state([{ key: "k", throttle }]).throttle?.nextAllowedAt).toBe(NOW);
  });
});
