/** Settings of queues, and what jobs get from them. */
import { expect } from "vitest";
import { readJobRequest } from "../../../src/core/job-request.ts";
import { readWorkflow } from "../../../src/core/workflow/read-workflow.ts";
import { createEngine } from "../../../src/engine/engine.ts";
import { sharedStorage } from "../../support/storage-wrapper.ts";
import { type EngineBehaviour, type EngineBench, QUEUE } from "./bench.ts";
import { aCron, MINUTE, openJobs } from "./cron-bench.ts";

function asked(bench: EngineBench, fields: object = {}) {
  return readJobRequest({ type: "a.b", args: [], queue: QUEUE, ...fields }, { now: bench.clock.now() });
}

async function enqueued(bench: EngineBench, fields: object = {}) {
  return (await bench.engine.enqueue(asked(bench, fields))).job;
}

/** What a queue says, what that gives to a job that says nothing, and a job that says all of it otherwise. */
const SETTINGS = { default_timeout: 5, default_priority: 3, default_retry: { max_attempts: 9 } };
const GIVEN = { timeoutMs: 5_000, priority: 3, maxAttempts: 9 };
const OWN = { timeout_ms: 1_000, priority: 0, retry: { max_attempts: 1 } };
const KEPT = { timeoutMs: 1_000, priority: 0, maxAttempts: 1 };

export const queueConfigBehaviours: readonly EngineBehaviour[] = [
  {
    name: "gives jobs what their queue says, unless they say otherwise, and only from then on",
    async run(bench) {
      const before = await enqueued(bench);
      const settings = { default_timeout: 5, default_priority: 3, default_retry: { max_attempts: 9 }, mine: [1] };
      const { config, ignored } = await bench.engine.changeQueueConfig(QUEUE, settings);
      expect([config, ignored]).toEqual([settings, ["mine"]]);
      const after = await enqueued(bench);
      const own = await enqueued(bench, { timeout_ms: 1_000, priority: 0, retry: { max_attempts: 1 } });
      const elsewhere = await enqueued(bench, { queue: "other" });
      expect(after).toMatchObject({ timeoutMs: 5_000, priority: 3, maxAttempts: 9 });
      expect(own).toMatchObject({ timeoutMs: 1_000, priority: 0, maxAttempts: 1 });
      for (const job of [before, elsewhere]) {
        expect(await bench.job(job)).toMatchObject({ timeoutMs: null, priority: 0, maxAttempts: 3 });
      }
      expect((await bench.fetchOne()).id).toBe(after.id);
      await bench.advance(5_000);
      expect(await bench.stateOf(after)).toBe("retryable");
      expect(bench.eventsOf(QUEUE)).toEqual(["queue.config_updated"]);
    },
  },
  {
    name: "gives them to batches and bulks too",
    async run(bench) {
      await bench.engine.changeQueueConfig(QUEUE, { default_enqueue_ttl: 5 });
      const [inBatch] = await bench.engine.enqueueBatch([asked(bench)]);
      await bench.engine.enqueueBulk({ items: [asked(bench)], atomic: false });
      await bench.engine.enqueueBulk({ items: [asked(bench)], atomic: true });
      expect(inBatch?.job.startBy).toBe(bench.clock.now() + 5_000);
      await bench.advance(5_000);
      expect((await bench.engine.queueStats(QUEUE)).queue.counts).toMatchObject({ discarded: 3, available: 0 });
    },
  },
  {
    name: "gives them to each run of a cron job, as they are when it comes",
    async run(bench) {
      const timed = (name: string, options: object) => aCron({ name, options: { queue: QUEUE, ...options } });
      await bench.engine.changeQueueConfig(QUEUE, SETTINGS);
      await bench.engine.registerCron(timed("plain", {}));
      await bench.engine.registerCron(timed("own", OWN));
      await bench.advance(MINUTE);
      await bench.engine.changeQueueConfig(QUEUE, { default_priority: 5 });
      await bench.engine.registerCron(timed("later", {}));
      const later = await bench.engine.triggerCron("later");
      expect(await openJobs(bench.storage, "plain")).toMatchObject([GIVEN]);
      expect(await openJobs(bench.storage, "own")).toMatchObject([KEPT]);
      expect(later.job).toMatchObject({ ...GIVEN, priority: 5 });
    },
  },
  {
    name: "gives them to the steps of a workflow, those that wait too, as they were when it came",
    async run(bench) {
      await bench.engine.changeQueueConfig(QUEUE, { ...SETTINGS, default_enqueue_ttl: 60 });
      const step = (options: object) => ({ type: "a.b", args: [], options: { queue: QUEUE, ...options } });
      const body = { type: "chain", steps: [step({}), step({ queue: "other" }), step({}), step(OWN)] };
      const { engine } = bench;
      await engine.createWorkflow(readWorkflow(body, { now: engine.now(), newId: engine.newJobId }));
      await engine.changeQueueConfig(QUEUE, { default_priority: 5, default_timeout: 6 });
      const none = { timeoutMs: null, priority: 0, maxAttempts: 3, startBy: null };
      for (const expected of [GIVEN, none, GIVEN, KEPT]) {
        await bench.advance(1_000);
        const job = await bench.fetchOne({ queues: [QUEUE, "other"] });
        const startBy = expected === none ? null : bench.clock.now() + 59_000;
        expect(job).toMatchObject({ ...expected, startBy });
        await bench.ack(job);
      }
    },
  },
  {
    name: "puts a queue's own settings before those of all queues",
    async run(bench) {
      await bench.engine.changeQueueConfig("_default", { default_timeout: 7, default_priority: 1 });
      await bench.engine.changeQueueConfig(QUEUE, { default_priority: 2 });
      expect(await enqueued(bench)).toMatchObject({ timeoutMs: 7_000, priority: 2 });
      expect(await enqueued(bench, { queue: "other" })).toMatchObject({ timeoutMs: 7_000, priority: 1 });
      expect((await bench.engine.getQueueConfig(QUEUE)).applied).toEqual({ timeout_ms: 7_000, priority: 2 });
      await bench.engine.changeQueueConfig("_default", { default_timeout: null });
      expect(await enqueued(bench)).toMatchObject({ timeoutMs: null, priority: 2 });
    },
  },
  {
    name: "remembers settings across a restart",
    async run(bench) {
      await bench.engine.changeQueueConfig(QUEUE, { default_priority: 4 });
      await bench.start();
      expect(await enqueued(bench)).toMatchObject({ priority: 4 });
      const { config, updatedAt } = await bench.engine.getQueueConfig(QUEUE);
      expect([config, updatedAt]).toEqual([{ default_priority: 4 }, bench.clock.now()]);
      expect(await bench.engine.getQueueConfig("unknown")).toMatchObject({ config: {}, applied: {}, updatedAt: null });
    },
  },
  {
    name: "loses no setting when several change at the same time, here or elsewhere",
    async run(bench) {
      const other = createEngine({ storage: sharedStorage(bench.storage), clock: bench.clock });
      await other.start();
      const engines = [bench.engine, other, bench.engine, other, bench.engine];
      await Promise.all(engines.map((engine, n) => engine.changeQueueConfig(QUEUE, { [`x${n}`]: n })));
      const { config } = await bench.engine.getQueueConfig(QUEUE);
      expect(config).toEqual({ x0: 0, x1: 1, x2: 2, x3: 3, x4: 4 });
      await other.close();
    },
  },
  {
    name: "changes nothing when a setting is wrong",
    async run(bench) {
      await bench.engine.changeQueueConfig(QUEUE, { default_timeout: 5 });
      const wrong = bench.engine.changeQueueConfig(QUEUE, { default_timeout: 6, default_priority: "high" });
      await expect(wrong).rejects.toMatchObject({ details: { field: "default_priority" } });
      expect((await bench.engine.getQueueConfig(QUEUE)).config).toEqual({ default_timeout: 5 });
      expect(await enqueued(bench)).toMatchObject({ timeoutMs: 5_000 });
    },
  },
];
