import { describe, expect, it } from "vitest";
import { OjsError } from "../../src/core/errors.ts";
import { readUniquePolicy } from "../../src/core/unique-policy.ts";

function read(value: unknown): unknown {
  return readUniquePolicy({ name: "unique", value, field: "options.unique" });
}

describe("readUniquePolicy", () => {
  it.each<[string, object, object]>([
    ["nothing", {}, { keys: ["type"] }],
    ["dimensions", { keys: ["type", "args"] }, { keys: ["type", "args"] }],
    ["argument names", { keys: ["args"], args_keys: ["id"] }, { keys: ["args"], args_keys: ["id"] }],
    ["meta names", { keys: ["meta"], meta_keys: ["t"] }, { keys: ["meta"], meta_keys: ["t"] }],
    ["a period", { period: "PT1H" }, { keys: ["type"], period: "PT1H" }],
    ["Go's period", { period_ms: 90_000 }, { keys: ["type"], period: "PT1M30S" }],
    ["states", { states: ["available", "active"] }, { keys: ["type"], states: ["available", "active"] }],
    ["openapi's word", { on_conflict: "use_existing" }, { keys: ["type"], on_conflict: "ignore" }],
    ["another action", { on_conflict: "replace" }, { keys: ["type"], on_conflict: "replace" }],
    ["the JS SDK's key", { key: ["id"] }, { keys: ["type", "args"], args_keys: ["id"] }],
    ["Python's key", { key: ["queue", "type"] }, { keys: ["type", "queue"] }],
    ["a single key", { key: "args" }, { keys: ["args"] }],
    ["nulls", { keys: null, key: null, period: null, states: null, on_conflict: null }, { keys: ["type"] }],
  ])("normalises %s", (_name, policy, expected) => {
    expect(read(policy)).toEqual(expected);
  });

  it.each<[string, unknown, string]>([
    ["a text", "type", "options.unique"],
    ["an unknown dimension", { keys: ["id"] }, "options.unique.keys[0]"],
    ["keys that are no array", { keys: "type" }, "options.unique.keys"],
    ["an unknown state", { states: ["active", "done"] }, "options.unique.states[1]"],
    ["an unknown action", { on_conflict: "merge" }, "options.unique.on_conflict"],
    ["an empty period", { period: "PT0S" }, "options.unique.period"],
    ["a period that is none", { period: "1h" }, "options.unique.period"],
    ["a numeric key", { key: 5 }, "options.unique.key"],
  ])("refuses %s", (_name, policy, field) => {
    expect(() => read(policy)).toThrow(OjsError);
    expect(() => read(policy)).toThrow(expect.objectContaining({ status: 400, details: { field } }));
  });
});
