import { expect } from "vitest";
import { aJob, T0 } from "../../support/jobs.ts";
import { aWorker, type Behaviour, ids } from "./bench.ts";

export const beatBehaviours: readonly Behaviour[] = [
  {
    name: "extends the lease of a listed job by its own length",
    run: async (bench) => {
      const job = await bench.claimed(aJob());
      bench.now = T0 + 20_000;
      const { extended, lost, cancelled } = await bench.beat({ jobs: [{ id: job.id }] });
      expect(extended).toEqual([{ ...job, leaseUntil: T0 + 50_000, dueAt: T0 + 50_000, revision: job.revision + 1 }]);
      expect(await bench.job(job)).toEqual(extended[0]);
      expect({ lost, cancelled }).toEqual({ lost: [], cancelled: [] });
    },
  },
  {
    name: "extends by the length that the worker asks for, and keeps that length",
    run: async (bench) => {
      const job = await bench.claimed(aJob());
      await bench.beat({ jobs: [{ id: job.id }], visibilityMs: 60_000 });
      expect(await bench.job(job)).toMatchObject({ leaseMs: 60_000, leaseUntil: T0 + 60_000 });
      bench.now = T0 + 1_000;
      await bench.beat({ jobs: [{ id: job.id }] });
      expect(await bench.job(job)).toMatchObject({ leaseMs: 60_000, leaseUntil: T0 + 61_000 });
    },
  },
  {
    name: "can shorten a lease",
    run: async (bench) => {
      const job = await bench.claimed(aJob());
      await bench.beat({ jobs: [{ id: job.id }], visibilityMs: 1_000 });
      expect(await bench.job(job)).toMatchObject({ leaseUntil: T0 + 1_000, dueAt: T0 + 1_000 });
    },
  },
  {
    name: "does not move the execution timeout",
    run: async (bench) => {
      const job = await bench.claimed(aJob({ timeoutMs: 40_000 }));
      bench.now = T0 + 25_000;
      const { extended } = await bench.beat({ jobs: [{ id: job.id }] });
      expect(extended[0]).toMatchObject({
        leaseUntil: T0 + 55_000,
        timeoutAt: T0 + 40_000,
        dueAt: T0 + 40_000,
      });
      expect(await bench.storage.jobs.nextDue()).toBe(T0 + 40_000);
    },
  },
  {
    name: "expects the next beat of a job that names a heartbeat timeout, and of no other",
    run: async (bench) => {
      const job = await bench.claimed(aJob({ heartbeatMs: 4_000, endBy: T0 + 90_000 }));
      const plain = await bench.claimed(aJob());
      bench.now = T0 + 2_000;
      const { extended } = await bench.beat({ jobs: [{ id: job.id }, { id: plain.id }] });
      expect(extended[0]).toMatchObject({ stallAt: T0 + 6_000, dueAt: T0 + 6_000, leaseUntil: T0 + 32_000 });
      expect(extended[1]).toMatchObject({ stallAt: null, dueAt: T0 + 32_000 });
      expect(await bench.jobsOf([job, plain])).toEqual(extended);
      expect(ids(await bench.storage.jobs.due(T0 + 6_000, 10))).toEqual([job.id]);
      await bench.complete(job, {});
      expect((await bench.job(job)).stallAt).toBeNull();
    },
  },
  {
    name: "extends only the jobs that are listed, in the order of the list",
    run: async (bench) => {
      const [a, b, c] = await bench.insert(aJob(), aJob(), aJob());
      await bench.claim();
      bench.now = T0 + 10;
      const { extended } = await bench.beat({ jobs: [{ id: c!.id }, { id: a!.id }] });
      expect(ids(extended)).toEqual(ids([c!, a!]));
      expect((await bench.job(b!)).leaseUntil).toBe(T0 + 30_000);
    },
  },
  {
    name: "extends under the right lease only",
    run: async (bench) => {
      const job = await bench.claimed(aJob({ lease: 4 }));
      expect((await bench.beat({ jobs: [{ id: job.id, lease: 5 }] })).lost).toEqual([]);
      const before = await bench.job(job);
      const outcome = await bench.beat({ jobs: [{ id: job.id, lease: 4 }] });
      expect(outcome).toEqual({ extended: [], lost: [job.id], cancelled: [] });
      expect(await bench.job(job)).toEqual(before);
    },
  },
  {
    name: "does not extend the jobs of another worker, whatever the lease says",
    run: async (bench) => {
      const job = await bench.claimed(aJob(), { workerId: "w2" });
      const outcome = await bench.beat({ jobs: [{ id: job.id, lease: job.lease }] });
      expect(outcome).toEqual({ extended: [], lost: [job.id], cancelled: [] });
      expect(await bench.job(job)).toEqual(job);
    },
  },
  {
    name: "extends jobs that were claimed without a worker's name, and leaves them without",
    run: async (bench) => {
      const job = await bench.claimed(aJob(), { workerId: null });
      const { extended } = await bench.beat({ jobs: [{ id: job.id }], visibilityMs: 90_000 });
      expect(extended[0]).toMatchObject({ id: job.id, workerId: null, leaseUntil: T0 + 90_000 });
    },
  },
  {
    name: "tells which jobs are lost, and which of them were cancelled",
    run: async (bench) => {
      const [kept, done, back, cancelled] = await bench.insert(aJob(), aJob(), aJob(), aJob());
      const [, , backClaimed, cancelledClaimed] = await bench.claim();
      await bench.complete(done!, {});
      await bench.update(backClaimed!, { state: "available", dueAt: null });
      await bench.update(cancelledClaimed!, { state: "cancelled", dueAt: null, endedAt: T0 });
      const unknown = aJob();
      const listed = [unknown, done!, cancelled!, kept!, back!];
      const outcome = await bench.beat({ jobs: listed.map(({ id }) => ({ id })) });
      expect(ids(outcome.extended)).toEqual([kept!.id]);
      expect(outcome.lost).toEqual(ids([unknown, done!, cancelled!, back!]));
      expect(outcome.cancelled).toEqual([cancelled!.id]);
    },
  },
  {
    name: "does not tell a worker of the cancellation of somebody else's job",
    run: async (bench) => {
      const mine = await bench.inserted(aJob({ state: "cancelled", workerId: "w1" }));
      const other = await bench.inserted(aJob({ state: "cancelled", workerId: "w2" }));
      const unclaimed = await bench.inserted(aJob({ state: "cancelled" }));
      const listed = [other, mine, unclaimed];
      const outcome = await bench.beat({ jobs: listed.map(({ id }) => ({ id })) });
      expect(outcome).toEqual({ extended: [], lost: ids(listed), cancelled: ids([mine, unclaimed]) });
    },
  },
  {
    name: "makes updates stale that were decided before the beat",
    run: async (bench) => {
      const job = await bench.claimed(aJob());
      await bench.beat({ jobs: [{ id: job.id }] });
      expect(await bench.update(job, { state: "available" })).toMatchObject({ reason: "changed" });
    },
  },
  {
    name: "keeps two workers in one group apart",
    run: async (bench) => {
      const a = await bench.claimed(aJob());
      const b = await bench.claimed(aJob(), { workerId: "w2" });
      const jobs = [a, b].map(({ id }) => ({ id }));
      const { beats } = await bench.commit({
        beats: [
          { worker: aWorker(), jobs, leaving: false },
          { worker: aWorker({ id: "w2" }), jobs, leaving: false },
        ],
      });
      expect(beats.map(({ extended }) => ids(extended))).toEqual([[a.id], [b.id]]);
      expect(beats.map(({ lost }) => lost)).toEqual([[b.id], [a.id]]);
    },
  },
  {
    name: "extends the listed jobs of a worker that says goodbye as well",
    run: async (bench) => {
      const job = await bench.claimed(aJob());
      const { extended } = await bench.beat({ jobs: [{ id: job.id }], leaving: true, visibilityMs: 45_000 });
      expect(extended[0]).toMatchObject({ id: job.id, leaseUntil: T0 + 45_000 });
    },
  },
];
