/** Engines that end, storages that fail, and what is left then. */
import { expect } from "vitest";
import { sampleRequest } from "../../core/sample-job.ts";
import { jobId } from "../../support/jobs.ts";
import { wrapStorage } from "../../support/storage-wrapper.ts";
import type { EngineBehaviour } from "./bench.ts";

export const recoveryBehaviours: readonly EngineBehaviour[] = [
  {
    name: "carries on where another engine stopped",
    async run(bench) {
      const waiting = await bench.enqueue({ queue: "other" });
      const running = await bench.active({ visibilityMs: 5_000 });
      const scheduled = await bench.enqueue({ scheduledAt: bench.clock.now() + 10_000 });
      await bench.engine.close();
      bench.clock.jump(20_000);
      await bench.start();
      // Nobody asks: the new engine looks by itself.
      expect(bench.eventsOf(running.id)).toEqual(["job.failed", "job.enqueued"]);
      expect(bench.eventsOf(scheduled.id)).toEqual(["job.enqueued"]);
      expect(await bench.stateOf(waiting)).toBe("available");
      await expect(bench.ack(running)).rejects.toMatchObject({ code: "conflict" });
    },
  },
  {
    name: "takes jobs of workers that died while no engine was there",
    async run(bench) {
      const job = await bench.active({ visibilityMs: 600_000 });
      await bench.beat([job]);
      await bench.engine.close();
      bench.clock.jump(60_000);
      await bench.start();
      expect(await bench.job(job)).toMatchObject({ state: "available", attempt: 1 });
    },
  },
  {
    name: "answers the replay of an ack and of an enqueue from before the restart",
    async run(bench) {
      const request = sampleRequest({ id: jobId(1), source: "x" });
      await bench.engine.enqueue(request);
      const job = await bench.fetchOne();
      await bench.ack(job, "1");
      await bench.start();
      expect(await bench.engine.enqueue(request)).toMatchObject({ created: false, job: { state: "completed" } });
      expect((await bench.ack(job, "1")).state).toBe("completed");
    },
  },
  {
    name: "tells every caller of a group that failed, keeps the cause, and goes on with the next",
    async run(bench) {
      const kept = await bench.enqueue();
      const trouble = new Error("disk full");
      let broken = true;
      const commit = bench.storage.commit.bind(bench.storage);
      await bench.start({
        storage: wrapStorage(bench.storage, { commit: (group) => (broken ? Promise.reject(trouble) : commit(group)) }),
      });
      const refused = await Promise.allSettled([
        bench.enqueue({ id: jobId(1) }),
        bench.fetch(),
        bench.engine.cancel(kept.id),
        bench.beat(),
        bench.engine.ack({ jobId: kept.id, fence: {}, result: null }),
      ]);
      for (const outcome of refused) {
        expect(outcome).toMatchObject({
          status: "rejected",
          reason: { code: "backend_error", status: 503, retryable: true, retryAfterMs: 1_000, cause: trouble },
        });
      }
      broken = false;
      await expect(bench.job({ id: jobId(1) })).rejects.toMatchObject({ code: "not_found" });
      expect(await bench.fetchOne()).toMatchObject({ id: kept.id, attempt: 1 });
      expect(bench.eventsOf(kept.id)).toEqual(["job.started"]);
    },
  },
  {
    name: "says 503, never 404, when the storage cannot be read",
    async run(bench) {
      const down = (): Promise<never> => Promise.reject(new Error("connection lost"));
      const { id } = await bench.enqueue();
      await bench.start({
        storage: wrapStorage(bench.storage, { jobs: { ...bench.storage.jobs, get: down }, ping: down }),
      });
      const unavailable = { code: "backend_error", retryable: true };
      await expect(bench.engine.getJob(id)).rejects.toMatchObject(unavailable);
      await expect(bench.engine.cancel(id)).rejects.toMatchObject(unavailable);
      expect(await bench.engine.health()).toMatchObject({ ok: false, error: "connection lost" });
    },
  },
  {
    name: "finishes what it accepted when it closes, and refuses the rest",
    async run(bench) {
      const accepted = Array.from({ length: 5 }, () => bench.enqueue());
      const closing = bench.engine.close();
      const refused = bench.enqueue({ id: jobId(1) });
      await expect(refused).rejects.toMatchObject({ code: "backend_error", retryable: true });
      const jobs = await Promise.all(accepted);
      await closing;
      await bench.start();
      for (const job of jobs) expect(await bench.stateOf(job)).toBe("available");
      await expect(bench.job({ id: jobId(1) })).rejects.toMatchObject({ code: "not_found" });
    },
  },
  {
    name: "is healthy while the storage answers",
    async run(bench) {
      await bench.advance(1_234);
      expect(await bench.engine.health()).toEqual({ ok: true, latencyMs: 0, uptimeMs: 1_234 });
    },
  },
];
