import { describe, expect, it } from "vitest";
import { mergeContents, NEW_RUN, paused, resumed, toolRetryPolicyIn, withBranch } from "../../src/core/agent-run.ts";

describe("a merge of contents", () => {
  it.each([
    ["nothing and something", null, { x: 1 }, { x: 1 }, []],
    ["what only one of them has", { a: 1 }, { b: 2 }, { a: 1, b: 2 }, []],
    [
      "what both have in common, in whatever order",
      { a: { x: 1, y: [2] } },
      { a: { y: [2], x: 1 } },
      { a: { x: 1, y: [2] } },
      [],
    ],
    [
      "what they have otherwise",
      { a: { x: 1, y: 1 }, b: 0 },
      { a: { x: 1, y: 2 } },
      { a: { x: 1, y: 1 }, b: 0 },
      ["a.y"],
    ],
    ["a member that is null in one", { a: null }, { a: 1 }, { a: null }, ["a"]],
    ["lists, which are one thing", { a: [1] }, { a: [1, 2] }, { a: [1] }, ["a"]],
    ["no objects", 1, "x", 1, [""]],
  ])("puts together %s", (_name, a, b, content, conflicts) => {
    expect(mergeContents(a, b, "a")).toEqual({ content, conflicts });
  });

  it("takes the other one's members if asked to, and says the same of conflicts", () => {
    expect(mergeContents({ a: 1, b: 1 }, { a: 2 }, "b")).toEqual({ content: { a: 2, b: 1 }, conflicts: ["a"] });
  });

  it("has no trouble with names that mean something to JavaScript", () => {
    const odd = JSON.parse('{"__proto__": {"x": 1}, "constructor": 1}');
    const { content, conflicts } = mergeContents(odd, JSON.parse('{"__proto__": {"x": 2}}'), "a");
    expect(JSON.stringify(content)).toBe('{"__proto__":{"x":1},"constructor":1}');
    expect(conflicts).toEqual(["__proto__.x"]);
  });
});

describe("a run", () => {
  const decision = { approved: true, comment: null, metadata: null, at: 9 };
  const branch = { name: "a", atTurn: null, contentId: "c", content: null, mergedFrom: null, createdAt: 1 };

  it("pauses once, and goes on with what was answered", () => {
    const waiting = paused(NEW_RUN, "why", 1);
    expect(paused(waiting, "again", 2)).toBe(waiting);
    expect(resumed(waiting, decision)).toMatchObject({ pause: null, decision });
    expect(resumed(NEW_RUN, decision)).toBe(NEW_RUN);
    expect(paused(resumed(waiting, decision), null, 3)).toMatchObject({ decision: null });
  });

  it("has a hundred branches at most, each with a name of its own", () => {
    let run = NEW_RUN;
    for (let at = 0; at < 100; at += 1) run = withBranch(run, { ...branch, id: `id-${at}`, name: `n-${at}` });
    expect(() => withBranch(run, { ...branch, id: "x", name: "n-7" })).toThrow(/already/);
    expect(() => withBranch(run, { ...branch, id: "x", name: "main" })).toThrow(/already/);
    expect(() => withBranch(run, { ...branch, id: "x", name: "new" })).toThrow(/at most 100/);
  });

  it("knows of no provider where none is named", () => {
    for (const attributes of [{}, { ext_agent_v2: 1 }, { ext_agent_v2: { tool_retry: { alternate_provider: 5 } } }]) {
      expect(toolRetryPolicyIn(attributes)).toBeUndefined();
    }
    const extension = { tool_retry: { alternate_provider: "b", max_retries: 2 } };
    expect(toolRetryPolicyIn({ ext_agent_v2: extension })).toEqual({ provider: "b", maxRetries: 2 });
  });
});
