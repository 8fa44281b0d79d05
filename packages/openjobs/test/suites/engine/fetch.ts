/** Handing out jobs without waiting. */
import { expect } from "vitest";
import type { Storage } from "../../../src/storage/storage.ts";
import { wrapStorage } from "../../support/storage-wrapper.ts";
import type { EngineBehaviour } from "./bench.ts";

export const fetchBehaviours: readonly EngineBehaviour[] = [
  {
    name: "hands out by priority, then in the order of arrival, queue by queue",
    async run(bench) {
      const low = await bench.enqueue({ priority: -1 });
      const first = await bench.enqueue();
      const second = await bench.enqueue();
      const urgent = await bench.enqueue({ priority: 5 });
      const other = await bench.enqueue({ queue: "other", priority: 100 });
      const jobs = await bench.fetch({ queues: ["email", "other"], count: 10 });
      expect(jobs.map(({ id }) => id)).toEqual([urgent, first, second, low, other].map(({ id }) => id));
      expect(jobs[0]).toMatchObject({ state: "active", attempt: 1, lease: 1, workerId: "worker-1" });
    },
  },
  {
    name: "never hands out one job twice, however many fetch at once",
    async run(bench) {
      await Promise.all(Array.from({ length: 30 }, () => bench.enqueue()));
      const fetched = await Promise.all(Array.from({ length: 20 }, () => bench.fetch({ count: 2 })));
      const ids = fetched.flat().map(({ id }) => id);
      expect(new Set(ids).size).toBe(30);
      expect(ids).toHaveLength(30);
    },
  },
  {
    name: "gives a lease of the job's own length, else of the worker's, else of half an hour",
    async run(bench) {
      const now = bench.clock.now();
      const own = await bench.active({ visibilityMs: 5_000 });
      const asked = await bench.active({}, { visibilityMs: 7_000 });
      const standard = await bench.active({}, { visibilityMs: null });
      expect([own, asked, standard].map(({ leaseUntil }) => (leaseUntil ?? 0) - now)).toEqual([
        5_000, 7_000, 1_800_000,
      ]);
    },
  },
  {
    name: "claims nothing for somebody who has gone",
    async run(bench) {
      const job = await bench.enqueue();
      expect(await bench.fetch({ signal: AbortSignal.abort() })).toEqual([]);
      expect(await bench.job(job)).toMatchObject({ state: "available", attempt: 0 });
    },
  },
  {
    name: "gives back what was claimed for somebody who left during the commit",
    async run(bench) {
      const gone = new AbortController();
      const commit: Storage["commit"] = async (group) => {
        const outcome = await bench.storage.commit(group);
        if (group.claims.length > 0) gone.abort();
        return outcome;
      };
      await bench.start({ storage: wrapStorage(bench.storage, { commit }) });
      const job = await bench.enqueue({ maxAttempts: 1 });
      expect(await bench.fetch({ signal: gone.signal })).toEqual([]);
      expect(await bench.job(job)).toMatchObject({ state: "available", attempt: 1, returned: 1 });
      expect(await bench.fetchOne()).toMatchObject({ id: job.id, lease: 2 });
    },
  },
  {
    name: "takes an undelivered job back without an attempt, behind the others",
    async run(bench) {
      const job = await bench.active({ maxAttempts: 1 });
      const other = await bench.enqueue();
      await bench.advance(1);
      await bench.engine.release([job]);
      expect(await bench.job(job)).toMatchObject({ state: "available", attempt: 1, returned: 1, errors: null });
      expect((await bench.fetchOne()).id).toBe(other.id);
      expect(await bench.fetchOne()).toMatchObject({ id: job.id, lease: 2 });
    },
  },
  {
    name: "releases only the lease it is told about",
    async run(bench) {
      const job = await bench.active();
      await bench.nack(job, "x", true);
      const again = await bench.fetchOne();
      await bench.engine.release([job]);
      expect(await bench.job(job)).toMatchObject({ state: "active", lease: again.lease });
      await bench.ack(again);
      await bench.engine.release([again]);
      expect(await bench.stateOf(job)).toBe("completed");
    },
  },
];
