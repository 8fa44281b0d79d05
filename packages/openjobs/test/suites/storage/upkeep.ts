import { expect } from "vitest";
import type { FinishedKind } from "../../../src/core/retention.ts";
import type { Pruned } from "../../../src/storage/upkeep.ts";
import { aDeadLetter, aJob, aScheduledJob, T0 } from "../../support/jobs.ts";
import { type Behaviour, type Bench, ids } from "./bench.ts";

const completed = (endedAt: number, queue = "default") => aJob({ state: "completed", endedAt, queue });

async function prune(bench: Bench, kind: FinishedKind, endedBy: number, limit = 10): Promise<Pruned> {
  const pruned = await bench.storage.upkeep.prune({ kind, endedBy, limit });
  await bench.recount();
  return pruned;
}

export const upkeepBehaviours: readonly Behaviour[] = [
  {
    name: "prunes the jobs that ended at a time or before, and says when the next one ended",
    run: async (bench) => {
      const [late, early, edge] = await bench.insert(completed(T0 + 3), completed(T0 + 1), completed(T0 + 2));
      expect(await prune(bench, "completed", T0 + 2)).toEqual({ removed: 2, oldest: T0 + 3 });
      expect([await bench.exists(late!), await bench.exists(early!), await bench.exists(edge!)]).toEqual([
        true,
        false,
        false,
      ]);
      expect(await prune(bench, "completed", T0 + 2)).toEqual({ removed: 0, oldest: T0 + 3 });
      expect(await prune(bench, "completed", T0 + 3)).toEqual({ removed: 1 });
      expect(await prune(bench, "completed", T0 + 3)).toEqual({ removed: 0 });
    },
  },
  {
    name: "prunes the longest ended first, at most `limit` of them",
    run: async (bench) => {
      const stored = await bench.insert(...[5, 1, 4, 2, 3].map((end) => completed(T0 + end)));
      expect(await prune(bench, "completed", T0 + 9, 2)).toEqual({ removed: 2, oldest: T0 + 3 });
      const left = await bench.storage.jobs.get(ids(stored));
      expect(left.map((job) => job?.endedAt)).toEqual([T0 + 5, undefined, T0 + 4, undefined, T0 + 3]);
    },
  },
  {
    name: "prunes each kind of finished jobs by itself, and nothing that has not ended",
    run: async (bench) => {
      const stored = await bench.insert(
        completed(T0),
        aJob({ state: "cancelled", endedAt: T0 }),
        aJob({ state: "discarded", endedAt: T0 }),
        aDeadLetter({ endedAt: T0 }),
        aScheduledJob(),
        aJob({ state: "retryable", availableAt: T0 + 1, dueAt: T0 + 1 }),
        aJob({ state: "pending" }),
      );
      const active = await bench.claimed(aJob());
      const kinds = ["completed", "cancelled", "discarded", "deadLetters"] as const;
      for (const [index, kind] of kinds.entries()) {
        expect(await prune(bench, kind, T0 + 1_000_000), kind).toEqual({ removed: 1 });
        expect(await bench.exists(stored[index]!), kind).toBe(false);
      }
      const left = (await bench.storage.jobs.get(ids(stored))).filter((job) => job !== undefined);
      expect(left.map(({ state }) => state)).toEqual(["scheduled", "retryable", "pending"]);
      expect(await bench.job(active)).toEqual(active);
      expect((await bench.storage.jobs.deadLetters({}, { limit: 10 })).total).toBe(0);
    },
  },
  {
    name: "takes pruned jobs out of the counters of their queues, and leaves their activity",
    run: async (bench) => {
      const job = await bench.claimed(aJob({ queue: "mail" }));
      await bench.complete(job, {});
      await bench.insert(completed(T0, "other"), aDeadLetter({ queue: "mail" }));
      expect(await prune(bench, "completed", T0)).toEqual({ removed: 2 });
      expect(await bench.queue("mail")).toMatchObject({ counts: { completed: 0, discarded: 1 }, deadLetters: 1 });
      expect(await prune(bench, "deadLetters", T0)).toEqual({ removed: 1 });
      expect(await bench.queue("mail")).toMatchObject({ counts: { discarded: 0 }, deadLetters: 0 });
      expect(await bench.queue("other")).toMatchObject({ counts: { completed: 0 } });
      expect(await bench.storage.queues.activity("mail", T0)).toMatchObject({ started: 1, completed: 1 });
    },
  },
  {
    name: "prunes what ended by completion, and spares a dead letter that was brought back",
    run: async (bench) => {
      const done = await bench.claimed(aJob());
      await bench.complete(done, { lease: done.lease });
      const letter = await bench.inserted(aDeadLetter());
      await bench.update(letter, { state: "available", deadLetter: false, endedAt: null });
      expect(await prune(bench, "deadLetters", T0 + 1)).toEqual({ removed: 0 });
      expect(await prune(bench, "completed", T0 + 1)).toEqual({ removed: 1 });
      expect(await bench.exists(done)).toBe(false);
      expect(ids(await bench.claim())).toEqual([letter.id]);
    },
  },
  {
    name: "accepts the id of a pruned job again, and gives no seq twice",
    run: async (bench) => {
      const [job] = await bench.insert(completed(T0));
      await prune(bench, "completed", T0);
      const again = await bench.inserted(aJob({ id: job!.id }));
      expect(again.seq).toBeGreaterThan(job!.seq);
    },
  },
  {
    name: "does not bring pruned jobs back when it is opened again",
    durable: true,
    run: async (bench) => {
      const [job, kept] = await bench.insert(completed(T0), completed(T0 + 5));
      await prune(bench, "completed", T0);
      await bench.reopen();
      expect(await bench.exists(job!)).toBe(false);
      expect(await bench.job(kept!)).toEqual(kept);
      expect(await prune(bench, "completed", T0)).toEqual({ removed: 0, oldest: T0 + 5 });
    },
  },
  {
    name: "comes to an end of tidying, and loses nothing by it",
    run: async (bench) => {
      const [job] = await bench.insert(aJob(), ...Array.from({ length: 50 }, () => completed(T0)));
      await prune(bench, "completed", T0, 100);
      for (let steps = 0; await bench.storage.upkeep.tidy(); steps += 1) expect(steps).toBeLessThan(100);
      expect(await bench.job(job!)).toEqual(job);
    },
  },
];
