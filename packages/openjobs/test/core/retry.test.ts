import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BACKOFF_STRATEGIES,
  DEFAULT_RETRY,
  encodeRetryPolicy,
  policyOf,
  readRetryPolicy,
} from "../../src/core/retry.ts";

const read = (input: unknown) => readRetryPolicy(input, "options.retry");

describe("reading a retry policy", () => {
  it.each([[undefined], [null], [{}]])("takes the spec's defaults for %j", (input) => {
    expect(encodeRetryPolicy(read(input))).toEqual({
      max_attempts: 3,
      initial_interval: "PT1S",
      backoff_coefficient: 2,
      max_interval: "PT5M",
      jitter: true,
      non_retryable_errors: [],
      on_exhaustion: "discard",
    });
  });

  it("completes a partial policy with the defaults", () => {
    expect(read({ max_attempts: 10, on_exhaustion: "dead_letter" })).toEqual({
      ...DEFAULT_RETRY,
      maxAttempts: 10,
      onExhaustion: "dead_letter",
    });
  });

  it("takes an explicit null as absent", () => {
    expect(read({ max_attempts: null, initial_interval: null, jitter: null })).toEqual(DEFAULT_RETRY);
  });

  it("tolerates fields that it does not know", () => {
    expect(read({ max_attempts: 3, strategy: "constant", initial_delay_ms: 100 })).toEqual(DEFAULT_RETRY);
  });

  it("takes intervals in milliseconds, and the ISO spelling first", () => {
    expect(read({ initial_interval_ms: 5_000, max_interval_ms: 60_000 })).toMatchObject({
      initialIntervalMs: 5_000,
      maxIntervalMs: 60_000,
    });
    expect(read({ initial_interval: "PT2S", initial_interval_ms: 5_000 }).initialIntervalMs).toBe(2_000);
  });

  it("keeps intervals in whole milliseconds above zero", () => {
    expect(read({ initial_interval_ms: 0.2 }).initialIntervalMs).toBe(1);
    expect(read({ initial_interval: "PT1.2345S" }).initialIntervalMs).toBe(1_235);
  });

  it("raises the default cap to a longer first interval, and lowers the default interval to a shorter cap", () => {
    expect(read({ initial_interval: "PT1H" })).toMatchObject({
      initialIntervalMs: 3_600_000,
      maxIntervalMs: 3_600_000,
    });
    expect(read({ max_interval: "PT0.5S" })).toMatchObject({ initialIntervalMs: 500, maxIntervalMs: 500 });
  });

  it.each([0, 1, 25])("accepts max_attempts %i", (attempts) => {
    expect(read({ max_attempts: attempts }).maxAttempts).toBe(attempts);
  });

  it.each([
    ["max_attempts", { max_attempts: -1 }],
    ["max_attempts", { max_attempts: 1.5 }],
    ["max_attempts", { max_attempts: "3" }],
    ["max_attempts", { max_attempts: 2 ** 31 }],
    ["initial_interval", { initial_interval: "1s" }],
    ["initial_interval", { initial_interval: "PT0S" }],
    ["initial_interval", { initial_interval: 5 }],
    ["initial_interval", { initial_interval: "P100000Y" }],
    ["initial_interval_ms", { initial_interval_ms: 0 }],
    ["initial_interval_ms", { initial_interval_ms: "100" }],
    ["backoff_coefficient", { backoff_coefficient: 0.5 }],
    ["backoff_coefficient", { backoff_coefficient: "2" }],
    ["max_interval", { max_interval: "P" }],
    ["max_interval", { initial_interval: "PT10S", max_interval: "PT5S" }],
    ["max_interval_ms", { max_interval_ms: -1 }],
    ["backoff_strategy", { backoff_strategy: "fibonacci" }],
    ["jitter", { jitter: "yes" }],
    ["non_retryable_errors", { non_retryable_errors: "Auth.*" }],
    ["non_retryable_errors", { non_retryable_errors: [""] }],
    ["non_retryable_errors", { non_retryable_errors: [1] }],
    ["on_exhaustion", { on_exhaustion: "keep" }],
  ])("refuses a wrong %s: %j", (field, input) => {
    expect(() => read(input)).toThrow(
      expect.objectContaining({
        status: 422,
        type: "validation_error",
        message: expect.stringContaining(field),
        details: { field: `options.retry.${field}` },
      }),
    );
  });

  it.each([["5"], [5], [[]], [true]])("refuses %j as a policy", (input) => {
    expect(() => read(input)).toThrow(expect.objectContaining({ status: 422, details: { field: "options.retry" } }));
  });
});

describe("a stored policy", () => {
  const policies = fc.record(
    {
      max_attempts: fc.nat(100),
      initial_interval_ms: fc.integer({ min: 1, max: 10_000 }),
      max_interval_ms: fc.integer({ min: 10_000, max: 100_000_000 }),
      backoff_coefficient: fc.double({ min: 1, max: 10, noNaN: true }),
      backoff_strategy: fc.constantFrom(...BACKOFF_STRATEGIES),
      jitter: fc.boolean(),
      non_retryable_errors: fc.array(fc.string({ minLength: 1 })),
      on_exhaustion: fc.constantFrom("discard", "dead_letter"),
    },
    { requiredKeys: [] },
  );

  it("comes back as it was accepted", () => {
    fc.assert(
      fc.property(policies, (input) => {
        const policy = read(input);
        const attributes = JSON.stringify({ tags: [], retry: encodeRetryPolicy(policy) });
        expect(policyOf({ attributes })).toEqual(policy);
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it("is the default one when the job brought none", () => {
    expect(policyOf({ attributes: '{"tags":["a"]}' })).toEqual(DEFAULT_RETRY);
  });
});
