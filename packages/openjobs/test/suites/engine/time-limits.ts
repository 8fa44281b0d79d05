/** Limits of the time that a job may take (ojs-timeouts §5, §8, §11). */
import { expect } from "vitest";
import { encodeEvent } from "../../../src/core/events.ts";
import type { NewJob } from "../../../src/core/job-request.ts";
import { aWorker } from "../storage/bench.ts";
import { type EngineBehaviour, type EngineBench, QUEUE } from "./bench.ts";

const DEAD = { on_exhaustion: "dead_letter", initial_interval: "PT1S", jitter: false };

/** A job shows its limits, and what is known of them later is read from there. */
function limits(fields: Partial<NewJob>, policy?: object): Partial<NewJob> {
  const { totalMs, enqueueTtlMs } = fields;
  const shown = { total_timeout_ms: totalMs, enqueue_ttl_ms: enqueueTtlMs, retry: policy };
  return { ...fields, attributes: JSON.stringify(shown) };
}

/** What the events of a type tell about a job, as a reader gets it. */
function told({ engine }: EngineBench, type: string): Record<string, unknown>[] {
  const { events } = engine.listEvents({ types: [type], limit: 100 });
  return events.map((event) => JSON.parse(encodeEvent(event)).data);
}

export const timeLimitBehaviours: readonly EngineBehaviour[] = [
  {
    name: "discards what was not started within its TTL, by the timer alone, and never hands it out",
    async run(bench) {
      const stale = await bench.enqueue(limits({ enqueueTtlMs: 5_000, priority: 9 }));
      const scheduled = await bench.enqueue(limits({ enqueueTtlMs: 5_000, scheduledAt: bench.clock.now() + 60_000 }));
      const started = await bench.active(limits({ enqueueTtlMs: 5_000, queue: "other" }), { queues: ["other"] });
      await bench.advance(4_999);
      expect(await bench.stateOf(stale)).toBe("available");
      await bench.advance(1);
      for (const job of [stale, scheduled]) {
        expect(bench.eventsOf(job.id).slice(1)).toEqual(["job.ttl_expired", "job.expired"]);
        expect(await bench.job(job)).toMatchObject({ state: "discarded", expired: true });
      }
      expect(await bench.stateOf(started)).toBe("active");
      expect(await bench.fetch({ count: 9 })).toEqual([]);
      expect(told(bench, "job.ttl_expired")[0]).toMatchObject({
        job_id: stale.id,
        queue: QUEUE,
        timeout_kind: "enqueue_ttl",
        limit_seconds: 5,
        elapsed_seconds: 5,
        attempt: 0,
      });
    },
  },
  {
    name: "does not hand out what is too late, even if no timer has fired",
    async run(bench) {
      await bench.enqueue(limits({ enqueueTtlMs: 1_000 }));
      await bench.enqueue(limits({ totalMs: 1_000 }));
      const good = await bench.enqueue();
      bench.clock.jump(1_000);
      expect((await bench.fetch({ count: 9 })).map(({ id }) => id)).toEqual([good.id]);
    },
  },
  {
    name: "ends a job at its total timeout, through all attempts and while it runs",
    async run(bench) {
      const job = await bench.active(limits({ totalMs: 10_000, maxAttempts: 99, visibilityMs: 60_000 }, DEAD));
      await bench.advance(2_000);
      expect((await bench.nack(job)).state).toBe("retryable");
      await bench.advance(1_000);
      await bench.fetchOne();
      await bench.advance(6_999);
      expect(await bench.stateOf(job)).toBe("active");
      await bench.advance(1);
      expect(await bench.job(job)).toMatchObject({ state: "discarded", deadLetter: true, attempt: 2 });
      const kinds = ["job.total_timeout", "job.failed", "job.discarded"];
      expect(bench.eventsOf(job.id).slice(-3)).toEqual(kinds);
      expect(told(bench, "job.total_timeout")).toMatchObject([
        { timeout_kind: "total", limit_seconds: 10, attempt: 2 },
      ]);
      await expect(bench.ack(job)).rejects.toMatchObject({ code: "conflict" });
    },
  },
  {
    name: "gives a job that was ended by its total timeout the same time again when it is brought back",
    async run(bench) {
      const job = await bench.enqueue(limits({ totalMs: 5_000 }, DEAD));
      await bench.advance(60_000);
      await bench.engine.retryDeadLetter(job.id);
      await bench.advance(4_999);
      expect(await bench.stateOf(job)).toBe("available");
      await bench.advance(1);
      expect(await bench.stateOf(job)).toBe("discarded");
    },
  },
  {
    name: "takes a job from a worker that beats for others and has fallen silent about it",
    async run(bench) {
      const job = await bench.active({ heartbeatMs: 8_000, visibilityMs: 600_000 });
      const other = await bench.active({ visibilityMs: 600_000 });
      await bench.beat([job, other]);
      for (let beat = 0; beat < 3; beat += 1) {
        await bench.advance(4_000);
        await bench.beat([other]);
      }
      expect(await bench.stateOf(other)).toBe("active");
      const kinds = ["job.stalled", "job.failed", "job.retrying", "job.enqueued"];
      expect(bench.eventsOf(job.id).slice(-4)).toEqual(kinds);
      expect(told(bench, "job.stalled")).toMatchObject([{ timeout_kind: "stalled", limit_seconds: 8, attempt: 1 }]);
      expect((await bench.beat([job])).lost).toEqual([job.id]);
    },
  },
  {
    name: "holds a job to its own heartbeat timeout when that is longer than its worker's patience",
    async run(bench) {
      const patient = await bench.active({ heartbeatMs: 120_000, visibilityMs: 600_000 });
      const plain = await bench.active({ visibilityMs: 600_000 });
      await bench.beat([patient, plain]);
      await bench.advance(31_000);
      expect(await bench.stateOf(plain)).toBe("available");
      expect(await bench.stateOf(patient)).toBe("active");
      expect((await bench.beat([patient])).extended).toEqual([patient.id]);
      await bench.advance(120_000);
      expect((await bench.job(patient)).state).toBe("retryable");
    },
  },
  {
    name: "leaves a job alone that names a heartbeat timeout and never beats",
    async run(bench) {
      const job = await bench.active({ heartbeatMs: 5_000, visibilityMs: 600_000 });
      await bench.advance(60_000);
      expect(await bench.stateOf(job)).toBe("active");
      await bench.engine.heartbeat({ worker: aWorker({ id: "worker-1" }), jobs: [], leaving: true });
    },
  },
  {
    name: "waits for the grace period before it ends an execution",
    async run(bench) {
      const fields = { timeoutMs: 2_000, graceMs: 1_000, attributes: '{"grace_period_ms":1000}' };
      const job = await bench.active(fields);
      await bench.advance(2_999);
      expect(await bench.stateOf(job)).toBe("active");
      await bench.advance(1);
      expect(bench.eventsOf(job.id)).toContain("job.timeout");
      expect(told(bench, "job.timeout")).toMatchObject([{ limit_seconds: 2, elapsed_seconds: 3 }]);
    },
  },
];
