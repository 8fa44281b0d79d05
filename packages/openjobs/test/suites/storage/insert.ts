import { expect } from "vitest";
import { aDeadLetter, aJob, aScheduledJob, jobId, T0 } from "../../support/jobs.ts";
import { type Behaviour, ids, insertOf, removeOf } from "./bench.ts";

export const insertBehaviours: readonly Behaviour[] = [
  {
    name: "stores every field as given, at revision 1, and gives it a seq",
    run: async (bench) => {
      const job = aJob({
        meta: '{"trace_id":"t"}',
        attributes: '{"tags":["a"]}',
        digest: "d1",
        fingerprint: "f".repeat(64),
        timeoutMs: 1_000,
        visibilityMs: 2_000,
        expiresAt: T0 + 60_000,
        priority: -7,
        errors: '[{"code":"x"}]',
        result: "1",
        retryDelayMs: 10,
        returned: 1,
        expiries: 2,
        lease: 3,
        attempt: 4,
        workerId: "w9",
      });
      const stored = await bench.inserted(job);
      expect(stored).toEqual({ ...job, seq: stored.seq, revision: 1 });
      expect(stored.seq).toBeGreaterThan(0);
    },
  },
  {
    name: "stores the fields of a finished job",
    run: async (bench) => {
      const job = aDeadLetter({ expired: true, startedAt: T0 - 5, endedAt: T0 + 7 });
      expect(await bench.inserted(job)).toEqual({ ...job, seq: expect.any(Number), revision: 1 });
    },
  },
  {
    name: "numbers jobs in the order of the effects, units and groups",
    run: async (bench) => {
      const jobs = [5, 3, 9, 1].map((number) => aJob({ id: jobId(number) }));
      const [a, b, c, d] = jobs as [(typeof jobs)[0], (typeof jobs)[0], (typeof jobs)[0], (typeof jobs)[0]];
      await bench.units([insertOf(a), insertOf(b)], [insertOf(c)]);
      await bench.insert(d);
      const seqs = (await bench.jobsOf(jobs)).map((job) => job.seq);
      expect(seqs).toEqual([...seqs].sort((x, y) => x - y));
      expect(new Set(seqs).size).toBe(4);
    },
  },
  {
    name: "refuses an id that is there, and leaves the job as it was",
    run: async (bench) => {
      const job = await bench.inserted(aJob());
      const twin = aJob({ id: job.id, queue: "other", args: "[2]" });
      expect(await bench.unit(insertOf(twin))).toEqual({ ok: false, reason: "exists", id: job.id });
      expect(await bench.job(job)).toEqual(job);
      expect(await bench.storage.queues.get("other")).toBeUndefined();
    },
  },
  {
    name: "refuses one of many units with the same id, each by itself",
    run: async (bench) => {
      const taken = await bench.inserted(aJob());
      const jobs = Array.from({ length: 70 }, () => aJob());
      const twin = aJob({ id: jobs[3]?.id ?? "" });
      const all = [...jobs.slice(0, 60), aJob({ id: taken.id }), twin, ...jobs.slice(60)];
      const outcomes = await bench.units(...all.map((job) => [insertOf(job)]));
      expect(outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.id]))).toEqual([taken.id, twin.id]);
      const stored = await bench.jobsOf(jobs);
      expect(stored.map(({ seq }) => seq)).toEqual(stored.map(({ seq }) => seq).toSorted((a, b) => a - b));
      expect((await bench.storage.queues.get(taken.queue))?.counts.available).toBe(71);
    },
  },
  {
    name: "refuses the id of a finished job",
    run: async (bench) => {
      const job = await bench.inserted(aDeadLetter());
      expect(await bench.unit(insertOf(aJob({ id: job.id })))).toMatchObject({ reason: "exists" });
    },
  },
  {
    name: "takes an id again after its job was removed",
    run: async (bench) => {
      const job = await bench.inserted(aJob());
      await bench.unit(removeOf(job));
      const again = await bench.inserted(aJob({ id: job.id, args: "[2]" }));
      expect(again.args).toBe("[2]");
      expect(again.seq).toBeGreaterThan(job.seq);
      expect(ids(await bench.claim())).toEqual([job.id]);
    },
  },
  {
    name: "creates the queue at the group's time",
    run: async (bench) => {
      bench.now = T0 + 77;
      await bench.insert(aScheduledJob({ queue: "mail" }));
      expect(await bench.queue("mail")).toMatchObject({ name: "mail", createdAt: T0 + 77, pausedAt: null });
      bench.now = T0 + 99;
      await bench.insert(aJob({ queue: "mail" }));
      expect((await bench.queue("mail")).createdAt).toBe(T0 + 77);
    },
  },
  {
    name: "takes a batch of 2,000 jobs as one unit",
    run: async (bench) => {
      const jobs = Array.from({ length: 2_000 }, () => aJob());
      await bench.insert(...jobs);
      expect(ids(await bench.claim({ limit: 3_000 }))).toEqual(ids(jobs));
    },
  },
  {
    name: "takes nothing of a batch when one of its ids is there",
    run: async (bench) => {
      const old = await bench.inserted(aJob());
      const fresh = [aJob(), aJob()];
      const batch = [fresh[0], old, fresh[1]].map((job) => insertOf(job as typeof old));
      expect(await bench.unit(...batch)).toEqual({ ok: false, reason: "exists", id: old.id });
      expect(await bench.storage.jobs.get(ids(fresh))).toEqual([undefined, undefined]);
    },
  },
  {
    name: "takes nothing of a batch that names an id twice",
    run: async (bench) => {
      const [a, b] = [aJob(), aJob()];
      expect(await bench.unit(insertOf(a), insertOf(b), insertOf({ ...a, args: "[2]" }))).toEqual({
        ok: false,
        reason: "exists",
        id: a.id,
      });
      expect(await bench.storage.jobs.get(ids([a, b]))).toEqual([undefined, undefined]);
    },
  },
];
