import { expect } from "vitest";
import type { Effect } from "../../../src/storage/storage.ts";
import { aJob, T0 } from "../../support/jobs.ts";
import { aWorker, type Behaviour, DONE, insertOf } from "./bench.ts";

const forget = (id: string, lastBeatAt: number): Effect => ({ kind: "forget-worker", id, lastBeatAt });

export const workerBehaviours: readonly Behaviour[] = [
  {
    name: "registers a worker at its first beat, with all that it says of itself",
    run: async (bench) => {
      const worker = aWorker({
        id: "w-ä",
        state: "quiet",
        hostname: "host.example",
        pid: 42,
        queues: ["mail", "default"],
        labels: ["gpu", "eu"],
        concurrency: 8,
        activeJobs: 3,
        lastBeatAt: T0 - 99,
      });
      bench.now = T0 + 10;
      await bench.beat({ worker });
      expect(await bench.storage.workers.silent(T0 + 10, 10)).toEqual([{ ...worker, lastBeatAt: T0 + 10 }]);
      expect(await bench.storage.workers.get("w-ä")).toEqual({ ...worker, lastBeatAt: T0 + 10 });
      for (const other of ["w-a", "W-Ä", "", "w\u0000"]) expect(await bench.storage.workers.get(other)).toBeUndefined();
    },
  },
  {
    name: "refreshes the registration at every beat",
    run: async (bench) => {
      await bench.beat({ worker: aWorker({ pid: 1, labels: ["a"] }) });
      bench.now = T0 + 5_000;
      await bench.beat({ worker: aWorker({ state: "terminate", pid: null, labels: [], activeJobs: 2 }) });
      expect(await bench.storage.workers.silent(T0 + 99_000, 10)).toEqual([
        aWorker({ state: "terminate", activeJobs: 2, lastBeatAt: T0 + 5_000 }),
      ]);
    },
  },
  {
    name: "forgets a worker that says goodbye",
    run: async (bench) => {
      await bench.beat({});
      expect(await bench.storage.workers.get(aWorker().id)).toBeDefined();
      await bench.beat({ leaving: true });
      expect(await bench.storage.workers.get(aWorker().id)).toBeUndefined();
      expect(await bench.storage.workers.silent(T0, 10)).toEqual([]);
      expect(await bench.storage.workers.oldestBeat()).toBeUndefined();
      await bench.beat({ worker: aWorker({ id: "never seen" }), leaving: true });
      expect(await bench.storage.workers.oldestBeat()).toBeUndefined();
    },
  },
  {
    name: "lists the workers silent since a time, oldest first, at most `limit`",
    run: async (bench) => {
      for (const [index, id] of ["c", "a", "b", "d"].entries()) {
        bench.now = T0 + index * 10;
        await bench.beat({ worker: aWorker({ id }) });
      }
      bench.now = T0 + 100;
      await bench.beat({ worker: aWorker({ id: "c" }) });
      const silent = async (cutoff: number, limit: number) =>
        (await bench.storage.workers.silent(cutoff, limit)).map(({ id }) => id);
      expect(await silent(T0 + 9, 10)).toEqual([]);
      expect(await silent(T0 + 20, 10)).toEqual(["a", "b"]);
      expect(await silent(T0 + 100, 10)).toEqual(["a", "b", "d", "c"]);
      expect(await silent(T0 + 100, 2)).toEqual(["a", "b"]);
      expect(await bench.storage.workers.oldestBeat()).toBe(T0 + 10);
    },
  },
  {
    name: "finds a worker by its id, and lists all by id over pages",
    run: async (bench) => {
      for (const id of ["c", "a", "b", "ä", "B"]) await bench.beat({ worker: aWorker({ id, pid: 7 }) });
      const { workers } = bench.storage;
      expect(await workers.get("b")).toEqual(aWorker({ id: "b", pid: 7 }));
      expect(await workers.get("z")).toBeUndefined();
      const first = await workers.list({ limit: 2 });
      expect(first).toMatchObject({ items: [{ id: "B" }, { id: "a" }], total: 5 });
      const rest = await workers.list({ limit: 9, ...(first.next === undefined ? {} : { after: first.next }) });
      expect(rest.items.map(({ id }) => id)).toEqual(["b", "c", "ä"]);
      expect(rest.next).toBeUndefined();
      expect((await workers.list({ limit: 2, offset: 3 })).items.map(({ id }) => id)).toEqual(["c", "ä"]);
      await bench.beat({ worker: aWorker({ id: "a" }), leaving: true });
      expect((await workers.list({ limit: 9 })).total).toBe(4);
    },
  },
  {
    name: "counts workers by state; those that are silent are stale, whatever they said last",
    run: async (bench) => {
      expect(await bench.storage.workers.census(T0)).toEqual({
        total: 0,
        running: 0,
        quiet: 0,
        terminate: 0,
        stale: 0,
      });
      await bench.beat({ worker: aWorker({ id: "old", state: "quiet" }) });
      bench.now = T0 + 10;
      for (const state of ["running", "running", "quiet", "terminate"] as const) {
        await bench.beat({ worker: aWorker({ id: `${state} ${bench.now}`, state }) });
        bench.now += 10;
      }
      const counted = { total: 5, running: 2, quiet: 1, terminate: 1, stale: 1 };
      expect(await bench.storage.workers.census(T0)).toEqual(counted);
      expect((await bench.storage.workers.census(T0 - 1)).quiet).toBe(2);
    },
  },
  {
    name: "knows the oldest beat of all",
    run: async (bench) => {
      expect(await bench.storage.workers.oldestBeat()).toBeUndefined();
      await bench.beat({ worker: aWorker({ id: "a" }) });
      bench.now = T0 + 10;
      await bench.beat({ worker: aWorker({ id: "b" }) });
      expect(await bench.storage.workers.oldestBeat()).toBe(T0);
      await bench.beat({ worker: aWorker({ id: "a" }), leaving: true });
      expect(await bench.storage.workers.oldestBeat()).toBe(T0 + 10);
    },
  },
  {
    name: "forgets a worker that has not beaten since",
    run: async (bench) => {
      await bench.beat({});
      expect(await bench.unit(forget("w1", T0))).toEqual(DONE);
      expect(await bench.storage.workers.oldestBeat()).toBeUndefined();
      await bench.beat({});
      expect(await bench.unit(forget("w1", T0 + 1))).toEqual(DONE);
      expect(await bench.storage.workers.oldestBeat()).toBeUndefined();
    },
  },
  {
    name: "refuses to forget a worker that has beaten since, or is not there",
    run: async (bench) => {
      await bench.beat({});
      bench.now = T0 + 10;
      await bench.beat({});
      const fresh = aJob();
      const refused = { ok: false, reason: "changed", id: "w1" };
      expect(await bench.unit(insertOf(fresh), forget("w1", T0))).toEqual(refused);
      expect(await bench.exists(fresh)).toBe(false);
      expect(await bench.storage.workers.oldestBeat()).toBe(T0 + 10);
      expect(await bench.unit(forget("w2", T0))).toEqual({ ok: false, reason: "missing", id: "w2" });
    },
  },
  {
    name: "forgets a worker once in a unit",
    run: async (bench) => {
      await bench.beat({});
      const twice = [forget("w1", T0), forget("w1", T0)];
      expect(await bench.unit(...twice)).toEqual({ ok: false, reason: "missing", id: "w1" });
      expect(await bench.storage.workers.oldestBeat()).toBe(T0);
    },
  },
  {
    name: "sees a beat of the same group before it forgets",
    run: async (bench) => {
      await bench.beat({});
      bench.now = T0 + 10;
      const { units } = await bench.commit({
        beats: [{ worker: aWorker(), jobs: [], leaving: false }],
        units: [{ effects: [forget("w1", T0)] }],
      });
      expect(units).toEqual([{ ok: false, reason: "changed", id: "w1" }]);
    },
  },
];
