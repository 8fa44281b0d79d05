/** Cancel, retry and delete many jobs at once, and change the priority of one. */
import { expect } from "vitest";
import { encodeEvent } from "../../../src/core/events.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { readJobFilter } from "../../../src/core/job-filter.ts";
import {
  SELECTABLE,
  type Selection,
  type SelectionOutcome,
  type SelectionVerb,
} from "../../../src/engine/selection.ts";
import { sampleRequest } from "../../core/sample-job.ts";
import { CrashingStorage } from "../../support/crashing-storage.ts";
import { jobId } from "../../support/jobs.ts";
import { wrapStorage } from "../../support/storage-wrapper.ts";
import { type EngineBehaviour, type EngineBench, QUEUE, retry } from "./bench.ts";

type Wish = Partial<Pick<Selection, "atomic" | "once" | "abandoned">>;

function byIds(bench: EngineBench, verb: SelectionVerb, jobs: readonly { id: string }[], wish: Wish = {}) {
  const ids = jobs.map(({ id }) => id);
  return bench.engine.select({ verb, jobs: { ids }, atomic: false, once: null, abandoned: () => false, ...wish });
}

function byFilter(bench: EngineBench, verb: SelectionVerb, conditions: object, wish: Wish = {}) {
  const jobs = { filter: readJobFilter(conditions, SELECTABLE[verb]) };
  return bench.engine.select({ verb, jobs, atomic: false, once: null, abandoned: () => false, ...wish });
}

/** What became of each item, in short. */
function told({ items }: SelectionOutcome): (string | null)[] {
  return items.map(({ refusal }) => refusal && `${refusal.code} ${refusal.state ?? ""}`.trim());
}

async function many(bench: EngineBench, count: number, fields: Parameters<typeof sampleRequest>[0] = {}) {
  const enqueued = await bench.engine.enqueueBatch(Array.from({ length: count }, () => sampleRequest(fields)));
  return enqueued.map(({ job }) => job);
}

async function counts(bench: EngineBench, queue = QUEUE) {
  return (await bench.engine.queueStats(queue)).queue.counts;
}

async function failed(bench: EngineBench, policy: object = {}): Promise<JobRecord> {
  const job = await bench.active({ maxAttempts: 1, ...retry({ max_attempts: 1, ...policy }) });
  return bench.nack(job);
}

/** Counts the commits that carry units, and how many effects the largest unit had. */
async function watched(bench: EngineBench): Promise<{ largest: number; units: number }> {
  const seen = { largest: 0, units: 0 };
  const inner = bench.storage;
  const storage = wrapStorage(inner, {
    commit: (group) => {
      for (const { effects } of group.units) {
        seen.units += 1;
        seen.largest = Math.max(seen.largest, effects.length);
      }
      return inner.commit(group);
    },
  });
  await bench.start({ storage });
  return seen;
}

const ONCE = { key: "k", digest: "d" };

export const selectionBehaviours: readonly EngineBehaviour[] = [
  {
    name: "cancels what waits, and says of each other job why not",
    async run(bench) {
      const scheduled = await bench.enqueue({ scheduledAt: bench.clock.now() + 60_000 });
      const running = await bench.active();
      const waiting = await bench.enqueue();
      const none = { id: jobId(999) };
      const outcome = await byIds(bench, "cancel", [waiting, running, none, scheduled]);
      expect(told(outcome)).toEqual([null, "conflict active", "not_found", null]);
      expect(outcome).toMatchObject({ total: 4, matched: 3, done: 2 });
      expect(await bench.stateOf(running)).toBe("active");
      expect(await counts(bench)).toMatchObject({ cancelled: 2, active: 1, scheduled: 0 });
      expect(bench.eventsOf(waiting.id)).toEqual(["job.enqueued", "job.cancelled"]);
      expect(told(await byIds(bench, "cancel", [waiting]))).toEqual(["conflict cancelled"]);
    },
  },
  {
    name: "retries what has failed or waits for another attempt, and wakes who waits for work",
    async run(bench) {
      const letter = await failed(bench, { on_exhaustion: "dead_letter" });
      const plain = await failed(bench);
      const running = await bench.active();
      const { id } = await bench.nack(running);
      const waiter = bench.fetch({ count: 3, waitMs: 30_000 });
      await bench.rest();
      const outcome = await byIds(bench, "retry", [letter, plain, { id }, await bench.enqueue({ queue: "other" })]);
      expect(told(outcome)).toEqual([null, null, null, "conflict available"]);
      expect((await waiter).map((job) => [job.id, job.attempt])).toEqual([
        [letter.id, 1],
        [plain.id, 1],
        [id, 2],
      ]);
    },
  },
  {
    name: "deletes what has ended, for good, and nothing else",
    async run(bench) {
      const done = await bench.active();
      await bench.ack(done);
      const letter = await failed(bench, { on_exhaustion: "dead_letter" });
      const waiting = await bench.enqueue();
      const outcome = await byIds(bench, "delete", [done, letter, waiting]);
      expect(told(outcome)).toEqual([null, null, "conflict available"]);
      for (const job of [done, letter]) await expect(bench.job(job)).rejects.toMatchObject({ code: "not_found" });
      expect(await counts(bench)).toMatchObject({ completed: 0, discarded: 0, available: 1 });
    },
  },
  {
    name: "does everything or nothing when asked to",
    async run(bench) {
      const jobs = await many(bench, 300);
      const running = await bench.fetchOne();
      const refused = await byIds(bench, "cancel", jobs, { atomic: true });
      expect(refused).toMatchObject({ total: 300, done: 0 });
      expect(told(refused).filter((text) => text === "rolled_back")).toHaveLength(299);
      expect(told(refused)[jobs.findIndex(({ id }) => id === running.id)]).toBe("conflict active");
      expect(await counts(bench)).toMatchObject({ available: 299, cancelled: 0 });
      const others = jobs.filter(({ id }) => id !== running.id);
      expect(await byIds(bench, "cancel", others, { atomic: true })).toMatchObject({ total: 299, done: 299 });
    },
  },
  {
    name: "finds jobs by their queue, type, priority, time and meta, and does it to no other",
    async run(bench) {
      const early = await bench.enqueue({ priority: 3, meta: '{"tenant":{"a":[1,2]},"x":1}' });
      await bench.advance(1_000);
      const middle = await bench.enqueue({ type: "report.build", queue: "other" });
      await bench.advance(1_000);
      const late = await bench.enqueue({ scheduledAt: bench.clock.now() + 60_000 });
      const iso = (job: JobRecord) => new Date(job.enqueuedAt).toISOString();
      const hits: readonly (readonly [conditions: object, hit: readonly JobRecord[]])[] = [
        [{ meta: { tenant: { a: [2, 1] } } }, []],
        [{ enqueued_before: iso(early) }, []],
        [{ queue: "nobody" }, []],
        [{ type: "report.build", queue: "other" }, [middle]],
        [{ state: ["scheduled"] }, [late]],
        [{ meta: { tenant: { a: [1, 2] } }, priority: 3 }, [early]],
      ];
      for (const [conditions, hit] of hits) {
        const outcome = await byFilter(bench, "cancel", conditions);
        expect(outcome.items.map(({ jobId: id }) => id)).toEqual(hit.map(({ id }) => id));
        expect(outcome).toMatchObject({ total: hit.length, matched: hit.length, done: hit.length });
      }
      const between = await many(bench, 2);
      await bench.advance(1);
      await bench.enqueue();
      const outcome = await byFilter(bench, "cancel", { enqueued_after: iso(late), state: ["available"] });
      expect(outcome.total).toBe(1);
      expect(await bench.stateOf(between[0]!)).toBe("available");
    },
  },
  {
    name: "goes through a filter's thousands in many small commits",
    async run(bench) {
      const jobs = [
        ...(await many(bench, 900)),
        ...(await many(bench, 700, { queue: "a", priority: 5 })),
        ...(await many(bench, 500, { queue: "a", scheduledAt: bench.clock.now() + 60_000 })),
      ];
      await many(bench, 400, { type: "report.build" });
      const seen = await watched(bench);
      const outcome = await byFilter(bench, "cancel", { type: "email.send" });
      expect(outcome).toMatchObject({ total: 2_100, done: 2_100 });
      expect(new Set(outcome.items.map(({ jobId: id }) => id))).toEqual(new Set(jobs.map(({ id }) => id)));
      expect(seen.largest).toBeLessThanOrEqual(200);
      expect(await counts(bench)).toMatchObject({ available: 400 });
    },
  },
  {
    name: "lets others in between two commits of a filter's thousands",
    async run(bench) {
      await many(bench, 1_000);
      let cancelledBefore = -1;
      const operation = byFilter(bench, "cancel", { queue: QUEUE });
      await bench.enqueue({ queue: "other" });
      cancelledBefore = (await counts(bench)).cancelled;
      expect((await operation).done).toBe(1_000);
      expect(cancelledBefore).toBeLessThan(1_000);
    },
  },
  {
    name: "meets a job once that fails again while its filter is under way",
    async run(bench) {
      const enqueued = await many(bench, 450, { maxAttempts: 1, ...retry({ max_attempts: 1 }) });
      for (const job of await bench.fetch({ count: 1_000 })) await bench.nack(job);
      const inner = bench.storage;
      let failing = 0;
      const storage = wrapStorage(inner, {
        jobs: {
          ...inner.jobs,
          walk: async (set, limit, after) => {
            await bench.advance(1);
            for (const job of await bench.fetch({ count: 1_000 })) {
              failing += 1;
              await bench.nack(job);
            }
            return inner.jobs.walk(set, limit, after);
          },
        },
      });
      await bench.start({ storage });
      const outcome = await byFilter(bench, "retry", { type: "email.send", state: ["discarded"] });
      expect(outcome.total).toBe(enqueued.length);
      expect(failing).toBeGreaterThan(0);
    },
  },
  {
    name: "refuses an atomic filter that too many jobs meet, and does nothing",
    async run(bench) {
      await many(bench, 1_001);
      const refused = byFilter(bench, "cancel", { queue: QUEUE }, { atomic: true });
      await expect(refused).rejects.toMatchObject({ status: 413, details: { max: 1_000 } });
      await bench.engine.cancel((await bench.fetch())[0]!.id);
      const seen = await watched(bench);
      expect(await byFilter(bench, "cancel", { queue: QUEUE }, { atomic: true })).toMatchObject({ done: 1_000 });
      expect(seen).toEqual({ units: 1, largest: 1_000 });
    },
  },
  {
    name: "stops when nobody waits for the answer any more, and says what it did",
    async run(bench) {
      await many(bench, 1_000);
      let asked = 0;
      const abandoned = (): boolean => ++asked > 2;
      const { done, total } = await byFilter(bench, "cancel", { queue: QUEUE }, { abandoned });
      expect(done).toBe(total);
      expect(await counts(bench)).toMatchObject({ cancelled: done, available: 1_000 - done });
      expect(done).toBeLessThan(1_000);
    },
  },
  {
    name: "does each job once under a key, and answers repetitions the same",
    async run(bench) {
      const letters = [await failed(bench), await failed(bench)];
      const request = () => byIds(bench, "retry", [...letters, { id: jobId(999) }], { once: ONCE });
      const [first, second] = await Promise.all([request(), request()]);
      expect(told(first)).toEqual([null, null, "not_found"]);
      expect(second).toEqual(first);
      for (const job of await bench.fetch({ count: 2 })) await bench.nack(job);
      await bench.start();
      expect(await request()).toEqual(first);
      expect(await counts(bench)).toMatchObject({ discarded: 2, available: 0 });
      const other = byIds(bench, "retry", letters, { once: { key: "k", digest: "other" } });
      await expect(other).rejects.toMatchObject({ code: "conflict", status: 409 });
      expect((await byIds(bench, "delete", letters, { once: ONCE })).done).toBe(2);
    },
  },
  {
    name: "goes on under its key where it was when the server is killed in the middle",
    async run(bench) {
      await many(bench, 700, { maxAttempts: 1, ...retry({ max_attempts: 1 }) });
      for (const job of await bench.fetch({ count: 1_000 })) await bench.nack(job);
      const crashing = new CrashingStorage(bench.storage);
      await bench.start({ storage: crashing.storage, onError: () => {} });
      crashing.arm("after", 1);
      const request = () => byFilter(bench, "retry", { queue: QUEUE }, { once: ONCE });
      await expect(request()).rejects.toMatchObject({ code: "backend_error" });
      await bench.start();
      const retried = (await counts(bench)).available;
      expect(retried).toBeGreaterThan(0);
      // What was retried fails again: only those that it has not come to yet may be retried now.
      for (const job of await bench.fetch({ count: 1_000 })) await bench.nack(job);
      await bench.advance(1);
      const outcome = await request();
      expect(new Set(outcome.items.map(({ jobId: id }) => id)).size).toBe(outcome.total);
      expect(outcome.done).toBe(700);
      // Those of before the crash were not retried a second time.
      expect(await counts(bench)).toMatchObject({ available: 700 - retried, discarded: retried });
    },
  },
  {
    name: "tells that it is over, once",
    async run(bench) {
      const jobs = [await bench.active(), await bench.enqueue()];
      await byIds(bench, "cancel", jobs, { once: ONCE });
      await byIds(bench, "cancel", jobs, { once: ONCE });
      await bench.engine.enqueueBulk({ items: [sampleRequest()], atomic: true });
      const types = ["bulk.cancel.completed", "bulk.enqueue.completed"];
      const { events } = bench.engine.listEvents({ types, limit: 9 });
      expect(events.map((event) => JSON.parse(encodeEvent(event)))).toMatchObject([
        { type: types[0], subject: "bulk/cancel", data: { total: 2, cancelled: 1, skipped: 1 } },
        { type: types[1], data: { total: 1, succeeded: 1, failed: 0, atomicity: "atomic" } },
      ]);
    },
  },
  {
    name: "gives a waiting job another place in its queue",
    async run(bench) {
      const [first, second, third] = [await bench.enqueue(), await bench.enqueue(), await bench.enqueue()];
      expect(await bench.engine.setPriority(third.id, 7)).toMatchObject({ job: { priority: 7 }, previousPriority: 0 });
      expect(await bench.engine.setPriority(first.id, -1)).toMatchObject({ job: { priority: -1 } });
      await bench.engine.setPriority(second.id, 0);
      expect((await bench.fetch({ count: 3 })).map(({ id }) => id)).toEqual([third.id, second.id, first.id]);
      expect(bench.eventsOf(third.id)).toEqual(["job.enqueued", "priority.changed", "job.started"]);
      expect(bench.eventsOf(second.id)).toEqual(["job.enqueued", "job.started"]);
      const { events } = bench.engine.listEvents({ types: ["priority.changed"], limit: 1 });
      expect(JSON.parse(encodeEvent(events[0]!)).data).toMatchObject({ previous_priority: 0, new_priority: 7 });
    },
  },
  {
    name: "changes the priority of no job that runs, failed or ended",
    async run(bench) {
      const later = await bench.enqueue({ scheduledAt: bench.clock.now() + 1_000 });
      await bench.engine.setPriority(later.id, 9);
      const running = await bench.active();
      const refused = { code: "conflict", details: { expected_state: "available|scheduled|pending" } };
      await expect(bench.engine.setPriority(running.id, 9)).rejects.toMatchObject(refused);
      await bench.nack(running);
      await expect(bench.engine.setPriority(running.id, 9)).rejects.toMatchObject(refused);
      await bench.engine.cancel(running.id);
      await expect(bench.engine.setPriority(running.id, 9)).rejects.toMatchObject(refused);
      await expect(bench.engine.setPriority(jobId(999), 9)).rejects.toMatchObject({ code: "not_found" });
    },
  },
];
