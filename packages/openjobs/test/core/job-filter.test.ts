import { describe, expect, it } from "vitest";
import { meetsFilter, readJobFilter } from "../../src/core/job-filter.ts";
import { sameJson } from "../../src/core/json-equal.ts";
import { aJob, T0 } from "../support/jobs.ts";

const STATES = { allowed: ["available", "scheduled", "pending"], usual: ["available", "scheduled"] } as const;

function read(value: unknown) {
  return readJobFilter(value, STATES);
}

describe("a filter", () => {
  it("has the usual states, unless it names others", () => {
    expect(read({ queue: "a" })).toEqual({ queue: "a", states: ["available", "scheduled"] });
    expect(read({ state: ["pending", "available"] }).states).toEqual(["available", "pending"]);
    expect(read({ state: "pending" }).states).toEqual(["pending"]);
  });

  it.each<[string, unknown, string]>([
    ["nothing", undefined, "filter"],
    ["a list", [], "filter"],
    ["no condition", {}, "filter"],
    ["only nulls", { queue: null, state: null }, "filter"],
    ["a misspelt condition", { queues: ["a"] }, "filter.queues"],
    ["a state that the operation cannot do anything about", { state: ["available", "active"] }, "filter.state"],
    ["no states", { state: [] }, "filter.state"],
    ["an odd queue", { queue: "A b" }, "filter.queue"],
    ["a numeric type", { type: 5 }, "filter.type"],
    ["a fractional priority", { priority: 1.5 }, "filter.priority"],
    ["a time without a zone", { enqueued_before: "2026-01-01T00:00:00" }, "filter.enqueued_before"],
    ["a duration", { enqueued_after: "PT5M" }, "filter.enqueued_after"],
    ["an empty meta", { meta: {} }, "filter.meta"],
    ["one tag that is no list", { tags: "a" }, "filter.tags"],
    ["no tags", { tags: [] }, "filter.tags"],
    ["a tag that is no text", { tags: ["a", 1] }, "filter.tags[1]"],
  ])("is refused with %s", (_, value, field) => {
    expect(() => read(value)).toThrow(expect.objectContaining({ code: "invalid_request", details: { field } }));
  });

  it("is met by a job that meets all of it", () => {
    const job = aJob({ queue: "a", type: "t.u", priority: 3, enqueuedAt: T0, meta: '{"k":{"a":1,"b":[2]},"x":1}' });
    const iso = (ms: number) => new Date(T0 + ms).toISOString();
    const meets = (value: object) => meetsFilter(job, read(value));
    const all = { queue: "a", type: "t.u", priority: 3, enqueued_before: iso(1), enqueued_after: iso(-1) };
    expect(meets({ ...all, meta: { k: { b: [2], a: 1 } } })).toBe(true);
    for (const other of [
      { queue: "b" },
      { type: "t" },
      { priority: 2 },
      { enqueued_before: iso(0) },
      { enqueued_after: iso(0) },
      { meta: { k: { a: 1 } } },
      { meta: { x: "1" } },
      { meta: { y: 1 } },
      { state: ["scheduled"] },
    ]) {
      expect(meets({ ...all, ...other })).toBe(false);
    }
  });
});

describe("a filter of tags", () => {
  const meets = (tags: readonly string[], attributes: string) => meetsFilter(aJob({ attributes }), read({ tags }));

  it("is met by a job that has all of them, in whatever order and with whatever others", () => {
    expect(meets(["b", "a"], '{"tags":["a","b","c"],"schema":"s"}')).toBe(true);
    expect(meets(["a", "d"], '{"tags":["a","b","c"]}')).toBe(false);
    expect(meets(["a"], '{"tags":["aa"]}')).toBe(false);
    expect(meets(["a"], "{}")).toBe(false);
    expect(meets(["a"], '{"tags":"a"}')).toBe(false);
  });
});

describe("JSON values", () => {
  it.each([
    [1, 1, true],
    [null, null, true],
    [{ a: [1, { b: null }] }, { a: [1, { b: null }] }, true],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [[1, 2], [2, 1], false],
    [[1], { 0: 1 }, false],
    [{ a: 1 }, { a: 1, b: 1 }, false],
    [{ a: 1 }, { b: 1 }, false],
    [0, false, false],
    ["1", 1, false],
    [null, {}, false],
  ])("%j and %j are the same: %s", (a, b, same) => {
    expect(sameJson(a, b)).toBe(same);
    expect(sameJson(b, a)).toBe(same);
  });
});
