import { describe, expect, it } from "vitest";
import { othersShare } from "../quiet.mjs";
import { kindOf } from "../report/kinds.mjs";
import { allRows, selectRows } from "../rows/index.mjs";
import { Ledger } from "../tasks/verify.mjs";

const ALL = allRows({ peers: true });
const names = (rows) => rows.map(({ name }) => name);

describe("the rows", () => {
  it("have names of their own", () => {
    expect(new Set(names(ALL)).size).toBe(ALL.length);
  });

  it("are compared with rows that exist", () => {
    const references = ALL.flatMap(({ raw, targets = [] }) => [raw, ...targets.map(({ times }) => times?.row)]);
    for (const reference of references) expect([undefined, ...names(ALL)]).toContain(reference);
  });

  it("come with what they are compared with, just before them", () => {
    expect(names(selectRows("sqlite-drain", ALL))).toEqual(["raw-claim-50", "sqlite-drain"]);
  });

  it("can be named by a pattern, and each is measured once", () => {
    const chosen = names(selectRows("http-enqueue-*,http-enqueue-50", ALL));
    expect(chosen).toEqual(expect.arrayContaining(["http-enqueue-seq", "http-enqueue-50", "http-enqueue-coalesced"]));
    expect(new Set(chosen).size).toBe(chosen.length);
  });

  it("are listed when a name is wrong", () => {
    expect(() => selectRows("sqlite-drian", ALL)).toThrow(/No row is called sqlite-drian\..*sqlite-drain/);
  });

  it.each([
    ["http-drain-exchange", "drain"],
    ["sqlite-enqueue-50", "enqueue-50"],
    ["http-memory-enqueue-coalesced", "enqueue-50"],
    ["pg-boss-pickup", "pickup"],
    ["postgres-http-drain-exchange", "drain"],
    ["postgres-drain-1m-finished", undefined],
    ["growth-100k", undefined],
  ])("%s is of the kind %s", (name, kind) => {
    expect(kindOf(name)).toBe(kind);
  });
});

describe("the check of each run", () => {
  it("passes when each job ran once", () => {
    const ledger = new Ledger(3);
    for (const n of [2, 0, 1]) ledger.note(n);
    expect(() => ledger.check()).not.toThrow();
  });

  it("finds a lost job even when another makes up for it", () => {
    const ledger = new Ledger(3);
    for (const n of [2, 0, 2]) ledger.note(n);
    expect(() => ledger.check()).toThrow("1 jobs never ran, 1 ran twice");
  });
});

describe("others on the machine", () => {
  it("are what the machine did and we did not", () => {
    const from = { at: 0, machine: 1_000_000, own: 0 };
    const to = { at: 1_000, machine: 2_500_000, own: 500_000 };
    expect(othersShare(from, to, 2)).toBe(0.5);
  });

  it("are nobody where the kernel does not tell, and never less than nobody", () => {
    expect(othersShare({ at: 0 }, { at: 1_000 }, 2)).toBe(0);
    expect(othersShare({ at: 0, machine: 0, own: 0 }, { at: 1_000, machine: 5, own: 10 }, 2)).toBe(0);
  });
});
