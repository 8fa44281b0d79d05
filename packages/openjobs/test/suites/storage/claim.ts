import { expect } from "vitest";
import { aDeadLetter, aJob, aScheduledJob, T0 } from "../../support/jobs.ts";
import { type Behaviour, claimOf, ids, pauseOf } from "./bench.ts";

export const claimBehaviours: readonly Behaviour[] = [
  {
    name: "makes an available job active under a new attempt and a new lease",
    run: async (bench) => {
      const job = await bench.inserted(aJob({ attempt: 1, lease: 5, expiries: 1, errors: "[1]", returned: 1 }));
      bench.now = T0 + 1_000;
      const [claimed] = await bench.claim({ workerId: "w7", leaseMs: 30_000, timeoutMs: 600_000 });
      expect(claimed).toEqual({
        ...job,
        state: "active",
        attempt: 2,
        lease: 6,
        revision: job.revision + 1,
        workerId: "w7",
        startedAt: T0 + 1_000,
        leaseMs: 30_000,
        leaseUntil: T0 + 31_000,
        timeoutAt: T0 + 601_000,
        dueAt: T0 + 31_000,
      });
      expect(await bench.job(job)).toEqual(claimed);
    },
  },
  {
    name: "prefers the visibility and the execution timeout that the job brought",
    run: async (bench) => {
      await bench.insert(aJob({ visibilityMs: 90_000, timeoutMs: 4_000 }));
      const [claimed] = await bench.claim();
      expect(claimed).toMatchObject({
        leaseMs: 90_000,
        leaseUntil: T0 + 90_000,
        timeoutAt: T0 + 4_000,
        dueAt: T0 + 4_000,
      });
    },
  },
  {
    name: "claims without a worker's name, and over the name of an earlier worker",
    run: async (bench) => {
      await bench.insert(aJob({ workerId: "w-old" }));
      expect((await bench.claim({ workerId: null }))[0]?.workerId).toBeNull();
    },
  },
  {
    name: "orders by priority, then availableAt, then insertion",
    run: async (bench) => {
      const late = aJob({ availableAt: T0 + 2 });
      const first = aJob({ availableAt: T0 + 1 });
      const second = aJob({ availableAt: T0 + 1 });
      const urgent = aJob({ availableAt: T0 + 9, priority: 100 });
      const idle = aJob({ availableAt: T0 - 9, priority: -100 });
      bench.now = T0 + 10;
      await bench.insert(late, first, second, idle, urgent);
      expect(ids(await bench.claim())).toEqual(ids([urgent, first, second, late, idle]));
    },
  },
  {
    name: "keeps the order of 300 jobs through claims of any size",
    run: async (bench) => {
      const jobs = Array.from({ length: 300 }, (_, index) =>
        aJob({ priority: (index * 7) % 5, availableAt: T0 + ((index * 31) % 11) }),
      );
      const stored = await bench.insert(...jobs);
      const expected = [...stored].sort(
        (a, b) => b.priority - a.priority || a.availableAt - b.availableAt || a.seq - b.seq,
      );
      const claimed: string[] = [];
      for (let limit = 1; claimed.length < 300; limit += 3) claimed.push(...ids(await bench.claim({ limit })));
      expect(claimed).toEqual(ids(expected));
    },
  },
  {
    name: "goes through the queues from left to right, whatever the priorities",
    run: async (bench) => {
      const low = aJob({ queue: "a", priority: -1 });
      const high = aJob({ queue: "b", priority: 50 });
      const more = aJob({ queue: "b" });
      await bench.insert(more, high, low);
      expect(ids(await bench.claim({ queues: ["a", "b"], limit: 2 }))).toEqual(ids([low, high]));
      expect(ids(await bench.claim({ queues: ["a", "b"], limit: 2 }))).toEqual(ids([more]));
    },
  },
  {
    name: "claims from the named queues only, and at most `limit`",
    run: async (bench) => {
      const [a, b] = await bench.insert(aJob(), aJob(), aJob({ queue: "other" }));
      expect(ids(await bench.claim({ queues: ["none", "default"], limit: 1 }))).toEqual([a!.id]);
      expect(ids(await bench.claim({ queues: ["none", "default"], limit: 9 }))).toEqual([b!.id]);
      expect(await bench.claim({ queues: [], limit: 9 })).toEqual([]);
      expect(await bench.claim({ queues: ["other"], limit: 0 })).toEqual([]);
    },
  },
  {
    name: "never hands out a job twice, neither within a group nor later",
    run: async (bench) => {
      const [a, b, c] = await bench.insert(aJob(), aJob(), aJob());
      const { claims } = await bench.commit({
        claims: [
          claimOf({ limit: 2, queues: ["default", "default"] }),
          claimOf({ limit: 2, workerId: "w2" }),
          claimOf({}),
        ],
      });
      expect(claims.map(ids)).toEqual([ids([a!, b!]), [c!.id], []]);
      expect(await bench.claim()).toEqual([]);
      expect((await bench.job(c!)).workerId).toBe("w2");
    },
  },
  {
    name: "claims only available jobs",
    run: async (bench) => {
      await bench.insert(
        aScheduledJob({ availableAt: T0 - 5 }),
        aJob({ state: "pending" }),
        aJob({ state: "retryable", availableAt: T0 - 5 }),
        aJob({ state: "completed" }),
        aJob({ state: "cancelled" }),
        aDeadLetter(),
      );
      expect(await bench.claim()).toEqual([]);
    },
  },
  {
    name: "gives nothing out of a paused queue until it is resumed",
    run: async (bench) => {
      const job = await bench.inserted(aJob());
      await bench.unit(pauseOf("default"));
      const other = await bench.inserted(aJob({ queue: "other" }));
      expect(ids(await bench.claim({ queues: ["default", "other"] }))).toEqual([other.id]);
      await bench.unit(pauseOf("default", false));
      expect(ids(await bench.claim())).toEqual([job.id]);
    },
  },
  {
    name: "never claims a job that has expired, and leaves it to the due sweep",
    run: async (bench) => {
      const expired = await bench.inserted(aJob({ expiresAt: T0 + 5, priority: 9 }));
      const alive = await bench.inserted(aJob({ expiresAt: T0 + 6 }));
      const forever = await bench.inserted(aJob());
      bench.now = T0 + 5;
      expect(ids(await bench.claim())).toEqual(ids([alive, forever]));
      expect(await bench.job(expired)).toEqual(expired);
      expect(ids(await bench.storage.jobs.due(bench.now, 10))).toEqual([expired.id]);
    },
  },
  {
    name: "sets the alarm of a claimed job by its end as well",
    run: async (bench) => {
      await bench.insert(
        aJob({ endBy: T0 + 9_000, dueAt: T0 + 9_000 }),
        aJob({ endBy: T0 + 900_000, dueAt: T0 + 900_000 }),
      );
      const claimed = await bench.claim();
      expect(claimed.map(({ dueAt }) => dueAt)).toEqual([T0 + 9_000, T0 + 30_000]);
      expect(await bench.jobsOf(claimed)).toEqual(claimed);
      expect(await bench.storage.jobs.nextDue()).toBe(T0 + 9_000);
    },
  },
  {
    name: "passes jobs that are too late by any limit, not only by their expiry",
    run: async (bench) => {
      const late = await bench.insert(
        aJob({ startBy: T0 + 5, dueAt: T0 + 5 }),
        aJob({ endBy: T0 + 5, dueAt: T0 + 5, priority: 3 }),
      );
      const alive = await bench.inserted(aJob());
      bench.now = T0 + 5;
      expect(ids(await bench.claim())).toEqual([alive.id]);
      expect(await bench.jobsOf(late)).toEqual(late);
    },
  },
  {
    name: "looks behind expired jobs to fill the limit",
    run: async (bench) => {
      await bench.insert(...Array.from({ length: 50 }, () => aJob({ expiresAt: T0 })));
      const alive = await bench.insert(aJob(), aJob());
      expect(ids(await bench.claim({ limit: 2 }))).toEqual(ids(alive));
    },
  },
  {
    name: "claims a job again after it became available again, under the next lease",
    run: async (bench) => {
      const job = await bench.claimed(aJob());
      await bench.update(job, { state: "available", dueAt: null, attempt: 0 });
      const [again] = await bench.claim({ workerId: "w2" });
      expect(again).toMatchObject({ id: job.id, lease: 2, attempt: 1, workerId: "w2" });
    },
  },
  {
    name: "counts starts and the time that jobs waited",
    run: async (bench) => {
      await bench.insert(
        aJob({ availableAt: T0 + 1_000, enqueuedAt: T0 }),
        aJob({ availableAt: T0, enqueuedAt: T0 + 2_000 }),
        aJob({ availableAt: T0 + 9_000, enqueuedAt: T0 }),
      );
      bench.now = T0 + 5_000;
      await bench.claim();
      // 4 s since it was available, 3 s since it was enqueued, and never less than nothing.
      const activity = await bench.storage.queues.activity("default", T0);
      expect(activity).toEqual({ started: 3, completed: 0, failed: 0, waitMs: 7_000, runMs: 0 });
    },
  },
];
