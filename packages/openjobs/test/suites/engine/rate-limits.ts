/** Jobs that wait for their limits (ojs-rate-limiting), and fetches that wait for such jobs. */
import { expect } from "vitest";
import type { JobRecord } from "../../../src/core/job.ts";
import type { NewJob } from "../../../src/core/job-request.ts";
import { laneOf } from "../../../src/core/lane.ts";
import type { RateLimit } from "../../../src/core/rate-limit.ts";
import { readWorkflow } from "../../../src/core/workflow/read-workflow.ts";
import { stepOf } from "../../support/workflows.ts";
import { aWorker } from "../storage/bench.ts";
import { type EngineBehaviour, type EngineBench, QUEUE, retry } from "./bench.ts";
import { park } from "./waiting.ts";

/** Fields of a job under this limit. */
function under(limit: Omit<RateLimit, "key">, fields: Partial<NewJob> = {}): Partial<NewJob> {
  return { lane: laneOf({ key: "stripe", ...limit }), ...fields };
}

const ONE = { concurrency: 1 };
const TWO_A_MINUTE = { rate: { limit: 2, periodMs: 60_000 } };
const ONE_A_SECOND = { throttle: { limit: 1, periodMs: 1_000 } };

/** Every way in which a running job stops running. */
const ENDS: Readonly<Record<string, (bench: EngineBench, job: JobRecord) => Promise<unknown>>> = {
  "an ack": (bench, job) => bench.ack(job),
  "a nack": (bench, job) => bench.nack(job),
  "a last nack": (bench, job) => bench.nack(job, { code: "FAIL", message: "x" }),
  cancellation: (bench, job) => bench.engine.cancel(job.id),
  "the end of its lease": async (bench) => bench.advance(30_000),
  "the death of its worker": async (bench, job) => {
    await bench.beat([job], { visibilityMs: 600_000 });
    await bench.advance(30_000);
  },
  "its timeout": async (bench) => bench.advance(25_000),
  "the goodbye of its worker": (bench) =>
    bench.engine.heartbeat({ worker: aWorker({ id: "worker-1" }), jobs: [], leaving: true }),
};

export const rateLimitBehaviours: readonly EngineBehaviour[] = [
  {
    name: "keeps a job that has to wait available, and hands out those behind it",
    async run(bench) {
      await bench.active(under(ONE));
      const blocked = await bench.enqueue(under(ONE, { priority: 50 }));
      const free = await bench.enqueue();
      expect((await bench.fetch({ count: 10 })).map(({ id }) => id)).toEqual([free.id]);
      expect(await bench.job(blocked)).toMatchObject({ state: "available", attempt: 0 });
      expect((await bench.engine.queueStats(QUEUE)).queue.counts).toMatchObject({ available: 1, active: 2 });
    },
  },
  {
    name: "never lets more jobs run than a limit says, however many fetch at once",
    async run(bench) {
      for (let index = 0; index < 30; index += 1) await bench.enqueue(under({ concurrency: 5 }));
      const fetches = Array.from({ length: 12 }, () => bench.fetch({ count: 3 }));
      const running = (await Promise.all(fetches)).flat();
      expect(running).toHaveLength(5);
      await Promise.all(running.slice(0, 2).map((job) => bench.ack(job)));
      expect(await bench.fetch({ count: 30 })).toHaveLength(2);
    },
  },
  {
    name: "wakes a waiting fetch, in whatever queue, when a job with its key stops running, in whatever way",
    async run(bench) {
      for (const [how, end] of Object.entries(ENDS)) {
        const lane = laneOf({ key: how.replaceAll(" ", "-"), concurrency: 1 });
        const running = await bench.active({ lane, timeoutMs: 25_000 + (how === "its timeout" ? 0 : 9_999) });
        const waiting = await bench.enqueue({ lane, queue: "other" });
        const parked = await park(bench, { queues: ["other"], workerId: "worker-2", waitMs: 60_000 });
        expect(parked.answer, `${how}: before`).toBeUndefined();
        await end(bench, running);
        await bench.rest();
        expect(
          parked.answer?.map(({ id }) => id),
          how,
        ).toEqual([waiting.id]);
        await bench.ack((await parked.jobs)[0]!);
        for (const job of await bench.fetch({ count: 10 })) await bench.ack(job);
      }
    },
  },
  {
    name: "wakes a waiting fetch at the very moment at which the limit allows another start",
    async run(bench) {
      await bench.ack(await bench.active(under(ONE_A_SECOND)));
      await bench.advance(300);
      const next = await bench.enqueue(under(ONE_A_SECOND));
      const parked = await park(bench);
      await bench.advance(699);
      expect(parked.answer).toBeUndefined();
      await bench.advance(1);
      expect(parked.answer?.map(({ id, startedAt }) => [id, startedAt])).toEqual([[next.id, bench.clock.now()]]);
    },
  },
  {
    name: "wakes as many fetches as there are permits, one behind the other",
    async run(bench) {
      for (let index = 0; index < 4; index += 1) await bench.enqueue(under(TWO_A_MINUTE));
      await bench.fetch({ count: 4 });
      const parked = [await park(bench, { waitMs: 90_000 }), await park(bench, { waitMs: 90_000 })];
      const third = await park(bench, { waitMs: 90_000 });
      await bench.advance(60_000);
      expect(parked.map(({ answer }) => answer?.length)).toEqual([1, 1]);
      expect(third.answer).toBeUndefined();
    },
  },
  {
    name: "sleeps until then: a limit that is used up costs nothing",
    async run(bench) {
      await bench.ack(await bench.active(under({ rate: { limit: 1, periodMs: 20_000 } })));
      await bench.enqueue(under({ rate: { limit: 1, periodMs: 20_000 } }));
      const started = bench.clock.now();
      await park(bench, { waitMs: 25_000 });
      expect(bench.clock.nextAlarm).toBe(started + 20_000);
    },
  },
  {
    name: "lets somebody else look when the fetch that was woken took other work",
    async run(bench) {
      await bench.active(under(ONE));
      const limited = await bench.enqueue(under(ONE, { queue: "limited" }));
      const busy = await park(bench, { queues: ["first", "limited"] });
      const idle = await park(bench, { queues: ["limited"] });
      const [running] = (await bench.engine.listEvents({ limit: 1 })).events;
      expect(running).toBeDefined();
      const held = await bench.storage.jobs.leasedBy("worker-1");
      const ended = Promise.all(held.map((job) => bench.ack(job)));
      await Promise.all([ended, bench.enqueue({ queue: "first" })]);
      await bench.rest();
      await bench.advance(1_000);
      const got = [busy, idle].flatMap(({ answer }) => answer ?? []).map(({ id }) => id);
      expect(got).toContain(limited.id);
    },
  },
  {
    name: "makes a retry wait for a permit like any other attempt",
    async run(bench) {
      const failing = await bench.active({ ...under(ONE), ...retry({ initial_interval: "PT5S", jitter: false }) });
      await bench.nack(failing);
      const other = await bench.active(under(ONE));
      await bench.advance(5_000);
      expect(await bench.stateOf(failing)).toBe("available");
      expect(await bench.fetch()).toEqual([]);
      await bench.ack(other);
      expect((await bench.fetch()).map(({ id, attempt }) => [id, attempt])).toEqual([[failing.id, 2]]);
    },
  },
  {
    name: "discards a job whose time has passed while it waited for its limit",
    async run(bench) {
      await bench.active(under(ONE), { visibilityMs: 90_000 });
      const late = await bench.enqueue(under(ONE, { expiresAt: bench.clock.now() + 10_000 }));
      await bench.advance(10_000);
      expect(await bench.job(late)).toMatchObject({ state: "discarded", expired: true });
    },
  },
  {
    name: "knows what runs and what has started after it was started again",
    async run(bench) {
      const running = await bench.active(under(ONE));
      await bench.ack(await bench.active({ lane: laneOf({ key: "mail", ...ONE_A_SECOND }) }));
      const waiting = await bench.enqueue(under(ONE));
      const later = await bench.enqueue({ lane: laneOf({ key: "mail", ...ONE_A_SECOND }) });
      await bench.start();
      const parked = [await park(bench), await park(bench)];
      expect(parked.map(({ answer }) => answer)).toEqual([undefined, undefined]);
      await bench.advance(1_000);
      await bench.ack(running);
      await bench.rest();
      expect(parked.flatMap(({ answer }) => answer ?? []).map(({ id }) => id)).toEqual([later.id, waiting.id]);
    },
  },
  {
    name: "holds the steps of a workflow to their limits, also when they are run again",
    async run(bench) {
      const options = { queue: QUEUE, rate_limit: { key: "k", concurrency: 1 }, retry: { max_attempts: 1 } };
      const body = { type: "group", jobs: [stepOf("a", options), stepOf("b", options)] };
      const { engine } = bench;
      const { workflow } = await engine.createWorkflow(
        readWorkflow(body, { now: engine.now(), newId: engine.newJobId }),
      );
      const first = await bench.fetchOne();
      expect(await bench.fetch()).toEqual([]);
      await bench.nack(first);
      await bench.nack(await bench.fetchOne());
      await engine.retryWorkflow(workflow.id);
      expect(await bench.fetch({ count: 10 })).toHaveLength(1);
    },
  },
];
