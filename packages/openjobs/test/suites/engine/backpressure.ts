/** Queues with a bound: who gets in, and who does not. */
import { expect } from "vitest";
import { OjsError } from "../../../src/core/errors.ts";
import type { NewJob } from "../../../src/core/job-request.ts";
import { sampleRequest } from "../../core/sample-job.ts";
import { type EngineBehaviour, type EngineBench, QUEUE } from "./bench.ts";

const ID = "0190b6a2-0000-7000-8000-00000000000";

function bound(bench: EngineBench, depth: number, queue = QUEUE): Promise<unknown> {
  return bench.engine.changeQueueConfig(queue, { backpressure: { max_depth: depth, warning_threshold: 0.5 } });
}

async function depthOf(bench: EngineBench): Promise<number> {
  const { available, scheduled, retryable } = (await bench.engine.queueStats(QUEUE)).queue.counts;
  return available + scheduled + retryable;
}

function jobs(count: number, fields: Partial<NewJob> = {}): readonly NewJob[] {
  return Array.from({ length: count }, () => sampleRequest({ queue: QUEUE, ...fields }));
}

const FULL = { code: "QUEUE_FULL", status: 429, retryable: true, retryAfterMs: 1_000 };

export const backpressureBehaviours: readonly EngineBehaviour[] = [
  {
    name: "refuses a job when its queue is full, until one is taken out; other queues do not mind",
    async run(bench) {
      await bound(bench, 2);
      await bench.enqueue();
      await bench.enqueue({ scheduledAt: bench.clock.now() + 60_000 });
      await expect(bench.enqueue()).rejects.toMatchObject({
        ...FULL,
        details: { queue: QUEUE, depth: 2, bound: 2, strategy: "reject" },
      });
      await bench.enqueue({ queue: "other" });
      expect(await depthOf(bench)).toBe(2);
      expect(bench.eventsOf(QUEUE)).toEqual(["queue.config_updated", "backpressure.rejected"]);
      await bench.fetchOne();
      await bench.enqueue();
      expect(await depthOf(bench)).toBe(2);
    },
  },
  {
    name: "says how full a queue is from the threshold on",
    async run(bench) {
      await bound(bench, 4);
      const [first, second] = [
        await bench.engine.enqueue(sampleRequest()),
        await bench.engine.enqueue(sampleRequest()),
      ];
      expect([first.pressure, second.pressure]).toEqual([undefined, { queue: QUEUE, depth: 2, bound: 4 }]);
    },
  },
  {
    name: "lets in exactly as many as there is room for, however many come at the same time",
    async run(bench) {
      await bound(bench, 10);
      const asked = Array.from({ length: 25 }, (_, index) => bench.enqueue({ priority: index % 3 }));
      const outcomes = await Promise.allSettled(asked);
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
      expect(await depthOf(bench)).toBe(10);
    },
  },
  {
    name: "takes a batch as a whole or not at all, also beside others",
    async run(bench) {
      await bound(bench, 5);
      const [four, two] = await Promise.allSettled([
        bench.engine.enqueueBatch(jobs(4)),
        bench.engine.enqueueBatch([...jobs(2), ...jobs(1, { queue: "other" })]),
      ]);
      expect([four.status, two.status]).toEqual(["fulfilled", "rejected"]);
      await bench.engine.enqueueBatch(jobs(1));
      expect(await depthOf(bench)).toBe(5);
      await expect(bench.engine.queueStats("other")).rejects.toMatchObject({ code: "not_found" });
    },
  },
  {
    name: "takes of a bulk what there is room for; of an atomic one all or nothing",
    async run(bench) {
      await bound(bench, 3);
      const atomic = await bench.engine.enqueueBulk({ items: jobs(4), atomic: true });
      expect(atomic.filter((item) => item instanceof OjsError)).toHaveLength(4);
      expect(atomic[3]).toMatchObject(FULL);
      const items = await bench.engine.enqueueBulk({ items: jobs(5), atomic: false });
      expect(items.map((item) => (item instanceof OjsError ? item.code : item.created))).toEqual([
        true,
        true,
        true,
        "QUEUE_FULL",
        "QUEUE_FULL",
      ]);
      expect(await depthOf(bench)).toBe(3);
    },
  },
  {
    name: "answers a repeated request as before, however full the queue has become",
    async run(bench) {
      await bound(bench, 1);
      const asked = sampleRequest({ id: `${ID}1` });
      await bench.engine.enqueue(asked);
      expect(await bench.engine.enqueue(asked)).toMatchObject({ created: false, job: { id: `${ID}1` } });
      const [again] = await bench.engine.enqueueBulk({ items: [asked], atomic: false });
      expect(again).toMatchObject({ created: false });
      await expect(bench.enqueue({ id: `${ID}2` })).rejects.toMatchObject(FULL);
    },
  },
  {
    name: "knows the bound of the default policy, and after a restart; none is left when it is taken away",
    async run(bench) {
      await bound(bench, 1, "_default");
      await bench.enqueue();
      await bench.start();
      await expect(bench.enqueue()).rejects.toMatchObject(FULL);
      await bound(bench, 0, "_default");
      await bench.enqueue();
      expect(await depthOf(bench)).toBe(2);
    },
  },
];
