import { expect } from "vitest";
import { JOB_STATES } from "../../../src/core/job.ts";
import { aDeadLetter, aJob, aScheduledJob, T0 } from "../../support/jobs.ts";
import { type Behaviour, DONE, ids, insertOf, removeOf, updateOf } from "./bench.ts";

const MINUTE = 60_000;

export const updateBehaviours: readonly Behaviour[] = [
  {
    name: "changes the fields that are named and nothing else",
    run: async (bench) => {
      const job = await bench.inserted(aJob({ errors: "[1]", retryDelayMs: 5 }));
      expect(await bench.update(job, { priority: 9, errors: null, retryDelayMs: 0 })).toEqual(DONE);
      expect(await bench.job(job)).toEqual({
        ...job,
        priority: 9,
        errors: null,
        retryDelayMs: 0,
        revision: job.revision + 1,
      });
    },
  },
  {
    name: "can change every field of a job's progress at once",
    run: async (bench) => {
      const job = await bench.inserted(aJob());
      const change = {
        state: "discarded",
        priority: -3,
        availableAt: T0 + 1,
        dueAt: T0 + 2,
        enqueuedAt: T0 + 3,
        startedAt: T0 + 4,
        endedAt: T0 + 5,
        attempt: 6,
        returned: 7,
        expiries: 8,
        lease: 9,
        workerId: "w2",
        leaseMs: 10,
        leaseUntil: T0 + 11,
        timeoutAt: T0 + 12,
        errors: "[13]",
        result: "14",
        retryDelayMs: 15,
        deadLetter: true,
        expired: true,
      } as const;
      await bench.update(job, change);
      expect(await bench.job(job)).toEqual({ ...job, ...change, revision: job.revision + 1 });
    },
  },
  {
    name: "changes many jobs of a group in the same way, and refuses those that have changed or are gone",
    run: async (bench) => {
      const jobs = await bench.insert(...Array.from({ length: 5 }, () => aJob()));
      const [moved, gone] = jobs;
      await bench.update(moved!, { priority: 1 });
      await bench.unit(removeOf(gone!));
      const change = (index: number) =>
        ({
          state: "discarded",
          endedAt: T0 + index,
          workerId: index === 2 ? null : `w "${index}" é\u{1F600}`,
          errors: JSON.stringify(["\u0000", "\ud800", 1.5, index]),
          retryDelayMs: 0.5,
          deadLetter: index % 2 === 0,
          result: "9007199254740993",
        }) as const;
      expect(await bench.units(...jobs.map((job, index) => [updateOf(job, change(index), true)]))).toEqual([
        { ok: false, reason: "changed", id: moved!.id },
        { ok: false, reason: "missing", id: gone!.id },
        DONE,
        DONE,
        DONE,
      ]);
      const after = jobs.map((job, index) => ({ ...job, ...change(index), revision: job.revision + 1 }));
      expect(await bench.jobsOf(jobs.slice(2))).toEqual(after.slice(2));
      expect(await bench.storage.queues.activity("default", T0)).toMatchObject({ failed: 3 });
    },
  },
  {
    name: "counts a revision even for an empty change",
    run: async (bench) => {
      const job = await bench.inserted(aJob());
      await bench.update(job, {});
      expect(await bench.job(job)).toEqual({ ...job, revision: job.revision + 1 });
    },
  },
  {
    name: "refuses a job that has changed since, and leaves it",
    run: async (bench) => {
      const job = await bench.inserted(aJob());
      await bench.update(job, { priority: 1 });
      expect(await bench.update(job, { priority: 2 })).toEqual({ ok: false, reason: "changed", id: job.id });
      expect((await bench.job(job)).priority).toBe(1);
    },
  },
  {
    name: "refuses a job that was claimed since",
    run: async (bench) => {
      const job = await bench.inserted(aJob());
      await bench.claim();
      expect(await bench.update(job, { state: "cancelled" })).toMatchObject({ reason: "changed" });
      expect((await bench.job(job)).state).toBe("active");
    },
  },
  {
    name: "refuses a revision from the future",
    run: async (bench) => {
      const job = await bench.inserted(aJob());
      const ahead = { ...job, revision: job.revision + 1 };
      expect(await bench.update(ahead, { priority: 2 })).toMatchObject({ reason: "changed" });
    },
  },
  {
    name: "refuses a job that is not there",
    run: async (bench) => {
      const job = aJob({ revision: 1 });
      expect(await bench.update(job, { priority: 2 })).toEqual({ ok: false, reason: "missing", id: job.id });
      expect(await bench.exists(job)).toBe(false);
    },
  },
  {
    name: "counts a job in whatever state it goes through",
    run: async (bench) => {
      const job = await bench.inserted(aScheduledJob());
      for (const state of JOB_STATES) {
        // The bench recounts after every commit.
        await bench.update(await bench.job(job), { state });
        expect((await bench.queue()).counts[state]).toBe(1);
      }
    },
  },
  {
    name: "counts a failed attempt when told so, once",
    run: async (bench) => {
      const job = await bench.claimed(aJob());
      await bench.update(job, { state: "retryable", dueAt: T0 + 5_000 }, true);
      await bench.update(await bench.job(job), { state: "available", dueAt: null }, false);
      await bench.update(await bench.job(job), { priority: 1 });
      expect(await bench.storage.queues.activity("default", T0)).toMatchObject({ failed: 1, completed: 0 });
    },
  },
  {
    name: "counts no failure of a unit that was refused",
    run: async (bench) => {
      const job = await bench.claimed(aJob());
      const other = await bench.inserted(aJob({ queue: "other" }));
      await bench.unit(updateOf(job, { state: "retryable" }, true), insertOf(other));
      expect(await bench.storage.queues.activity("default", T0)).toMatchObject({ failed: 0 });
    },
  },
  {
    name: "counts a completion that the engine decided, with its running time",
    run: async (bench) => {
      const job = await bench.claimed(aJob());
      bench.now = T0 + 2_500;
      await bench.update(job, { state: "completed", endedAt: bench.now, dueAt: null });
      expect(await bench.storage.queues.activity("default", T0)).toMatchObject({ completed: 1, runMs: 2_500 });
    },
  },
  {
    name: "moves a job to where its new priority and time belong",
    run: async (bench) => {
      const [a, b, c] = await bench.insert(aJob(), aJob(), aJob());
      await bench.update(a!, { availableAt: T0 + 10 });
      await bench.update(c!, { priority: 1 });
      expect(ids(await bench.claim())).toEqual(ids([c!, b!, a!]));
    },
  },
  {
    name: "does not claim a job that is no longer available, and claims one that became available",
    run: async (bench) => {
      const gone = await bench.inserted(aJob());
      const promoted = await bench.inserted(aScheduledJob());
      await bench.update(gone, { state: "cancelled", endedAt: T0 });
      expect(await bench.claim()).toEqual([]);
      await bench.update(promoted, { state: "available", dueAt: null });
      expect(ids(await bench.claim())).toEqual([promoted.id]);
    },
  },
  {
    name: "removes a job from everywhere",
    run: async (bench) => {
      const jobs = await bench.insert(aJob({ expiresAt: T0 + MINUTE }), aScheduledJob({ dueAt: T0 }), aDeadLetter());
      const active = await bench.claimed(aJob({ queue: "q2" }));
      expect(await bench.unit(...jobs.map(removeOf), removeOf(active))).toEqual(DONE);
      expect(await bench.storage.jobs.get(ids([...jobs, active]))).toEqual(Array(4).fill(undefined));
      expect(await bench.claim()).toEqual([]);
      expect(await bench.storage.jobs.due(T0 + 10 * MINUTE, 10)).toEqual([]);
      expect(await bench.storage.jobs.leasedBy("w1")).toEqual([]);
      expect(await bench.storage.jobs.deadLetters({}, { limit: 10 })).toEqual({ items: [], total: 0 });
      expect(await bench.queue("q2")).toMatchObject({ name: "q2", deadLetters: 0 });
    },
  },
  {
    name: "refuses to remove a job that changed or is gone",
    run: async (bench) => {
      const job = await bench.inserted(aJob());
      await bench.update(job, { priority: 1 });
      expect(await bench.unit(removeOf(job))).toEqual({ ok: false, reason: "changed", id: job.id });
      expect(await bench.unit(removeOf(await bench.job(job)))).toEqual(DONE);
      expect(await bench.unit(removeOf(job))).toEqual({ ok: false, reason: "missing", id: job.id });
    },
  },
];
