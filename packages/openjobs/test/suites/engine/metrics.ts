/** What an engine measures, as ojs-observability §8 counts it. */
import { expect } from "vitest";
import { laneOf } from "../../../src/core/lane.ts";
import type { JobReading } from "../../../src/engine/metrics/job-metrics.ts";
import { wrapStorage } from "../../support/storage-wrapper.ts";
import { type EngineBehaviour, type EngineBench, QUEUE, retry } from "./bench.ts";

async function readingOf(bench: EngineBench, queue: string = QUEUE): Promise<JobReading> {
  const { jobs } = await bench.engine.metrics();
  const [reading, ...others] = jobs.filter((job) => job.queue === queue);
  expect(others).toEqual([]);
  if (reading === undefined) throw new Error(`Nothing is known of ${queue}.`);
  return reading;
}

export const metricsBehaviours: readonly EngineBehaviour[] = [
  {
    name: "count jobs by what became of them, whichever way they went",
    async run(bench) {
      const policy = retry({ initial_interval: "PT1S", jitter: false });
      await bench.ack(await bench.active());
      const member = await bench.active({ maxAttempts: 2, ...policy });
      await bench.nack(member);
      await bench.advance(1_000);
      await bench.nack(await bench.fetchOne());
      await bench.engine.cancel((await bench.enqueue()).id);
      await bench.enqueue({ expiresAt: bench.clock.now() + 10 });
      await bench.advance(20);
      // Refused and repeated ones are no jobs.
      const id = bench.engine.newJobId();
      await bench.enqueue({ id });
      await bench.enqueue({ id });
      const { counts } = await readingOf(bench);
      expect(counts).toEqual({ enqueued: 5, completed: 1, failed: 2, retried: 1, cancelled: 1, expired: 1 });
    },
  },
  {
    name: "measure the wait until the first start, and runs until the end",
    async run(bench) {
      await bench.enqueue({ scheduledAt: bench.clock.now() + 60_000, ...retry({ jitter: false }) });
      await bench.advance(60_000);
      await bench.advance(400);
      const first = await bench.fetchOne();
      await bench.advance(100);
      await bench.nack(first);
      await bench.advance(2_000);
      const second = await bench.fetchOne();
      await bench.advance(3_000);
      await bench.ack(second);
      const { wait, run } = await readingOf(bench);
      expect({ count: wait.count, sum: wait.sum }).toEqual({ count: 1, sum: 0.4 });
      expect([...run.keys()]).toEqual(["completed"]);
      expect(run.get("completed")).toMatchObject({ count: 1, sum: 3 });
    },
  },
  {
    name: "measure how long discarded and cancelled jobs had been running, not how long they had waited",
    async run(bench) {
      const failing = await bench.active({ maxAttempts: 1 });
      await bench.advance(1_000);
      await bench.nack(failing);
      const running = await bench.active();
      await bench.advance(2_000);
      await bench.engine.cancel(running.id);
      const retried = await bench.active(retry({ initial_interval: "PT10S", jitter: false }));
      await bench.nack(retried);
      await bench.advance(5_000);
      await bench.engine.cancel(retried.id);
      const { run } = await readingOf(bench);
      expect(run.get("discarded")).toMatchObject({ count: 1, sum: 1 });
      expect(run.get("cancelled")).toMatchObject({ count: 1, sum: 2 });
    },
  },
  {
    name: "tell apart no more queues and types than fit, and lose no job",
    async run(bench) {
      const jobs = Array.from({ length: 510 }, (_, index) => `kind.k${index}`);
      for (const type of jobs) await bench.enqueue({ type });
      const { jobs: readings } = await bench.engine.metrics();
      expect(readings).toHaveLength(501);
      expect(readings.at(-1)).toMatchObject({ queue: "_other", type: "_other", counts: { enqueued: 10 } });
    },
  },
  {
    name: "know what is stored, and how long the first in line has waited",
    async run(bench) {
      await bench.enqueue({ queue: "a", priority: -1 });
      await bench.enqueue({ queue: "b", lane: laneOf({ key: "k", concurrency: 1 }) });
      await bench.enqueue({ queue: "c", scheduledAt: bench.clock.now() + 3_600_000 });
      await bench.advance(7_000);
      await bench.enqueue({ queue: "a" });
      await bench.beat();
      await bench.advance(1_000);
      const { stored } = await bench.engine.metrics();
      expect(stored?.queueCount).toBe(3);
      expect(stored?.workers).toMatchObject({ running: 1, stale: 0 });
      // The second job of `a` has the higher priority; limits have lines of their own.
      expect(stored?.queues.map(({ queue, headAge }) => [queue.name, headAge])).toEqual([
        ["a", 1],
        ["b", 0],
        ["c", 0],
      ]);
    },
  },
  {
    name: "count commits, and are told while the storage is away",
    async run(bench) {
      let broken = false;
      const down = (): Promise<never> => Promise.reject(new Error("disk on fire"));
      const storage = wrapStorage(bench.storage, {
        commit: (group) => (broken ? down() : bench.storage.commit(group)),
        queues: { ...bench.storage.queues, list: (page) => (broken ? down() : bench.storage.queues.list(page)) },
      });
      await bench.start({ storage });
      await bench.enqueue();
      const before = (await bench.engine.metrics()).commits;
      expect(before.duration.count).toBeGreaterThan(0);
      broken = true;
      await expect(bench.enqueue()).rejects.toMatchObject({ code: "backend_error" });
      const after = await bench.engine.metrics();
      expect(after.commits.failed).toBe(before.failed + 1);
      expect(after.commits.duration.count).toBe(before.duration.count);
      expect(after.stored).toBeUndefined();
      expect(after.jobs).toMatchObject([{ counts: { enqueued: 1 } }]);
      broken = false;
    },
  },
];
