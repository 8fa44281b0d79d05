/** What time does to jobs (design 3.5, 3.7). */
import { expect } from "vitest";
import { sampleRequest } from "../../core/sample-job.ts";
import { type EngineBehaviour, type EngineBench, QUEUE, retry } from "./bench.ts";

async function errorTypes(bench: EngineBench, id: string): Promise<string[]> {
  const errors: { readonly type: string }[] = JSON.parse((await bench.job({ id })).errors ?? "[]");
  return errors.map(({ type }) => type);
}

/** A mountain is many batches, and a store that works at once never looks busy between two of them. */
async function untilMoved(bench: EngineBench): Promise<void> {
  await bench.advance(1);
  for (let rest = 0; rest < 20; rest += 1) await bench.rest();
}

export const dueBehaviours: readonly EngineBehaviour[] = [
  {
    name: "makes a scheduled job available at its time, by the timer alone",
    async run(bench) {
      const job = await bench.enqueue({ scheduledAt: bench.clock.now() + 90_000 });
      await bench.advance(89_999);
      expect(bench.eventsOf(job.id)).toEqual(["job.scheduled"]);
      await bench.advance(1);
      expect(bench.eventsOf(job.id)).toEqual(["job.scheduled", "job.enqueued"]);
      expect((await bench.fetchOne()).id).toBe(job.id);
    },
  },
  {
    name: "promotes what is due at a fetch, even if no timer has fired",
    async run(bench) {
      const at = bench.clock.now() + 5_000;
      const late = await bench.enqueue({ scheduledAt: at + 1 });
      const early = await bench.enqueue({ scheduledAt: at });
      bench.clock.jump(6_000);
      expect((await bench.fetch({ count: 5 })).map(({ id }) => id)).toEqual([early.id, late.id]);
    },
  },
  {
    name: "promotes a due job when it is looked at, and only that one",
    async run(bench) {
      const at = bench.clock.now() + 5_000;
      const job = await bench.enqueue({ scheduledAt: at });
      const other = await bench.enqueue({ scheduledAt: at });
      bench.clock.jump(6_000);
      const looks = await Promise.all(Array.from({ length: 10 }, () => bench.stateOf(job)));
      expect(new Set(looks)).toEqual(new Set(["available"]));
      expect(bench.eventsOf(job.id)).toEqual(["job.scheduled", "job.enqueued"]);
      expect(bench.eventsOf(other.id)).toEqual(["job.scheduled"]);
    },
  },
  {
    name: "notices within 30 s that the clock was set forward",
    async run(bench) {
      const job = await bench.enqueue({ scheduledAt: bench.clock.now() + 3_600_000 });
      bench.clock.jump(3_600_000 - 30_000);
      await bench.advance(30_000);
      expect(bench.eventsOf(job.id)).toContain("job.enqueued");
    },
  },
  {
    name: "expires waiting jobs and never hands them out",
    async run(bench) {
      const expiresAt = bench.clock.now() + 1_000;
      const waiting = await bench.enqueue({ expiresAt });
      const scheduled = await bench.enqueue({ expiresAt, scheduledAt: expiresAt });
      const past = await bench.enqueue({ expiresAt: bench.clock.now() - 1 });
      expect((await bench.fetch({ count: 1 })).map(({ id }) => id)).toEqual([waiting.id]);
      bench.clock.jump(1_000);
      expect(await bench.fetch({ count: 5 })).toEqual([]);
      for (const job of [scheduled, past]) {
        expect(await bench.job(job)).toMatchObject({ state: "discarded", expired: true, deadLetter: false });
      }
      // What runs already may go on.
      expect(await bench.stateOf(waiting)).toBe("active");
    },
  },
  {
    name: "makes a job available at once when its lease ends, and after a backoff when that happens again",
    async run(bench) {
      const policy = retry({ initial_interval: "PT10S", backoff_strategy: "none", jitter: false });
      const { id } = await bench.enqueue({ maxAttempts: 3, visibilityMs: 3_000, ...policy });
      await bench.fetchOne();
      await bench.advance(3_000);
      expect(await bench.job({ id })).toMatchObject({ state: "available", attempt: 1 });
      await bench.fetchOne();
      await bench.advance(3_000);
      expect(await bench.job({ id })).toMatchObject({ state: "retryable", attempt: 2, expiries: 2 });
      await bench.advance(10_000);
      await bench.fetchOne();
      await bench.advance(3_000);
      expect(await bench.job({ id })).toMatchObject({ state: "discarded", attempt: 3 });
      expect(await errorTypes(bench, id)).toEqual(Array.from({ length: 3 }, () => "visibility_timeout"));
    },
  },
  {
    name: "fails an attempt that exceeds its execution timeout",
    async run(bench) {
      const job = await bench.active({ timeoutMs: 2_000, ...retry({ initial_interval: "PT1S", jitter: false }) });
      await bench.advance(1_999);
      expect(await bench.stateOf(job)).toBe("active");
      await bench.advance(1);
      expect(await bench.job(job)).toMatchObject({ state: "retryable", retryDelayMs: 1_000 });
      expect(await errorTypes(bench, job.id)).toEqual(["timeout"]);
      await expect(bench.ack(job)).rejects.toMatchObject({ code: "conflict" });
    },
  },
  {
    name: "accepts the outcome of a lease that has ended but that nobody has taken back yet",
    async run(bench) {
      const job = await bench.active({ visibilityMs: 1_000 });
      bench.clock.jump(1_500);
      expect((await bench.ack(job)).state).toBe("completed");
    },
  },
  {
    name: "hands out what is good from behind a mountain of expired jobs",
    async run(bench) {
      const expiresAt = bench.clock.now() + 1_000;
      await bench.engine.enqueueBatch(Array.from({ length: 2_300 }, () => sampleRequest({ expiresAt })));
      const good = await bench.enqueue();
      bench.clock.jump(1_000);
      expect((await bench.fetch({ count: 5 })).map(({ id }) => id)).toEqual([good.id]);
      await untilMoved(bench);
      expect((await bench.engine.queueStats(QUEUE)).queue.counts).toMatchObject({ discarded: 2_300, available: 0 });
    },
  },
  {
    name: "works off a mountain of due jobs",
    async run(bench) {
      const scheduledAt = bench.clock.now() + 1_000;
      const requests = Array.from({ length: 2_300 }, () => sampleRequest({ scheduledAt }));
      await bench.engine.enqueueBatch(requests);
      bench.clock.jump(1_000);
      expect(await bench.fetch({ count: 10 })).toHaveLength(10);
      await untilMoved(bench);
      expect((await bench.engine.queueStats(QUEUE)).queue.counts).toMatchObject({ scheduled: 0, available: 2_290 });
    },
  },
];
