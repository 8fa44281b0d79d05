/** Requests as a producer's options become them: what is refused before it is sent, and where the fault is. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeEnqueue, encodeEnqueueBatch } from "../../../src/core/codec/enqueue-encode.ts";
import type { EnqueueOptions } from "../../../src/core/codec/enqueue-options.ts";
import { OjsValidationError } from "../../../src/core/errors.ts";

const NOW = Date.UTC(2026, 0, 1);

function encode(args: unknown, options?: EnqueueOptions): Record<string, unknown> {
  return JSON.parse(encodeEnqueue({ id: "id", type: "a.b", args, ...(options && { options }) }, NOW).body);
}

function refusal(args: unknown, options?: EnqueueOptions): OjsValidationError {
  try {
    encode(args, options);
  } catch (error) {
    if (error instanceof OjsValidationError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("arguments", () => {
  it.each([
    ["an array", [1, "b", null], [1, "b", null]],
    ["an empty array", [], []],
    ["an object", { a: 1 }, [{ a: 1 }]],
    ["a string", "x", ["x"]],
    ["a number", 0, [0]],
    ["false", false, [false]],
    ["null", null, [null]],
    ["nothing", undefined, []],
    ["a date", new Date(NOW), ["2026-01-01T00:00:00.000Z"]],
    ["an array in an array", [[1]], [[1]]],
  ])("%s", (_, args, travelled) => expect(encode(args).args).toEqual(travelled));

  const circle: Record<string, unknown> = {};
  circle.self = { circle };

  it.each([
    ["undefined in an object", { to: undefined }, "args[0].to"],
    ["undefined in an array", [1, undefined], "args[1]"],
    ["NaN", [{ a: [Number.NaN] }], "args[0].a[0]"],
    ["infinity", Number.POSITIVE_INFINITY, "args[0]"],
    ["a bigint", { n: 1n }, "args[0].n"],
    ["a function", [() => 1], "args[0]"],
    ["a symbol", { s: Symbol("s") }, "args[0].s"],
    ["a circle", circle, "args[0].self.circle"],
    ["a map", { m: new Map([[1, 2]]) }, "args[0].m"],
    ["an invalid date", [new Date(Number.NaN)], "args[0]"],
    ["an odd key", { "odd key": 1n }, 'args[0]["odd key"]'],
  ])("%s is refused with its path", (_, args, path) => {
    const error = refusal(args);
    expect(error.details).toEqual({ field: path });
    expect(error.message).toContain(path);
    expect(error).toMatchObject({ code: "invalid_request", retryable: false });
  });

  it("in meta too", () => {
    expect(refusal([], { meta: { trace: 1n } }).details).toEqual({ field: "meta.trace" });
  });

  it("survive as they are, whatever JSON they are", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(encode([value]).args).toEqual([JSON.parse(JSON.stringify(value))]);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("keep NUL, lone surrogates and __proto__", () => {
    const text = encodeEnqueue({ id: "i", type: "t", args: ["\0", "\ud800", JSON.parse('{"__proto__":1}')] }, NOW).body;
    expect(text).toContain('"args":["\\u0000","\\ud800",{"__proto__":1}]');
  });
});

describe("options", () => {
  it("are left out when there are none", () => {
    expect(encodeEnqueue({ id: "i", type: "t" }, NOW).body).toBe('{"id":"i","type":"t","args":[]}');
    expect(encodeEnqueue({ id: "i", type: "t", options: {} }, NOW).body).toBe('{"id":"i","type":"t","args":[]}');
  });

  it.each([
    ["high", 10],
    ["normal", 0],
    ["low", -10],
    [0, 0],
    [-100, -100],
  ] as const)("priority %s", (priority, number) =>
    expect(encode([], { priority }).options).toEqual({ priority: number }),
  );

  it("delay counts from now, and a delay of nothing is no delay", () => {
    expect(encode([], { delay: 1_500 }).options).toEqual({ delay_until: "2026-01-01T00:00:01.500Z" });
    expect(encode([], { delay: "1d" }).options).toEqual({ delay_until: "2026-01-02T00:00:00.000Z" });
    expect(encode([], { delay: 0 })).not.toHaveProperty("options");
  });

  it("times that are text keep their text", () => {
    const time = "2026-03-01T10:00:00.123456789+02:00";
    expect(encode([], { scheduledAt: time, expiresAt: time }).options).toEqual({ delay_until: time, expires_at: time });
  });

  it("a retry policy only says what the caller said", () => {
    expect(encode([], { retry: { maxInterval: "90s" } }).options).toEqual({ retry: { max_interval: "PT1M30S" } });
  });

  it("a rate limit only says what the caller said", () => {
    const rateLimit = { key: "k", rate: { limit: 1, period: "1h" } };
    expect(encode([], { rateLimit }).options).toEqual({
      rate_limit: { key: "k", rate: { limit: 1, period: "PT1H" } },
    });
  });

  it.each<[string, object, string]>([
    ["an unknown option", { dealy: 5 }, "dealy"],
    ["an unknown retry option", { retry: { max_attempts: 5 } }, "retry.max_attempts"],
    ["an unknown unique option", { unique: { key: ["x"] } }, "unique.key"],
    ["an unknown member of a rate limit", { rateLimit: { key: "k", max_per_second: 5 } }, "rateLimit.max_per_second"],
    ["an unknown member of a rate", { rateLimit: { key: "k", rate: { limit: 1, every: 5 } } }, "rateLimit.rate.every"],
    [
      "a period that is none",
      { rateLimit: { key: "k", throttle: { limit: 1, period: "soon" } } },
      "rateLimit.throttle.period",
    ],
    ["delay and scheduledAt", { delay: 1, scheduledAt: "2026-01-01T00:00:00Z" }, "delay"],
    ["an invalid date", { scheduledAt: new Date(Number.NaN) }, "scheduledAt"],
    ["a negative delay", { delay: -1 }, "delay"],
    ["a timeout that is none", { timeout: "soon" }, "timeout"],
    ["an interval that is none", { retry: { initialInterval: "1 s" } }, "retry.initialInterval"],
    ["an unknown priority", { priority: "urgent" }, "priority"],
    ["half a priority", { priority: 0.5 }, "priority"],
  ])("%s is refused", (_, options, field) => {
    const error = refusal([], options);
    expect(error.details).toEqual({ field });
    expect(error.message).toContain(field);
    expect(error.hint).toBeTypeOf("string");
  });

  it("a job needs a type", () => {
    expect(() => encodeEnqueue({ id: "i", type: "" }, NOW)).toThrow(OjsValidationError);
  });
});

describe("a batch", () => {
  it("says which of its jobs is wrong", () => {
    const good = { id: "i", type: "t" };
    const bad = { ...good, args: { n: Number.NaN } };
    const encoding = (): unknown => encodeEnqueueBatch([good, good, bad], NOW);
    expect(encoding).toThrow(OjsValidationError);
    expect(encoding).toThrow(expect.objectContaining({ details: { field: "jobs[2].args[0].n" } }));
    expect(encoding).toThrow(/^jobs\[2\]: /);
  });
});
