import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { appendFailure, type FailureEntry, failureEntry, readFailure } from "../../src/core/failure.ts";
import { START } from "./sample-job.ts";

const entryOf = (error: unknown, attempt = 1): FailureEntry => failureEntry(readFailure(error), { attempt }, START);

describe("reading the error of a nack", () => {
  it("takes an object as it is", () => {
    const error = {
      type: "external.timeout",
      code: "handler_error",
      message: "too slow",
      retryable: true,
      details: { host: "db" },
      backtrace: ["at a", "at b"],
      retry_after_ms: 5_000,
    };
    const { retry_after_ms: retryAfterMs, ...same } = error;
    expect(readFailure(error)).toEqual({ ...same, action: null, retryAfterMs });
  });

  it("takes a bare string as the message", () => {
    expect(readFailure("broken")).toEqual({
      type: "handler_error",
      code: "handler_error",
      message: "broken",
      retryable: null,
      action: null,
    });
  });

  it.each([
    [{ type: "A", code: "b", details: { error_class: "C" } }, "A"],
    [{ code: "b", details: { error_class: "C" } }, "C"],
    [{ code: "b" }, "b"],
    [{}, "handler_error"],
    [{ code: "DISCARD" }, "handler_error"],
  ])("derives the type of %j", (error, type) => {
    expect(readFailure(error).type).toBe(type);
  });

  it.each(["RETRY", "DISCARD", "DEAD_LETTER", "FAIL", "SNOOZE"])("knows the handler response code %s", (code) => {
    expect(readFailure({ code, message: "" })).toMatchObject({ action: code, code });
  });

  it("takes a stack trace in one piece apart", () => {
    expect(readFailure({ stack_trace: "at a\nat b" }).backtrace).toEqual(["at a", "at b"]);
  });

  it("cuts what is too long", () => {
    const failure = readFailure({
      type: "T".repeat(1_000),
      message: "m".repeat(100_000),
      backtrace: Array.from({ length: 200 }, () => "f".repeat(1_000)),
      details: { error_class: "Big", payload: "d".repeat(100_000) },
    });
    expect(failure.type).toHaveLength(255);
    expect(failure.message).toHaveLength(10_000);
    expect(failure.backtrace?.join("")).toHaveLength(10_000);
    expect(failure.details).toEqual({ truncated: true, size: expect.any(Number), error_class: "Big" });
  });

  it("keeps at most 50 frames", () => {
    expect(readFailure({ backtrace: Array.from({ length: 200 }, () => "at f") }).backtrace).toHaveLength(50);
  });

  it("does not cut through a surrogate pair", () => {
    expect(readFailure({ message: `${"m".repeat(9_999)}😀` }).message).toBe("m".repeat(9_999));
  });

  it.each([[undefined], [null], [5], [true], [["x"]]])("refuses %j", (error) => {
    expect(() => readFailure(error)).toThrow(
      expect.objectContaining({ code: "invalid_request", status: 400, details: { field: "error" } }),
    );
  });

  it("accepts any object, and stays bounded", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom("type", "code", "message", "backtrace", "details"), fc.jsonValue()),
        (error) => {
          const failure = readFailure(error);
          expect(failure.type).not.toBe("");
          expect(JSON.stringify(failure).length).toBeLessThan(100_000);
        },
      ),
      { seed: 13, numRuns: 500 },
    );
  });
});

describe("the error history", () => {
  it("holds one complete entry per failed attempt, the oldest first", () => {
    const first = appendFailure(null, entryOf({ code: "a", message: "one" }, 1));
    const both = appendFailure(first, entryOf({ code: "b", message: "two", retryable: false }, 2));
    const occurred = "2026-01-01T00:00:00.000Z";
    expect(JSON.parse(both)).toEqual([
      { type: "a", code: "a", message: "one", retryable: true, attempt: 1, occurred_at: occurred, timestamp: occurred },
      {
        type: "b",
        code: "b",
        message: "two",
        retryable: false,
        attempt: 2,
        occurred_at: occurred,
        timestamp: occurred,
      },
    ]);
  });

  it("keeps the newest 25 entries", () => {
    let errors: string | null = null;
    for (let attempt = 1; attempt <= 40; attempt += 1) errors = appendFailure(errors, entryOf("broken", attempt));
    const attempts = JSON.parse(errors ?? "[]").map((entry: FailureEntry) => entry.attempt);
    expect(attempts).toEqual(Array.from({ length: 25 }, (_, index) => index + 16));
  });

  it("keeps NUL, lone surrogates and __proto__ in details", () => {
    const details: unknown = JSON.parse('{"__proto__":{"a":1},"nul":"\\u0000","lone":"\\ud800"}');
    const [entry] = JSON.parse(appendFailure(null, entryOf({ message: "", details })));
    expect(JSON.stringify(entry.details)).toBe(JSON.stringify(details));
  });

  it("says that an error is not retryable when the handler ordered the end", () => {
    expect(entryOf({ code: "FAIL" }).retryable).toBe(false);
    expect(entryOf({ code: "RETRY" }).retryable).toBe(true);
  });
});
