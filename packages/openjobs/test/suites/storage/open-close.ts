import { expect } from "vitest";
import { aJob, T0 } from "../../support/jobs.ts";
import { type Behaviour, insertOf } from "./bench.ts";

export const openCloseBehaviours: readonly Behaviour[] = [
  {
    name: "answers a ping, and says who it is",
    run: async (bench) => {
      await expect(bench.storage.ping()).resolves.toBeUndefined();
      expect(bench.storage.traits.name).toMatch(/^[a-z]+$/);
      expect(["none", "process", "power"]).toContain(bench.storage.traits.durability);
      expect(typeof bench.storage.traits.synchronous).toBe("boolean");
    },
  },
  {
    name: "rejects everything after it was closed, and can be closed again",
    run: async (bench) => {
      const { storage } = bench;
      const job = await bench.inserted(aJob());
      await storage.close();
      await storage.close();
      const group = { now: T0, completions: [], beats: [], units: [{ effects: [insertOf(aJob())] }], claims: [] };
      const calls = [
        () => storage.commit(group),
        () => storage.commit({ ...group, units: [] }),
        () => storage.ping(),
        () => storage.jobs.get([job.id]),
        () => storage.jobs.due(T0, 1),
        () => storage.jobs.nextDue(),
        () => storage.jobs.leasedBy("w1"),
        () => storage.jobs.deadLetters({}, { limit: 1 }),
        () => storage.queues.get("default"),
        () => storage.queues.list({ limit: 1 }),
        () => storage.queues.activity("default", T0),
        () => storage.workers.silent(T0, 1),
        () => storage.workers.oldestBeat(),
      ];
      // A rejection, never an exception: the call itself must give a promise.
      for (const call of calls) await expect(call(), String(call)).rejects.toBeInstanceOf(Error);
    },
  },
  {
    name: "keeps two storages apart",
    run: async (bench) => {
      const other = await bench.open();
      const job = await bench.inserted(aJob());
      expect(await other.storage.jobs.get([job.id])).toEqual([undefined]);
      await other.storage.close();
      await other.dispose?.();
      expect(await bench.job(job)).toEqual(job);
    },
  },
];
