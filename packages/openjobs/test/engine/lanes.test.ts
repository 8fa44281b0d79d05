import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lanes } from "../../src/engine/lanes.ts";
import { type Submission, sizeOf } from "../../src/engine/submission.ts";
import { claimOf } from "../suites/storage/bench.ts";

const ENDS = { settle: () => {}, fail: () => {} };
const LIMITS = { units: 10, bytes: 1_000_000 };

function completion(id: string): Submission {
  return { kind: "completion", request: [{ id, fence: {}, result: null }], ...ENDS, ...sizeOf(1) };
}

function insert(weight: number, bytes = 0): Submission {
  return { kind: "insert", request: { effects: [] }, ...ENDS, weight, bytes };
}

function claim(): Submission {
  const request = { claim: claimOf({ limit: 1 }), wanted: () => true };
  return { kind: "claim", request, ...ENDS, ...sizeOf(1) };
}

function lanes(...submissions: readonly Submission[]): Lanes {
  const result = new Lanes(LIMITS);
  for (const submission of submissions) result.add(submission);
  return result;
}

function kinds(group: readonly Submission[]): string[] {
  return group.map(({ kind }) => kind);
}

describe("lanes", () => {
  it("take outcomes first, then inserts and claims in the order in which they came", () => {
    const subject = lanes(claim(), insert(1), completion("a"), claim(), completion("b"));
    expect(kinds(subject.cut())).toEqual(["completion", "completion", "claim", "insert", "claim"]);
    expect(subject.isEmpty).toBe(true);
    expect(subject.cut()).toEqual([]);
  });

  it("close a group at its limit of units and of bytes", () => {
    const subject = lanes(insert(6), insert(4), insert(1), insert(1, 999_999), insert(1, 2));
    expect([subject.cut(), subject.cut(), subject.cut()].map(({ length }) => length)).toEqual([2, 2, 1]);
  });

  it("let a bigger submission go alone", () => {
    const subject = lanes(insert(1), insert(10_000), insert(1));
    expect([subject.cut(), subject.cut(), subject.cut()].map(({ length }) => length)).toEqual([1, 1, 1]);
  });

  it("starve nobody, however many outcomes keep coming", () => {
    const subject = lanes(insert(10_000), claim());
    const kindsSeen = new Set<string>();
    for (let round = 0; round < 6; round += 1) {
      for (let index = 0; index < 30; index += 1) subject.add(completion(`${round}-${index}`));
      for (const kind of kinds(subject.cut())) kindsSeen.add(kind);
    }
    expect(kindsSeen).toEqual(new Set(["completion", "insert", "claim"]));
  });

  it("lose nothing and keep each line's order", () => {
    const submission = fc.oneof(
      fc.constant("completion" as const),
      fc.constant("claim" as const),
      fc.integer({ min: 1, max: 25 }),
    );
    fc.assert(
      fc.property(fc.array(submission, { maxLength: 60 }), (asked) => {
        const all = asked.map((what) => {
          if (typeof what === "number") return insert(what);
          return what === "claim" ? claim() : completion("x");
        });
        const subject = lanes(...all);
        const out: Submission[] = [];
        while (!subject.isEmpty) {
          const group = subject.cut();
          const weight = group.reduce((sum, part) => sum + part.weight, 0);
          expect(group.length === 1 || weight <= LIMITS.units).toBe(true);
          out.push(...group);
        }
        const urgent = ({ kind }: Submission): boolean => kind === "completion";
        expect(out.filter(urgent)).toEqual(all.filter(urgent));
        expect(out.filter((part) => !urgent(part))).toEqual(all.filter((part) => !urgent(part)));
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
