import { describe, expect, it } from "vitest";
import { OjsError } from "../../src/core/errors.ts";
import { readJobRequest } from "../../src/core/job-request.ts";
import { laneOf, limitOfLane } from "../../src/core/lane.ts";
import type { RateLimit } from "../../src/core/rate-limit.ts";

/** The limit that a job with this `rate_limit` is under. */
function read(rateLimit: unknown): RateLimit | null {
  const body = { type: "email.send", args: [], options: { queue: "mail", rate_limit: rateLimit } };
  const { lane } = readJobRequest(body, { now: 0 });
  return lane === null ? null : limitOfLane(lane);
}

/** The field and the message of the refusal. */
function refusal(rateLimit: unknown): { field: unknown; message: string; hint: string | undefined } {
  try {
    read(rateLimit);
  } catch (error) {
    if (!(error instanceof OjsError) || error.code !== "invalid_request") throw error;
    return { field: error.details?.field, message: error.message, hint: error.hint };
  }
  throw new Error("It was accepted.");
}

const MINUTE = { limit: 100, periodMs: 60_000 };

describe("a rate limit", () => {
  it.each<[string, unknown, RateLimit]>([
    ["a concurrency", { key: "stripe", concurrency: 5 }, { key: "stripe", concurrency: 5 }],
    ["a concurrency of nothing", { key: "stripe", concurrency: 0 }, { key: "stripe", concurrency: 0 }],
    ["a rate", { key: "stripe", rate: { limit: 100, period: "PT1M" } }, { key: "stripe", rate: MINUTE }],
    ["a rate without its object", { key: "stripe", limit: 100, period: "PT1M" }, { key: "stripe", rate: MINUTE }],
    [
      "a rate as the official suites send it",
      { key: "stripe", rate: 1, period: "second", on_limit: "wait" },
      { key: "stripe", rate: { limit: 1, periodMs: 1_000 } },
    ],
    [
      "a throttle",
      { key: "stripe", throttle: { limit: 10, period: "PT1S" } },
      { key: "stripe", throttle: { limit: 10, periodMs: 1_000 } },
    ],
    [
      "a throttle of the queue, as the level 4 case sends it",
      { max_per_second: 1 },
      { key: "queue:mail", throttle: { limit: 1, periodMs: 1_000 } },
    ],
    [
      "a throttle with a key",
      { key: "a:b.c-d_e", max_per_second: 1_000 },
      { key: "a:b.c-d_e", throttle: { limit: 1_000, periodMs: 1_000 } },
    ],
    [
      "everything at once, and nulls for what is not set",
      {
        key: "all",
        concurrency: 10,
        rate: { limit: 100, period: "PT1M" },
        throttle: { limit: 10, period: "PT1S" },
        limit: null,
        on_limit: null,
      },
      { key: "all", concurrency: 10, rate: MINUTE, throttle: { limit: 10, periodMs: 1_000 } },
    ],
  ])("is read from %s", (_, sent, limit) => {
    expect(read(sent)).toEqual(limit);
  });

  it("is none when it is absent or null", () => {
    expect(read(undefined)).toBeNull();
    expect(read(null)).toBeNull();
  });

  it("is shown as it was sent", () => {
    const sent = { max_per_second: 1, on_limit: "wait" };
    const { attributes } = readJobRequest({ type: "email.send", args: [], rate_limit: sent }, { now: 0 });
    expect(JSON.parse(attributes)).toEqual({ rate_limit: sent });
  });

  it.each<[string, unknown, string]>([
    ["what is no object", 5, ""],
    ["an empty one", {}, ""],
    ["a key without a limit", { key: "k" }, ""],
    ["no key", { concurrency: 1 }, ".key"],
    ["a key with a space", { key: "a b", concurrency: 1 }, ".key"],
    ["a key that is too long", { key: "k".repeat(256), concurrency: 1 }, ".key"],
    ["an unknown member", { key: "k", concurency: 1 }, ".concurency"],
    ["a negative concurrency", { key: "k", concurrency: -1 }, ".concurrency"],
    ["half a job", { key: "k", concurrency: 1.5 }, ".concurrency"],
    ["a rate of nothing", { key: "k", rate: { limit: 0, period: "PT1S" } }, ".rate.limit"],
    ["a rate without a period", { key: "k", rate: { limit: 1 } }, ".rate.period"],
    ["a period that is no duration", { key: "k", rate: { limit: 1, period: "1m" } }, ".rate.period"],
    ["a period of no time", { key: "k", throttle: { limit: 1, period: "PT0S" } }, ".throttle.period"],
    ["an unknown member of a rate", { key: "k", rate: { limit: 1, period: "PT1S", burst: 2 } }, ".rate.burst"],
    ["a period for nothing", { key: "k", concurrency: 1, period: "PT1S" }, ".period"],
    ["two rates", { key: "k", rate: { limit: 1, period: "PT1S" }, limit: 2 }, ".limit"],
    ["a rate that is said in two ways", { key: "k", rate: 1, limit: 2, period: "second" }, ".limit"],
    ["two throttles", { key: "k", throttle: { limit: 1, period: "PT1S" }, max_per_second: 1 }, ".max_per_second"],
    ["a throttle that is no object", { key: "k", throttle: 5 }, ".throttle"],
    ["a throttle of less than a millisecond", { key: "k", throttle: { limit: 1_001, period: "PT1S" } }, ".throttle"],
    ["more than a thousand in a second", { max_per_second: 1_001 }, ".max_per_second"],
    ["to reschedule", { key: "k", concurrency: 1, on_limit: "reschedule" }, ".on_limit"],
    ["to drop", { key: "k", concurrency: 1, on_limit: "drop" }, ".on_limit"],
  ])("refuses %s", (_, sent, member) => {
    const { field, message } = refusal(sent);
    expect(field).toBe(`options.rate_limit${member}`);
    expect(message).toContain(String(field));
  });

  it("says what to do instead of what is not supported", () => {
    expect(refusal({ key: "k", concurrency: 1, on_limit: "drop" }).hint).toContain("expires_at");
  });
});

describe("a lane", () => {
  it("is the same for the same limits, however they were written", () => {
    const one = laneOf({ rate: { periodMs: 1_000, limit: 2 }, concurrency: 1, key: "k" });
    expect(laneOf({ key: "k", concurrency: 1, rate: { limit: 2, periodMs: 1_000 } })).toBe(one);
    expect(laneOf({ key: "k", concurrency: 2, rate: { limit: 2, periodMs: 1_000 } })).not.toBe(one);
  });
});
