import { describe, expect, it } from "vitest";
import { OjsError } from "../../src/core/errors.ts";
import { readJobRequest } from "../../src/core/job-request.ts";
import { OPEN_STATES, type UniqueRequest } from "../../src/core/unique-request.ts";

const NOW = 1_767_225_600_000;

function read(unique: object, job: object = {}): UniqueRequest {
  const body = { type: "mail.send", queue: "q", args: [{ user: 42, text: "hi" }], meta: { tenant: "acme" }, ...job };
  const request = readJobRequest({ ...body, unique }, { now: NOW, field: "jobs[2]" });
  if (request.unique === null) throw new Error("The policy got lost.");
  return request.unique;
}

/** The field that a policy is refused for. */
function refusedField(unique: object, job: object = {}): unknown {
  try {
    read(unique, job);
  } catch (error) {
    if (error instanceof OjsError && error.status === 400) return error.details?.field;
    throw error;
  }
  return undefined;
}

describe("what makes a job the same as another", () => {
  it.each<[string, object, string]>([
    ["the type alone", {}, '{"type":"mail.send"}'],
    ["the type too, if nobody names it", { keys: ["queue"] }, '{"queue":"q","type":"mail.send"}'],
    ["all arguments", { keys: ["args"] }, '{"args":[{"text":"hi","user":42}],"type":"mail.send"}'],
    [
      "some members of a single object",
      { keys: ["args"], args_keys: ["user"] },
      '{"args":{"user":42},"type":"mail.send"}',
    ],
    ["the JS SDK's names", { key: ["user"] }, '{"args":{"user":42},"type":"mail.send"}'],
    [
      "everything",
      { keys: ["meta", "type", "args", "queue"], args_keys: ["user"], meta_keys: ["tenant"] },
      '{"args":{"user":42},"meta":{"tenant":"acme"},"queue":"q","type":"mail.send"}',
    ],
  ])("is %s", (_name, unique, identity) => {
    expect(read(unique)).toMatchObject({ identity, fingerprint: null });
  });

  it("is not the order of names or members, nor how a number was written", () => {
    const one = read({ keys: ["args"], args_keys: ["a", "b"] }, { args: [{ b: 1.0, a: { y: 1, x: 2 }, c: 9 }] });
    const two = read({ keys: ["type", "args"], args_keys: ["b", "a"] }, { args: [{ c: 8, a: { x: 2, y: 1 }, b: 1 }] });
    expect(one.identity).toBe(two.identity);
  });

  it("includes meta that came as options.metadata", () => {
    const request = { meta: undefined, options: { metadata: { tenant: "x" } } };
    expect(read({ keys: ["meta"], meta_keys: ["tenant"] }, request).identity).toContain('"meta":{"tenant":"x"}');
  });

  it("is a null that is there, but nothing that is absent", () => {
    expect(read({ keys: ["args"], args_keys: ["user"] }, { args: [{ user: null }] }).identity).toContain(
      '{"user":null}',
    );
    expect(refusedField({ keys: ["args"], args_keys: ["text", "usr"] })).toBe("jobs[2].unique.args_keys[1]");
    expect(refusedField({ keys: ["meta"], meta_keys: ["tenant_id"] })).toBe("jobs[2].unique.meta_keys[0]");
    expect(refusedField({ keys: ["args"], args_keys: ["toString"] })).toBe("jobs[2].unique.args_keys[0]");
  });

  it.each<[string, unknown[]]>([
    ["there are none", []],
    ["they are plain values", [1]],
    ["they are several", [{ user: 1 }, { user: 2 }]],
    ["they are a list", [[{ user: 1 }]]],
  ])("has no names to look for in arguments if %s", (_name, args) => {
    expect(refusedField({ args_keys: ["user"] }, { args })).toBe("jobs[2].unique.args_keys[0]");
  });

  it("is the sender's fingerprint as it came, whatever the encrypted arguments are", () => {
    const fingerprint = "ab".repeat(32);
    const args = [{ ojs_encoded: true, data: "xx" }];
    expect(read({ args_keys: ["user"], fingerprint }, { args })).toMatchObject({ fingerprint, identity: "" });
  });
});

describe("what a policy does not say", () => {
  it("is that jobs which have not ended are in the way, for ever, and that the new one is refused", () => {
    expect(read({})).toMatchObject({ states: OPEN_STATES, periodMs: null, onConflict: "reject" });
    expect(read({ period: "PT1M30S", states: ["completed"], on_conflict: "use_existing" })).toMatchObject({
      states: ["completed"],
      periodMs: 90_000,
      onConflict: "ignore",
    });
  });
});
