import { expect } from "vitest";
import type { Claim, Unit } from "../../../src/storage/storage.ts";
import { aJob, T0 } from "../../support/jobs.ts";
import { aWorker, type Behaviour, beatOf, claimOf, DONE, ids, insertOf, pauseOf, removeOf, updateOf } from "./bench.ts";

/** A unit that breaks the commit in the middle: stands for a store that fails on the way. */
const POISONED_UNIT: Unit = {
  get effects(): never {
    throw new Error("the store broke down");
  },
};

/** Makes the commit reject that it is in. */
export const POISONED_CLAIM: Claim = {
  ...claimOf({}),
  get queues(): never {
    throw new Error("the store broke down");
  },
};

export const groupBehaviours: readonly Behaviour[] = [
  {
    name: "does nothing for an empty group",
    run: async (bench) => {
      expect(await bench.commit({})).toEqual({ completions: [], beats: [], units: [], claims: [] });
      expect(await bench.unit()).toEqual(DONE);
    },
  },
  {
    name: "applies completions, beats, units and claims in this order",
    run: async (bench) => {
      const done = await bench.claimed(aJob());
      const fresh = aJob();
      const outcome = await bench.commit({
        claims: [claimOf({})],
        units: [{ effects: [insertOf(fresh)] }],
        beats: [beatOf({ jobs: [{ id: done.id }, { id: fresh.id }] })],
        completions: [
          { id: done.id, fence: {}, result: null },
          { id: fresh.id, fence: {}, result: null },
        ],
      });
      expect(outcome.completions.map((job) => job?.id ?? null)).toEqual([done.id, null]);
      expect(outcome.beats[0]?.lost).toEqual([done.id, fresh.id]);
      expect(outcome.claims.map(ids)).toEqual([[fresh.id]]);
    },
  },
  {
    name: "undoes nothing else when a unit is refused",
    run: async (bench) => {
      const old = await bench.inserted(aJob({ state: "pending" }));
      const active = await bench.claimed(aJob());
      const [a, b] = [aJob(), aJob()];
      const outcome = await bench.commit({
        completions: [{ id: active.id, fence: {}, result: "1" }],
        beats: [beatOf({})],
        units: [[insertOf(a)], [insertOf(old)], [insertOf(b)]].map((effects) => ({ effects })),
        claims: [claimOf({})],
      });
      expect(outcome.units).toEqual([DONE, { ok: false, reason: "exists", id: old.id }, DONE]);
      expect(outcome.claims.map(ids)).toEqual([ids([a, b])]);
      expect((await bench.job(active)).state).toBe("completed");
      expect(await bench.storage.workers.oldestBeat()).toBe(T0);
    },
  },
  {
    name: "leaves no trace of a unit whose last guard fails",
    run: async (bench) => {
      const job = await bench.claimed(aJob());
      const doomed = await bench.inserted(aJob({ state: "cancelled" }));
      await bench.beat({});
      const taken = await bench.inserted(aJob({ queue: "other", state: "pending" }));
      const fresh = aJob({ queue: "new" });
      const effects = [
        insertOf(fresh),
        updateOf(job, { state: "completed" }),
        removeOf(doomed),
        pauseOf("default"),
        pauseOf("never-seen"),
        { kind: "forget-worker", id: "w1", lastBeatAt: T0 } as const,
        insertOf(taken),
      ];
      expect(await bench.unit(...effects)).toEqual({ ok: false, reason: "exists", id: taken.id });
      expect(await bench.exists(fresh)).toBe(false);
      expect(await bench.jobsOf([job, doomed])).toEqual([job, doomed]);
      expect((await bench.queue()).pausedAt).toBeNull();
      expect(await bench.storage.queues.get("new")).toBeUndefined();
      expect(await bench.storage.queues.get("never-seen")).toBeUndefined();
      expect(await bench.storage.workers.oldestBeat()).toBe(T0);
      expect(await bench.storage.queues.activity("default", T0)).toMatchObject({ completed: 0 });
    },
  },
  {
    name: "names the first guard that failed, in the order of the effects",
    run: async (bench) => {
      const job = await bench.inserted(aJob());
      const unknown = aJob({ revision: 1 });
      const effects = [insertOf(aJob()), updateOf(unknown, {}), insertOf(job)];
      expect(await bench.unit(...effects)).toEqual({ ok: false, reason: "missing", id: unknown.id });
    },
  },
  {
    name: "shows later units what earlier ones did",
    run: async (bench) => {
      const job = aJob();
      const stored = { ...job, revision: 1 };
      expect(
        await bench.units(
          [insertOf(job)],
          [insertOf({ ...job, args: "[2]" })],
          [updateOf(stored, { priority: 1 })],
          [updateOf(stored, { priority: 2 })],
          [removeOf({ ...stored, revision: 2 })],
          [removeOf({ ...stored, revision: 2 })],
        ),
      ).toEqual([
        DONE,
        { ok: false, reason: "exists", id: job.id },
        DONE,
        { ok: false, reason: "changed", id: job.id },
        DONE,
        { ok: false, reason: "missing", id: job.id },
      ]);
    },
  },
  {
    name: "shows later effects of a unit what earlier ones did",
    run: async (bench) => {
      const job = aJob();
      const stored = { ...job, revision: 1 };
      expect(await bench.unit(insertOf(job), updateOf(stored, { priority: 5 }))).toEqual(DONE);
      expect(await bench.job(job)).toMatchObject({ priority: 5, revision: 2 });
      const before = await bench.job(job);
      const twice = [updateOf(before, { priority: 6 }), updateOf(before, { priority: 7 })];
      expect(await bench.unit(...twice)).toEqual({ ok: false, reason: "changed", id: job.id });
      expect(await bench.job(job)).toEqual(before);
      expect(await bench.unit(removeOf(before), insertOf({ ...job, args: "[3]" }))).toEqual(DONE);
      expect(await bench.job(job)).toMatchObject({ args: "[3]", revision: 1 });
    },
  },
  {
    name: "does nothing of a refused unit for the units after it",
    run: async (bench) => {
      const taken = await bench.inserted(aJob());
      const job = aJob();
      expect(await bench.units([insertOf(job), insertOf(taken)], [insertOf(job)])).toEqual([
        expect.objectContaining({ ok: false }),
        DONE,
      ]);
    },
  },
  {
    name: "does nothing at all when the commit rejects at a unit",
    run: async (bench) => {
      const active = await bench.claimed(aJob());
      const job = await bench.inserted(aJob());
      const fresh = aJob({ queue: "new" });
      const commit = bench.storage.commit({
        now: T0,
        completions: [{ id: active.id, fence: {}, result: "1" }],
        beats: [beatOf({ jobs: [{ id: active.id }] })],
        units: [
          { effects: [insertOf(fresh), pauseOf("default")] },
          { effects: [updateOf(job, { state: "cancelled" })] },
          POISONED_UNIT,
        ],
        claims: [],
      });
      await expect(commit).rejects.toThrow();
      await bench.recount();
      expect(await bench.jobsOf([active, job])).toEqual([active, job]);
      expect(await bench.exists(fresh)).toBe(false);
      expect(await bench.storage.queues.get("new")).toBeUndefined();
      expect((await bench.queue()).pausedAt).toBeNull();
      expect(await bench.storage.workers.oldestBeat()).toBeUndefined();
      expect(await bench.storage.queues.activity("default", T0)).toMatchObject({ started: 1, completed: 0 });
    },
  },
  {
    name: "does nothing at all when the commit rejects at a claim, and works on afterwards",
    run: async (bench) => {
      const jobs = await bench.insert(aJob(), aJob({ expiresAt: T0 + 9_000 }), aJob({ state: "pending" }));
      await bench.beat({});
      const commit = bench.storage.commit({
        now: T0 + 1,
        completions: [],
        beats: [beatOf({})],
        units: [{ effects: [removeOf(jobs[2]!)] }],
        claims: [claimOf({ limit: 1 }), POISONED_CLAIM],
      });
      await expect(commit).rejects.toThrow();
      await bench.recount();
      expect(await bench.jobsOf(jobs)).toEqual(jobs);
      expect(ids(await bench.storage.jobs.due(T0 + 9_000, 10))).toEqual([jobs[1]!.id]);
      expect(await bench.storage.jobs.leasedBy("w1")).toEqual([]);
      expect(await bench.storage.workers.oldestBeat()).toBe(T0);
      expect(ids(await bench.claim())).toEqual(ids([jobs[0]!, jobs[1]!]));
      expect(ids(await bench.storage.jobs.due(T0 + 30_000, 10)).sort()).toEqual(ids([jobs[0]!, jobs[1]!]).sort());
    },
  },
  {
    name: "applies commits in the order of the calls, without waiting in between",
    run: async (bench) => {
      const job = aJob();
      const group = { now: T0, completions: [], beats: [], units: [], claims: [] };
      const [, claim, done] = await Promise.all([
        bench.storage.commit({ ...group, units: [{ effects: [insertOf(job)] }] }),
        bench.storage.commit({ ...group, claims: [claimOf({})] }),
        bench.storage.commit({ ...group, completions: [{ id: job.id, fence: { lease: 1 }, result: "1" }] }),
      ]);
      expect(claim.claims.map(ids)).toEqual([[job.id]]);
      expect(done.completions[0]?.id).toBe(job.id);
      expect((await bench.job(job)).state).toBe("completed");
    },
  },
  {
    name: "has done everything before it returns its promise, if it says that it is synchronous",
    run: async (bench) => {
      if (!bench.storage.traits.synchronous) return;
      const job = aJob();
      let read = 0;
      const effects = [insertOf(job)];
      const units = [
        {
          get effects() {
            read += 1;
            return effects;
          },
        },
      ];
      const commit = bench.storage.commit({ now: T0, completions: [], beats: [], units, claims: [] });
      expect(read).toBeGreaterThan(0);
      await commit;
      expect(await bench.exists(job)).toBe(true);
    },
  },
  {
    name: "keeps a copy of what it was given",
    run: async (bench) => {
      const job = { ...aJob() };
      const worker = { ...aWorker(), queues: ["default"] };
      await bench.insert(job);
      await bench.beat({ worker });
      Object.assign(job, { args: "[666]", state: "completed" });
      worker.queues.push("stolen");
      expect(await bench.job(job)).toMatchObject({ args: '["a@example.com"]', state: "available" });
      expect((await bench.storage.workers.silent(T0, 1))[0]?.queues).toEqual(["default"]);
    },
  },
  {
    name: "gives out nothing through which the store could be changed",
    run: async (bench) => {
      await bench.insert(aJob({ expiresAt: T0 + 9_000 }));
      await bench.beat({});
      const read = async () => [
        ...(await bench.claim()),
        ...(await bench.storage.jobs.due(T0 + 99_000, 1)),
        ...(await bench.storage.jobs.leasedBy("w1")),
        ...(await bench.storage.workers.silent(T0, 1)),
        (await bench.storage.workers.silent(T0, 1))[0]?.queues,
        (await bench.queue()).counts,
        await bench.queue(),
      ];
      const seen = await read();
      for (const record of seen) tamper(record);
      const after = await read();
      expect(after.map((record) => JSON.stringify(record))).not.toContainEqual(expect.stringContaining("666"));
      await bench.recount();
    },
  },
];

function tamper(record: object | undefined): void {
  for (const key of Object.keys(record ?? {})) {
    // Frozen records refuse, copies do not mind.
    Reflect.set(record ?? {}, key, 666);
  }
}
