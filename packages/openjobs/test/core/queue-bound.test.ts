import { describe, expect, it } from "vitest";
import { encodeQueueBound, isPressing, readQueueBound } from "../../src/core/queue-bound.ts";

const found = (value: unknown) => ({ name: "backpressure", value, field: "backpressure" });

describe("the bound of a queue", () => {
  it("is read with its defaults, and written in full", () => {
    const bound = readQueueBound(found({ max_depth: 10 }));
    expect(bound).toEqual({ maxDepth: 10, warningThreshold: 0.8 });
    expect(bound === null ? null : encodeQueueBound(bound)).toEqual({
      max_depth: 10,
      strategy: "reject",
      warning_threshold: 0.8,
    });
    expect(
      readQueueBound(found({ max_depth: 3, strategy: "reject", warning_threshold: 1, max_size_bytes: 0 })),
    ).toEqual({ maxDepth: 3, warningThreshold: 1 });
  });

  it.each([{}, { max_depth: 0 }, { max_depth: null, strategy: "reject" }])("is none in %j", (value) => {
    expect(readQueueBound(found(value))).toBeNull();
  });

  it.each<[unknown, string]>([
    ["full", "backpressure"],
    [[], "backpressure"],
    [{ max_depth: -1 }, "backpressure.max_depth"],
    [{ max_depth: 1.5 }, "backpressure.max_depth"],
    [{ max_depth: "10" }, "backpressure.max_depth"],
    [{ max_dept: 10 }, "backpressure.max_dept"],
    [{ max_depth: 10, strategy: "block" }, "backpressure.strategy"],
    [{ max_depth: 10, strategy: "drop_oldest" }, "backpressure.strategy"],
    [{ max_depth: 10, warning_threshold: 1.1 }, "backpressure.warning_threshold"],
    [{ max_depth: 10, warning_threshold: "0.8" }, "backpressure.warning_threshold"],
    [{ max_size_bytes: 1_000 }, "backpressure.max_size_bytes"],
  ])("is refused in %j because of %s", (value, field) => {
    expect(() => readQueueBound(found(value))).toThrow(expect.objectContaining({ status: 400, details: { field } }));
  });

  it("presses from its threshold on", () => {
    const bound = { maxDepth: 10, warningThreshold: 0.75 };
    expect([7, 8, 10].map((depth) => isPressing({ depth }, bound))).toEqual([false, true, true]);
  });
});
