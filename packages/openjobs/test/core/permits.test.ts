import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { areForgotten, countsStarts, NO_STARTS, permitsOf, type Starts, withStart } from "../../src/core/permits.ts";
import type { RateLimit } from "../../src/core/rate-limit.ts";
import { T0 } from "../support/jobs.ts";

function startsAt(limit: RateLimit, ...times: readonly number[]): Starts {
  return times.reduce((starts, at) => withStart(starts, limit, at), NO_STARTS);
}

const WINDOW: RateLimit = { key: "k", rate: { limit: 2, periodMs: 10_000 } };
const SPACED: RateLimit = { key: "k", throttle: { limit: 3, periodMs: 1_000 } };

describe("permits", () => {
  it("are what a concurrency leaves of the running ones, and come back when one ends", () => {
    const limit = { key: "k", concurrency: 3 };
    expect(permitsOf(limit, { active: 1, starts: NO_STARTS }, T0).free).toBe(2);
    expect(permitsOf(limit, { active: 3, starts: NO_STARTS }, T0)).toEqual({ free: 0, opensAt: null });
    // More may run under another limit with this key.
    expect(permitsOf(limit, { active: 9, starts: NO_STARTS }, T0)).toEqual({ free: 0, opensAt: null });
  });

  it("open when the first start has left the window", () => {
    const starts = startsAt(WINDOW, T0, T0 + 4_000);
    expect(permitsOf(WINDOW, { active: 0, starts }, T0 + 9_999)).toEqual({ free: 0, opensAt: T0 + 10_000 });
    expect(permitsOf(WINDOW, { active: 0, starts }, T0 + 10_000).free).toBe(1);
    expect(permitsOf(WINDOW, { active: 0, starts }, T0 + 14_000).free).toBe(2);
  });

  it("wait until enough of the starts that another limit allowed have left the window", () => {
    const starts = startsAt({ key: "k", rate: { limit: 9, periodMs: 10_000 } }, T0, T0 + 1_000, T0 + 2_000);
    expect(permitsOf(WINDOW, { active: 0, starts }, T0 + 3_000)).toEqual({ free: 0, opensAt: T0 + 11_000 });
  });

  it("leave at least a throttle's interval between two starts", () => {
    const starts = startsAt(SPACED, T0);
    expect(permitsOf(SPACED, { active: 0, starts: NO_STARTS }, T0).free).toBe(1);
    expect(permitsOf(SPACED, { active: 0, starts }, T0 + 333)).toEqual({ free: 0, opensAt: T0 + 334 });
    expect(permitsOf(SPACED, { active: 0, starts }, T0 + 334).free).toBe(1);
  });

  it("open when the last of several limits does", () => {
    const limit = { ...WINDOW, ...SPACED, concurrency: 5 };
    const starts = startsAt(limit, T0, T0 + 9_900);
    expect(permitsOf(limit, { active: 0, starts }, T0 + 9_950).opensAt).toBe(T0 + 10_234);
  });

  it("do not stop for long after a clock was put back", () => {
    const starts = startsAt(WINDOW, T0, T0);
    expect(permitsOf(WINDOW, { active: 0, starts }, T0 - 5_000)).toEqual({ free: 0, opensAt: T0 + 10_000 });
    expect(permitsOf(WINDOW, { active: 0, starts }, T0 - 3_600_000).free).toBe(2);
    const after = withStart(starts, WINDOW, T0 - 3_600_000);
    expect(permitsOf(WINDOW, { active: 0, starts: after }, T0 - 3_600_000).free).toBe(1);
  });
});

describe("starts", () => {
  it("are noted for rates and throttles only", () => {
    expect([WINDOW, SPACED, { key: "k", concurrency: 1 }].map(countsStarts)).toEqual([true, true, false]);
  });

  it("are forgotten when no window reaches back to them", () => {
    const starts = startsAt(WINDOW, T0);
    expect(areForgotten(starts, T0 + 9_999)).toBe(false);
    expect(areForgotten(starts, T0 + 10_000)).toBe(true);
    expect(areForgotten(NO_STARTS, T0)).toBe(true);
  });

  it("never exceed a rate in any window, need little room, and are late by a 64th of the period at most", () => {
    const limits = fc.record({ limit: fc.integer({ min: 1, max: 300 }), periodMs: fc.integer({ min: 1, max: 5_000 }) });
    const pauses = fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(limits, pauses, (rate, waits) => {
        const limit = { key: "k", rate };
        const times: number[] = [];
        let starts = NO_STARTS;
        let now = T0;
        for (const wait of waits) {
          now += wait;
          const { free, opensAt } = permitsOf(limit, { active: 0, starts }, now);
          const recent = times.filter((at) => at > now - rate.periodMs);
          expect(free + recent.length).toBeLessThanOrEqual(rate.limit);
          const oldest = recent.at(-rate.limit);
          if (free === 0) {
            expect(opensAt).toBeGreaterThan(now);
            // A start that is remembered too long is one that left its window just now.
            const slack = Math.ceil(rate.periodMs / 64);
            const blocked = times.filter((at) => at > now - rate.periodMs - slack);
            expect(blocked.length).toBeGreaterThanOrEqual(rate.limit);
            if (oldest !== undefined) expect(opensAt).toBeLessThan(oldest + rate.periodMs + slack + 1);
            continue;
          }
          times.push(now);
          starts = withStart(starts, limit, now);
          expect(starts.entries.length).toBeLessThanOrEqual(66);
        }
      }),
      { numRuns: 200 },
    );
  });
});
