import { describe, expect, it } from "vitest";
import { mergeRuns } from "../merge.mjs";
import { factsText } from "../report/readme.mjs";

const earlier = {
  date: "2026-01-01",
  commit: "a",
  summary: [
    { name: "raw", rate: 10 },
    { name: "drain", rate: 5, rawRatio: 0.5 },
    { name: "gone", rate: 1 },
  ],
  samples: { raw: [10], drain: [5] },
};
const run = {
  facts: { date: "2026-01-02", commit: "b", repeat: 3 },
  summary: [
    { name: "raw", rate: 20 },
    { name: "new", rate: 4 },
  ],
  samples: { raw: [20], new: [4] },
};

describe("measuring some rows again", () => {
  const merged = mergeRuns(earlier, run, ["new", "raw", "drain"]);

  it("replaces and adds rows in the report's order, and leaves the others as they were", () => {
    expect(merged.summary).toEqual([
      { name: "new", rate: 4 },
      { name: "raw", rate: 20 },
      { name: "drain", rate: 5, rawRatio: 0.5 },
    ]);
    expect(merged.samples).toEqual({ raw: [20], drain: [5], new: [4] });
  });

  it("says which rows were replaced, and when", () => {
    expect(merged.facts).toEqual({
      date: "2026-01-01",
      commit: "a",
      updates: [{ date: "2026-01-02", commit: "b", repeat: 3, rows: ["raw", "new"] }],
    });
    expect(factsText(merged.facts)).toMatch(/One later run replaced some rows/);
  });
});
