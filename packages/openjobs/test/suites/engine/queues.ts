/** Queues: counters, statistics, pause (http-binding §11). */
import { expect } from "vitest";
import { type EngineBehaviour, QUEUE } from "./bench.ts";

export const queueBehaviours: readonly EngineBehaviour[] = [
  {
    name: "pauses a queue for workers, not for producers, and resumes it",
    async run(bench) {
      const before = await bench.active();
      const paused = await bench.engine.pauseQueue(QUEUE);
      expect(paused).toMatchObject({ name: QUEUE, pausedAt: bench.clock.now() });
      const job = await bench.enqueue();
      expect(await bench.fetch()).toEqual([]);
      expect((await bench.ack(before)).state).toBe("completed");
      expect((await bench.engine.resumeQueue(QUEUE)).pausedAt).toBeNull();
      expect((await bench.fetchOne()).id).toBe(job.id);
      expect(bench.eventsOf(QUEUE)).toEqual(["queue.paused", "queue.resumed"]);
    },
  },
  {
    name: "creates a queue that is paused before its first job",
    async run(bench) {
      await bench.engine.pauseQueue("later");
      await bench.enqueue({ queue: "later" });
      expect(await bench.fetch({ queues: ["later"] })).toEqual([]);
      expect((await bench.engine.listQueues({ limit: 10 })).items).toMatchObject([{ name: "later" }]);
    },
  },
  {
    name: "counts by state, and what happened in the last hour",
    async run(bench) {
      const done = await bench.enqueue();
      const failed = await bench.enqueue({ maxAttempts: 1 });
      await bench.enqueue();
      await bench.advance(200);
      const [first, second] = await bench.fetch({ count: 2 });
      await bench.advance(500);
      expect([first?.id, second?.id]).toEqual([done.id, failed.id]);
      if (first !== undefined && second !== undefined) {
        await bench.ack(first);
        await bench.nack(second);
      }
      expect(await bench.engine.queueStats(QUEUE)).toMatchObject({
        queue: { counts: { available: 1, active: 0, completed: 1, discarded: 1 } },
        completedLastHour: 1,
        failedLastHour: 1,
        avgDurationMs: 500,
        avgWaitMs: 200,
        throughputPerSecond: 1 / 3_600,
        computedAt: bench.clock.now(),
      });
      await bench.advance(3_700_000);
      expect(await bench.engine.queueStats(QUEUE)).toMatchObject({
        completedLastHour: 0,
        failedLastHour: 0,
        avgDurationMs: null,
        avgWaitMs: null,
      });
    },
  },
  {
    name: "knows nothing of a queue that nobody has used",
    async run(bench) {
      await expect(bench.engine.queueStats("nowhere")).rejects.toMatchObject({ code: "not_found", status: 404 });
      expect(await bench.engine.listQueues({ limit: 10 })).toMatchObject({ items: [], total: 0 });
    },
  },
];
