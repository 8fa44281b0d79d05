import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matchesNonRetryable, retryDelay } from "../../src/core/backoff.ts";
import { BACKOFF_STRATEGIES, DEFAULT_RETRY, type RetryPolicy } from "../../src/core/retry.ts";

const steady = (overrides: Partial<RetryPolicy>): RetryPolicy => ({ ...DEFAULT_RETRY, jitter: false, ...overrides });
const seconds = (policy: RetryPolicy, retries: number) =>
  Array.from({ length: retries }, (_, index) => retryDelay(policy, index + 1, () => 0) / 1000);

describe("backoff", () => {
  // The tables of ojs-retry §3.
  it.each(["none", "constant"] as const)("stays the same with %s", (backoffStrategy) => {
    expect(seconds(steady({ backoffStrategy, initialIntervalMs: 5_000 }), 4)).toEqual([5, 5, 5, 5]);
  });

  it("grows by the interval with linear", () => {
    expect(seconds(steady({ backoffStrategy: "linear", initialIntervalMs: 5_000 }), 4)).toEqual([5, 10, 15, 20]);
  });

  it("grows by the coefficient with exponential, up to the cap", () => {
    expect(seconds(steady({}), 10)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
  });

  it("grows by the power of the retry with polynomial, up to the cap", () => {
    expect(seconds(steady({ backoffStrategy: "polynomial", backoffCoefficient: 4 }), 5)).toEqual([1, 16, 81, 256, 300]);
  });

  it("survives numbers that overflow", () => {
    const policy = steady({ backoffCoefficient: 1e300 });
    expect(retryDelay(policy, 1_000, () => 0)).toBe(300_000);
  });
});

describe("jitter", () => {
  it("spreads the delay from half of it to one and a half", () => {
    const policy = { ...DEFAULT_RETRY, initialIntervalMs: 10_000 };
    expect([0, 0.5, 0.999_999].map((chance) => retryDelay(policy, 1, () => chance))).toEqual([5_000, 10_000, 14_999]);
  });

  it("never exceeds the cap", () => {
    expect(retryDelay(DEFAULT_RETRY, 20, () => 0.99)).toBe(300_000);
  });

  it("keeps every delay a whole number inside its bounds", () => {
    const policies = fc.record({
      backoffStrategy: fc.constantFrom(...BACKOFF_STRATEGIES),
      initialIntervalMs: fc.integer({ min: 1, max: 100_000 }),
      maxIntervalMs: fc.integer({ min: 100_000, max: 1_000_000 }),
      backoffCoefficient: fc.double({ min: 1, max: 5, noNaN: true }),
    });
    const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 60 }), chances, (fields, attempt, chance) => {
        const policy = { ...DEFAULT_RETRY, ...fields };
        const plain = retryDelay({ ...policy, jitter: false }, attempt, () => chance);
        const delay = retryDelay(policy, attempt, () => chance);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0.5 * plain);
        expect(delay).toBeLessThanOrEqual(Math.min(1.5 * plain, policy.maxIntervalMs));
      }),
      { seed: 12, numRuns: 2_000 },
    );
  });
});

describe("non-retryable errors", () => {
  const policy = { nonRetryableErrors: ["validation.payload_invalid", "auth.*"] };

  // The table of ojs-retry §6.2.
  it.each([
    ["validation.payload_invalid", true],
    ["validation.schema_error", false],
    ["auth.token_expired", true],
    ["auth.forbidden", true],
    ["auth", false],
    ["external.auth.failure", false],
  ])("matches type %s: %s", (type, expected) => {
    expect(matchesNonRetryable(policy, { type, code: "handler_error" })).toBe(expected);
  });

  it("looks at code and error class too", () => {
    expect(matchesNonRetryable(policy, { type: "Error", code: "auth.expired" })).toBe(true);
    const details = { error_class: "auth.expired" };
    expect(matchesNonRetryable(policy, { type: "Error", code: "handler_error", details })).toBe(true);
  });
});
