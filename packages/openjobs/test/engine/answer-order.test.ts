import { describe, expect, it } from "vitest";
import type { JobRecord } from "../../src/core/job.ts";
import { AnswerOrder, type Committed } from "../../src/engine/answer-order.ts";
import type { Effect, Group, GroupOutcome, UnitOutcome } from "../../src/storage/storage.ts";
import { turns } from "../../src/testing/test-clock.ts";
import { aJob, T0 } from "../support/jobs.ts";

const NOTHING = { completions: [], beats: [], units: [], claims: [] };
const STALE: UnitOutcome = { ok: false, reason: "changed", id: "job" };

/** Two groups that are under way at the same time; tells which were answered so far. */
class Pair {
  readonly answered: string[] = [];
  readonly #order = new AnswerOrder();
  readonly #done: ((committed: Committed) => void)[] = [];

  constructor(effects: readonly Effect[]) {
    this.#start("first", { now: T0, ...NOTHING });
    this.#start("later", { now: T0, ...NOTHING, units: [{ effects }] });
  }

  #start(name: string, group: Group): void {
    const committed = new Promise<Committed>((resolve) => this.#done.push(resolve));
    void this.#order.add({ group, committed, answer: () => void this.answered.push(name) });
  }

  async first(claimed: readonly JobRecord[]): Promise<readonly string[]> {
    return this.#land(0, { ok: true, outcome: { ...NOTHING, claims: [claimed] } });
  }

  async later(unit: UnitOutcome): Promise<readonly string[]> {
    return this.#land(1, { ok: true, outcome: { ...NOTHING, units: [unit] } satisfies GroupOutcome });
  }

  async laterFails(): Promise<readonly string[]> {
    return this.#land(1, { ok: false, cause: new Error("connection lost") });
  }

  async #land(index: number, committed: Committed): Promise<readonly string[]> {
    this.#done[index]?.(committed);
    await turns();
    return this.answered;
  }
}

const job = aJob({ revision: 4 });
const insert: Effect = { kind: "insert", job };
const update: Effect = { kind: "update", before: { ...job, revision: 3 }, change: { priority: 1 } };

describe("groups that are under way at the same time", () => {
  it("are answered in the order of their start", async () => {
    const pair = new Pair([insert]);
    expect(await pair.later({ ok: true })).toEqual([]);
    expect(await pair.first([aJob()])).toEqual(["first", "later"]);
  });

  it("do not wait for a later one that they have nothing to do with", async () => {
    expect(await new Pair([insert]).first([aJob()])).toEqual(["first"]);
    expect(await new Pair([update]).first([])).toEqual(["first"]);
  });

  it.each([
    ["insert", insert],
    ["update", update],
  ])("are answered after a later one whose %s they have found", async (_, effect) => {
    const pair = new Pair([effect]);
    expect(await pair.first([job])).toEqual([]);
    expect(await pair.later({ ok: true })).toEqual(["later", "first"]);
  });

  it("keep their order when the later one came too late, or found what the first one did", async () => {
    const late = new Pair([update]);
    await late.first([job]);
    expect(await late.later(STALE)).toEqual(["first", "later"]);
    const after = new Pair([{ ...update, before: job }]);
    await after.first([job]);
    expect(await after.later({ ok: true })).toEqual(["first", "later"]);
  });

  it("are answered also when the later one fails", async () => {
    const pair = new Pair([insert]);
    await pair.first([job]);
    expect(await pair.laterFails()).toEqual(["first", "later"]);
  });
});
