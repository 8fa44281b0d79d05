import { expect } from "vitest";
import { aJob, aScheduledJob, T0 } from "../../support/jobs.ts";
import { type Behaviour, ids } from "./bench.ts";

export const dueBehaviours: readonly Behaviour[] = [
  {
    name: "has nothing due when nothing ever will be",
    run: async (bench) => {
      await bench.insert(aJob(), aJob({ state: "pending" }));
      expect(await bench.storage.jobs.due(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
      expect(await bench.storage.jobs.nextDue()).toBeUndefined();
    },
  },
  {
    name: "gives the jobs due at or before a time, soonest first, at most `limit`",
    run: async (bench) => {
      const at = (ms: number) => aScheduledJob({ availableAt: T0 + ms });
      const [c, a, d, b] = await bench.insert(at(30), at(10), at(40), at(20));
      expect(ids(await bench.storage.jobs.due(T0 + 30, 10))).toEqual(ids([a!, b!, c!]));
      expect(ids(await bench.storage.jobs.due(T0 + 30, 2))).toEqual(ids([a!, b!]));
      expect(ids(await bench.storage.jobs.due(T0 + 40, 10))).toEqual(ids([a!, b!, c!, d!]));
      expect(await bench.storage.jobs.due(T0 + 9, 10)).toEqual([]);
      expect(await bench.storage.jobs.due(T0 + 40, 0)).toEqual([]);
      expect(await bench.storage.jobs.nextDue()).toBe(T0 + 10);
    },
  },
  {
    name: "changes nothing by asking",
    run: async (bench) => {
      const [job] = await bench.insert(aScheduledJob({ availableAt: T0 }));
      for (let asked = 0; asked < 3; asked += 1) {
        expect(await bench.storage.jobs.due(T0, 10)).toEqual([job]);
        expect(await bench.storage.jobs.nextDue()).toBe(T0);
      }
    },
  },
  {
    name: "follows dueAt through the job's life",
    run: async (bench) => {
      const job = await bench.inserted(aScheduledJob({ availableAt: T0 + 5_000 }));
      const next = () => bench.storage.jobs.nextDue();
      expect(await next()).toBe(T0 + 5_000);
      await bench.update(job, { state: "available", dueAt: T0 + 9_000 });
      expect(await next()).toBe(T0 + 9_000);
      await bench.claim({ leaseMs: 3_000 });
      expect(await next()).toBe(T0 + 3_000);
      bench.now = T0 + 1_000;
      await bench.beat({ jobs: [{ id: job.id }] });
      expect(await next()).toBe(T0 + 4_000);
      expect(await bench.storage.jobs.due(T0 + 3_999, 10)).toEqual([]);
      expect(ids(await bench.storage.jobs.due(T0 + 4_000, 10))).toEqual([job.id]);
      await bench.complete(job, {});
      expect(await next()).toBeUndefined();
      expect(await bench.storage.jobs.due(T0 + 99_000, 10)).toEqual([]);
    },
  },
  {
    name: "keeps the order right through hundreds of changes",
    run: async (bench) => {
      const jobs = Array.from({ length: 200 }, (_, index) => aScheduledJob({ availableAt: T0 + index }));
      await bench.insert(...jobs);
      for (let round = 0; round < 5; round += 1) {
        const stored = await bench.jobsOf(jobs);
        const dueAt = (index: number) => ((index * 37 + round * 11) % 7 === 0 ? null : T0 + ((index * 53) % 199));
        const effects = stored.map((before, index) => ({
          kind: "update" as const,
          before,
          change: { dueAt: dueAt(index + round) },
        }));
        await bench.unit(...effects);
        const expected = (await bench.jobsOf(jobs))
          .map((job) => job.dueAt)
          .filter((at) => at !== null)
          .sort((a, b) => a - b);
        const due = await bench.storage.jobs.due(T0 + 1_000, 500);
        expect(due.map((job) => job.dueAt)).toEqual(expected);
        expect(new Set(ids(due)).size).toBe(expected.length);
      }
    },
  },
  {
    name: "reads jobs by id in the order asked for, with gaps",
    run: async (bench) => {
      const [a, b] = await bench.insert(aJob(), aJob());
      const unknown = aJob();
      const read = await bench.storage.jobs.get([b!.id, unknown.id, a!.id, b!.id]);
      expect(read).toEqual([b, undefined, a, b]);
      expect(await bench.storage.jobs.get([])).toEqual([]);
    },
  },
  {
    name: "reads a thousand jobs by id",
    run: async (bench) => {
      const jobs = Array.from({ length: 1_000 }, () => aJob());
      await bench.insert(...jobs);
      const order = ids(jobs).reverse();
      expect((await bench.storage.jobs.get(order)).map((job) => job?.id)).toEqual(order);
    },
  },
  {
    name: "knows which active jobs a worker holds",
    run: async (bench) => {
      const [a, b, c, d] = await bench.insert(aJob(), aJob(), aJob(), aJob());
      await bench.claim({ limit: 2 });
      await bench.claim({ limit: 1, workerId: "w2" });
      await bench.claim({ limit: 1, workerId: null });
      const held = async (worker: string) => new Set(ids(await bench.storage.jobs.leasedBy(worker)));
      expect(await held("w1")).toEqual(new Set(ids([a!, b!])));
      expect(await held("w2")).toEqual(new Set([c!.id]));
      expect(await held("nobody")).toEqual(new Set());
      await bench.complete(a!, {});
      await bench.update(await bench.job(b!), { state: "available", dueAt: null });
      expect(await held("w1")).toEqual(new Set());
      expect(await bench.storage.jobs.leasedBy("w2")).toEqual([await bench.job(c!)]);
      expect((await bench.job(d!)).workerId).toBeNull();
    },
  },
];
