import { expect } from "vitest";
import type { Fence } from "../../../src/core/fence.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { aJob, T0 } from "../../support/jobs.ts";
import { type Behaviour, updateOf } from "./bench.ts";

type FenceCase = readonly [says: string, workerId: string | null, fence: Fence];

/** The job is under lease 2, in its first attempt after an operator's retry. */
const HOLDING: readonly FenceCase[] = [
  ["nothing", "w1", {}],
  ["the lease", "w1", { lease: 2 }],
  ["the lease, whatever the rest says", "w1", { lease: 2, workerId: "w2", attempt: 9 }],
  ["the worker", "w1", { workerId: "w1" }],
  ["the worker, whatever the attempt says", "w1", { workerId: "w1", attempt: 9 }],
  ["the attempt", "w1", { attempt: 1 }],
  ["a worker when the claim named none", null, { workerId: "w2" }],
  ["the attempt and a worker when the claim named none", null, { workerId: "w2", attempt: 1 }],
];

const BROKEN: readonly FenceCase[] = [
  ["another lease", "w1", { lease: 1 }],
  ["another lease of the same worker and attempt", "w1", { lease: 1, workerId: "w1", attempt: 1 }],
  ["another worker", "w1", { workerId: "w2" }],
  ["another worker in the same attempt", "w1", { workerId: "w2", attempt: 1 }],
  ["another attempt", "w1", { attempt: 2 }],
  ["another attempt and a worker when the claim named none", null, { workerId: "w1", attempt: 2 }],
];

const reclaimed = (workerId: string | null): [JobRecord, { workerId: string | null }] => [
  aJob({ lease: 1, attempt: 0 }),
  { workerId },
];

export const completeBehaviours: readonly Behaviour[] = [
  {
    name: "completes an active job and keeps who ran it",
    run: async (bench) => {
      const job = await bench.claimed(aJob({ expiries: 1, errors: "[1]" }));
      bench.now = T0 + 1_500;
      const done = await bench.complete(job, { lease: job.lease }, '{"ok":1}');
      expect(done).toMatchObject({
        id: job.id,
        type: job.type,
        queue: job.queue,
        attempt: job.attempt,
        lease: job.lease,
        workerId: "w1",
        startedAt: T0,
      });
      expect(await bench.job(job)).toEqual({
        ...job,
        state: "completed",
        endedAt: T0 + 1_500,
        result: '{"ok":1}',
        expiries: 0,
        dueAt: null,
        leaseMs: null,
        leaseUntil: null,
        timeoutAt: null,
        revision: job.revision + 1,
      });
    },
  },
  {
    name: "stores no result when there is none",
    run: async (bench) => {
      const job = await bench.claimed(aJob());
      await bench.complete(job, {}, null);
      expect(await bench.job(job)).toMatchObject({ state: "completed", result: null });
    },
  },
  ...HOLDING.map(
    ([says, workerId, fence]): Behaviour => ({
      name: `accepts a fence with ${says}`,
      run: async (bench) => {
        const job = await bench.claimed(...reclaimed(workerId));
        expect(await bench.complete(job, fence)).toMatchObject({ id: job.id, lease: 2 });
        expect((await bench.job(job)).state).toBe("completed");
      },
    }),
  ),
  ...BROKEN.map(
    ([says, workerId, fence]): Behaviour => ({
      name: `leaves a job untouched when the fence has ${says}`,
      run: async (bench) => {
        const job = await bench.claimed(...reclaimed(workerId));
        expect(await bench.complete(job, fence)).toBeNull();
        expect(await bench.job(job)).toEqual(job);
      },
    }),
  ),
  {
    name: "leaves jobs untouched that are not active or not there",
    run: async (bench) => {
      const states = ["available", "scheduled", "pending", "retryable", "completed", "cancelled", "discarded"] as const;
      const jobs = await bench.insert(...states.map((state) => aJob({ state, lease: 1, attempt: 1 })));
      for (const job of jobs) {
        expect(await bench.complete(job, { lease: 1 })).toBeNull();
        expect(await bench.job(job)).toEqual(job);
      }
      expect(await bench.complete(aJob(), {})).toBeNull();
    },
  },
  {
    name: "completes a job once",
    run: async (bench) => {
      const job = await bench.claimed(aJob());
      const completion = (result: string) => ({ id: job.id, fence: { lease: job.lease }, result });
      const { completions } = await bench.commit({ completions: [completion("1"), completion("2")] });
      expect(completions).toEqual([expect.objectContaining({ id: job.id }), null]);
      expect(await bench.complete(job, { lease: job.lease }, "3")).toBeNull();
      expect((await bench.job(job)).result).toBe("1");
    },
  },
  {
    name: "does not complete for a worker whose lease was taken over",
    run: async (bench) => {
      const old = await bench.claimed(aJob());
      await bench.update(old, { state: "available", dueAt: null });
      const [current] = await bench.claim({ workerId: "w2" });
      expect(await bench.complete(old, { lease: old.lease }, "1")).toBeNull();
      expect(await bench.complete(old, { lease: current!.lease }, "2")).toMatchObject({ workerId: "w2" });
      expect((await bench.job(old)).result).toBe("2");
    },
  },
  {
    name: "answers each of many completions by its index",
    run: async (bench) => {
      const jobs = await bench.insert(...Array.from({ length: 40 }, () => aJob()));
      await bench.claim({ limit: 40 });
      const fence = (index: number): Fence => ({ lease: index % 3 === 0 ? 9 : 1 });
      const { completions } = await bench.commit({
        completions: jobs.map(({ id }, index) => ({ id, fence: fence(index), result: `${index}` })).reverse(),
      });
      const expected = jobs.map(({ id }, index) => (index % 3 === 0 ? null : id)).reverse();
      expect(completions.map((done) => done?.id ?? null)).toEqual(expected);
      const stored = await bench.jobsOf(jobs);
      expect(stored.map((job) => job.result)).toEqual(jobs.map((_, index) => (index % 3 === 0 ? null : `${index}`)));
    },
  },
  {
    name: "counts completions and running time",
    run: async (bench) => {
      const a = await bench.claimed(aJob());
      const b = await bench.claimed(aJob());
      bench.now = T0 + 300;
      await bench.complete(a, {});
      await bench.complete(b, { lease: 9 });
      bench.now = T0 + 700;
      await bench.complete(b, {});
      await bench.complete(b, {});
      const activity = await bench.storage.queues.activity("default", T0);
      expect(activity).toMatchObject({ started: 2, completed: 2, failed: 0, runMs: 1_000 });
    },
  },
  {
    name: "makes updates stale that were decided before the completion",
    run: async (bench) => {
      const job = await bench.claimed(aJob());
      const { completions, units } = await bench.commit({
        completions: [{ id: job.id, fence: {}, result: null }],
        units: [{ effects: [updateOf(job, { state: "cancelled" })] }],
      });
      expect(completions[0]).toMatchObject({ id: job.id });
      expect(units[0]).toMatchObject({ ok: false, reason: "changed" });
      expect((await bench.job(job)).state).toBe("completed");
    },
  },
];
