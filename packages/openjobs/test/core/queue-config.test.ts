import { describe, expect, it } from "vitest";
import {
  changeQueueConfig,
  ignoredMembers,
  layered,
  NO_DEFAULTS,
  readQueueDefaults,
  shownDefaults,
  withQueueDefaults,
} from "../../src/core/queue-config.ts";
import { DEFAULT_RETRY } from "../../src/core/retry.ts";
import { sampleRequest } from "./sample-job.ts";

const OPEN = sampleRequest({ priority: null, maxAttempts: null });

describe("settings of a queue", () => {
  it("say what jobs get, in seconds or milliseconds", () => {
    const config = {
      default_timeout: 60,
      default_grace_period_ms: 500,
      default_total_timeout: 600,
      default_enqueue_ttl_ms: 7_000,
      default_heartbeat_timeout: 15,
      visibility_timeout: 30,
      default_priority: -5,
      default_retry: { max_attempts: 7 },
    };
    expect(readQueueDefaults(config)).toEqual({
      timeoutMs: 60_000,
      graceMs: 500,
      totalMs: 600_000,
      enqueueTtlMs: 7_000,
      heartbeatMs: 15_000,
      visibilityMs: 30_000,
      priority: -5,
      retry: { ...DEFAULT_RETRY, maxAttempts: 7 },
      bound: null,
      attested: null,
    });
    expect(readQueueDefaults({})).toEqual(NO_DEFAULTS);
  });

  it("are changed member by member; null takes one away; what is not known is kept", () => {
    const before = { default_timeout: 60, default_priority: 3, backpressure: { max_depth: 5 } };
    const after = changeQueueConfig(before, { default_priority: null, default_enqueue_ttl: 9, x_mine: [1] });
    expect(after).toEqual({ default_timeout: 60, backpressure: { max_depth: 5 }, default_enqueue_ttl: 9, x_mine: [1] });
    expect(ignoredMembers(after)).toEqual(["x_mine"]);
    expect(before.default_priority).toBe(3);
  });

  it("have one value for a limit, however it was spelt before", () => {
    const seconds = changeQueueConfig({ default_timeout_ms: 1_500 }, { default_timeout: 60 });
    expect(seconds).toEqual({ default_timeout: 60 });
    expect(changeQueueConfig(seconds, { default_timeout_ms: 2_000 })).toEqual({ default_timeout_ms: 2_000 });
    expect(changeQueueConfig(seconds, { default_timeout_ms: null })).toEqual({});
  });

  it.each<[object, string]>([
    [{ default_timeout: 0 }, "default_timeout"],
    [{ default_timeout_ms: 1.5 }, "default_timeout_ms"],
    [{ default_enqueue_ttl: "PT5M" }, "default_enqueue_ttl"],
    [{ visibility_timeout: -1 }, "visibility_timeout"],
    [{ default_priority: 101 }, "default_priority"],
    [{ default_retry: { max_attempts: -1 } }, "default_retry.max_attempts"],
    [{ default_retry: 3 }, "default_retry"],
    [{ max_size: 0 }, "max_size"],
    [{ concurrency: "many" }, "concurrency"],
  ])("refuse %j", (change, field) => {
    const refused = expect.objectContaining({ code: "invalid_request", details: expect.objectContaining({ field }) });
    expect(() => changeQueueConfig({}, change as Record<string, unknown>)).toThrow(refused);
  });

  it("have a bound", () => {
    const big = { note: "x".repeat(70_000) };
    expect(() => changeQueueConfig({}, big)).toThrow(expect.objectContaining({ status: 413 }));
  });
});

describe("jobs of a queue with settings", () => {
  const defaults = readQueueDefaults({
    default_timeout: 60,
    visibility_timeout: 30,
    default_priority: 4,
    default_retry: { max_attempts: 2, on_exhaustion: "dead_letter" },
  });

  it("get and show what they leave open", () => {
    const job = withQueueDefaults({ ...OPEN, attributes: '{"tags":["a"]}' }, defaults);
    expect(job).toMatchObject({ timeoutMs: 60_000, visibilityMs: 30_000, priority: 4, maxAttempts: 2, totalMs: null });
    expect(JSON.parse(job.attributes)).toMatchObject({
      tags: ["a"],
      timeout_ms: 60_000,
      visibility_timeout_ms: 30_000,
      retry: { max_attempts: 2, on_exhaustion: "dead_letter" },
    });
    expect(JSON.parse(withQueueDefaults(OPEN, defaults).attributes)).toHaveProperty("retry");
  });

  it("keep what they say themselves", () => {
    const attributes = '{"timeout_ms":5,"retry":{"max_attempts":9}}';
    const own = sampleRequest({ timeoutMs: 5, visibilityMs: 6, priority: 0, maxAttempts: 9, attributes });
    expect(withQueueDefaults(own, defaults)).toEqual(own);
  });

  it("are the same when they are filled in twice", () => {
    const once = withQueueDefaults(OPEN, defaults);
    expect(withQueueDefaults(once, defaults)).toEqual(once);
  });

  it("get what their queue says before what the policy for all says", () => {
    const policy = readQueueDefaults({ default_timeout: 1, default_enqueue_ttl: 2, default_priority: 1 });
    const both = layered(defaults, policy);
    expect(both).toEqual({ ...defaults, enqueueTtlMs: 2_000 });
    expect(shownDefaults(both)).toMatchObject({ timeout_ms: 60_000, enqueue_ttl_ms: 2_000, priority: 4 });
    expect(shownDefaults(NO_DEFAULTS)).toEqual({});
  });
});
