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
    ["mixed old keys as names", { key: ["type", "id"] }, { keys: ["type", "args"], args_keys: ["type", "id"] }],
    ["names of arguments without keys", { args_keys: ["id"] }, { keys: ["type", "args"], args_keys: ["id"] }],
    ["names of meta without keys", { meta_keys: ["t"] }, { keys: ["type", "meta"], meta_keys: ["t"] }],
    ["empty lists as none", { keys: [], args_keys: [], meta_keys: [] }, { keys: ["type"] }],
    ["what is named twice", { keys: ["args", "args"], args_keys: ["a", "a"] }, { keys: ["args"], args_keys: ["a"] }],
    ["a fingerprint", { fingerprint: "0".repeat(64) }, { keys: ["type"], fingerprint: "0".repeat(64) }],
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
    ["no state at all", { states: [] }, "options.unique.states"],
    ["a member that does not exist", { arg_keys: ["id"] }, "options.unique.arg_keys"],
    ["names of arguments that are not compared", { keys: ["type"], args_keys: ["id"] }, "options.unique.args_keys"],
    ["names of meta that is not compared", { keys: ["args"], meta_keys: ["t"] }, "options.unique.meta_keys"],
    ["meta without names", { keys: ["type", "meta"] }, "options.unique.meta_keys"],
    ["meta without names, in the older spelling", { key: ["meta"] }, "options.unique.meta_keys"],
    ["a dimension in upper case", { keys: ["Type"] }, "options.unique.keys[0]"],
    ["a fingerprint that is no SHA-256", { fingerprint: "abc" }, "options.unique.fingerprint"],
    ["a fingerprint in upper case", { fingerprint: "A".repeat(64) }, "options.unique.fingerprint"],
    ["a numeric key", { key: 5 }, "options.unique.key"],
  ])("refuses %s", (_name, policy, field) => {
    expect(() => read(policy)).toThrow(OjsError);
    expect(() => read(policy)).toThrow(expect.objectContaining({ status: 400, details: { field } }));
  });
});
