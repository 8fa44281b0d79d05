/** Which steps and joins a request becomes; what they do is shown by the storage suite, over random workflows. */
import { describe, expect, it } from "vitest";
import { readWorkflow } from "../../../src/core/workflow/read-workflow.ts";
import { programOf } from "../../../src/core/workflow/workflow.ts";
import { cpuTimeOf } from "../../support/cpu-time.ts";
import { freshId, launched, stepOf } from "../../support/workflows.ts";

const NONE = { release: [], skip: [], arrive: [], end: null };
const dag = (id: string, depends_on: string[] = []) => ({ id, type: "a.b", args: [], depends_on });
const typeOf = (body: object): string => launched(body).workflow.type;

describe("a chain", () => {
  it("has a join between its steps, and a failure skips what is left", () => {
    const { steps, joins } = launched({ type: "chain", steps: [stepOf("a"), stepOf("b"), stepOf("c")] });
    expect(steps.map(({ targets }) => targets)).toEqual([[1], [2], [0]]);
    expect(joins).toEqual([
      {
        number: 0,
        expected: 1,
        remaining: 1,
        failed: 0,
        ok: { ...NONE, end: "completed" },
        bad: { ...NONE, end: "failed" },
      },
      {
        number: 1,
        expected: 1,
        remaining: 1,
        failed: 0,
        ok: { ...NONE, release: [[1, 2]] },
        bad: { ...NONE, skip: [[1, 3]], arrive: [[0, 1]] },
      },
      {
        number: 2,
        expected: 1,
        remaining: 1,
        failed: 0,
        ok: { ...NONE, release: [[2, 3]] },
        bad: { ...NONE, skip: [[2, 3]], arrive: [[0, 1]] },
      },
    ]);
  });

  it("gives a step the results of a hundred before it, at their places", () => {
    const steps = Array.from({ length: 103 }, () => stepOf("a"));
    const { steps: compiled } = launched({ type: "chain", steps });
    expect(compiled[0]?.parents).toBeNull();
    expect(compiled[100]?.parents).toEqual({ from: 0, to: 100, depth: 0, skipped: 0 });
    expect(compiled[102]?.parents).toEqual({ from: 2, to: 102, depth: 0, skipped: 2 });
  });
});

describe("a group", () => {
  it("has one join, whatever its size, and starts as one range", () => {
    const { steps, joins, births } = launched({ type: "group", jobs: Array.from({ length: 50 }, () => stepOf("a")) });
    expect(joins.map(({ expected }) => expected)).toEqual([1, 50]);
    expect(new Set(steps.map(({ targets }) => targets[0]))).toEqual(new Set([1]));
    expect(births).toHaveLength(50);
  });
});

describe("the matrix of callbacks (ojs-workflows §6.5)", () => {
  const kinds = ["on_complete", "on_success", "on_failure"] as const;
  const subsets = [1, 2, 3, 4, 5, 6, 7].map((bits) => kinds.filter((_, index) => bits & (1 << index)));

  it.each(subsets.map((chosen) => ({ name: chosen.join(" "), chosen })))("$name", ({ chosen }) => {
    const callbacks = Object.fromEntries(chosen.map((kind) => [kind, stepOf(kind)]));
    const { steps, joins } = launched({ type: "batch", jobs: [stepOf("a")], callbacks });
    const members = joins[steps[0]?.targets[0] ?? -1];
    if (members === undefined) throw new Error("The job arrives nowhere.");
    const fired = (failed: number) =>
      programOf({ ...members, failed }).release.flatMap(([from, to]) =>
        steps.slice(from, to).map(({ callback }) => callback),
      );
    expect(fired(0)).toEqual(chosen.filter((kind) => kind !== "on_failure"));
    expect(fired(1)).toEqual(chosen.filter((kind) => kind !== "on_success"));
  });
});

describe("a graph without a type", () => {
  it.each([
    ["chain", [dag("a"), dag("b", ["a"]), dag("c", ["b"])]],
    ["chain", [dag("a")]],
    ["group", [dag("a"), dag("b")]],
    ["batch", [dag("a"), dag("b"), dag("on-failure", ["b", "a"])]],
    ["batch", [dag("a"), dag("on_complete", ["a"]), dag("on_success", ["a"])]],
    ["graph", [dag("a"), dag("b"), dag("c", ["a", "b"])]],
    ["graph", [dag("b", ["a"]), dag("a")]],
    // Something waits for it, or it does not wait for all: then its name is only a name.
    ["chain", [dag("a"), dag("on-success", ["a"]), dag("b", ["on-success"])]],
    ["graph", [dag("a"), dag("b"), dag("on-complete", ["a"])]],
  ])("is a %s if it is one", (type, steps) => {
    expect(typeOf({ steps })).toBe(type);
  });

  it("keeps callbacks among steps that wait for each other", () => {
    const { steps, workflow } = launched({ steps: [dag("a"), dag("b", ["a"]), dag("on-failure", ["a", "b"])] });
    expect(workflow.type).toBe("graph");
    expect(steps.map(({ callback }) => callback)).toEqual([null, null, "on_failure"]);
  });
});

describe("ids", () => {
  it("are those of the client, or tell the place", () => {
    const inner = {
      type: "batch",
      id: "mine",
      jobs: [stepOf("a"), { ...stepOf("b"), id: "b!" }],
      callbacks: { on_complete: stepOf("c") },
    };
    const { steps } = launched({ type: "chain", steps: [stepOf("a"), inner, { type: "group", jobs: [stepOf("d")] }] });
    expect(steps.map(({ id }) => id)).toEqual(["step-0", "step-1.job-0", "b!", "step-1.on_complete", "step-2.job-0"]);
  });

  it("of jobs are new for each, and a job called like a form is a job", () => {
    const { steps } = launched({
      type: "chain",
      steps: [
        { type: "group", args: [] },
        { type: "chain", args: [1], steps: null },
      ],
    });
    expect(steps.map(({ type }) => type)).toEqual(["group", "chain"]);
    expect(new Set(steps.map(({ jobId }) => jobId)).size).toBe(2);
  });
});

describe("ten thousand steps", () => {
  it.each([
    ["chain", { type: "chain", steps: Array.from({ length: 10_000 }, () => stepOf("a")) }],
    [
      "graph",
      {
        steps: Array.from({ length: 10_000 }, (_, index) =>
          dag(`s${index}`, index > 1 ? [`s${index - 1}`, `s${index - 2}`] : []),
        ),
      },
    ],
    [
      "chain of batches",
      {
        type: "chain",
        steps: Array.from({ length: 3_333 }, () => ({
          type: "batch",
          jobs: [stepOf("a"), stepOf("b")],
          callbacks: { on_complete: stepOf("c") },
        })),
      },
    ],
  ])("compile: a %s", (_, body) => {
    const worked = cpuTimeOf(() => expect(launched(body).steps.length).toBeGreaterThan(9_000));
    // A server stands still for that long; this is some hundred milliseconds.
    expect(worked).toBeLessThan(2_000);
  });

  it("are refused one more", () => {
    const body = { type: "chain", steps: Array.from({ length: 10_001 }, () => stepOf("a")) };
    expect(() => readWorkflow(body, { now: 0, newId: freshId })).toThrow("at most 10000 jobs");
  });
});
