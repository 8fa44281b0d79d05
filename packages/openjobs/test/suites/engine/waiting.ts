/** Fetches that wait until there is something to do (design 3.6). */
import { expect } from "vitest";
import type { JobRecord } from "../../../src/core/job.ts";
import type { FetchRequest } from "../../../src/engine/engine.ts";
import type { Group, Storage } from "../../../src/storage/storage.ts";
import { sampleRequest } from "../../core/sample-job.ts";
import { wrapStorage } from "../../support/storage-wrapper.ts";
import { type EngineBehaviour, type EngineBench, QUEUE, retry } from "./bench.ts";

const ID = "019539a4-b68c-7def-8000-0000000000aa";

/** A fetch that waits. */
export interface Parked {
  readonly jobs: Promise<readonly JobRecord[]>;
  /** What came, or undefined while it waits. */
  answer: readonly JobRecord[] | undefined;
}

/** Starts a fetch that waits, and lets it come to rest. */
export async function park(bench: EngineBench, request: Partial<FetchRequest> = {}): Promise<Parked> {
  const parked: Parked = { jobs: bench.fetch({ waitMs: 20_000, ...request }), answer: undefined };
  void parked.jobs.then((jobs) => {
    parked.answer = jobs;
  });
  await bench.rest();
  return parked;
}

/** The groups that the storage gets from now on. */
async function recordGroups(bench: EngineBench): Promise<Group[]> {
  const groups: Group[] = [];
  const commit: Storage["commit"] = (group) => {
    groups.push(group);
    return bench.storage.commit(group);
  };
  await bench.start({ storage: wrapStorage(bench.storage, { commit }) });
  return groups;
}

export const waitBehaviours: readonly EngineBehaviour[] = [
  {
    name: "answers at once when there is a job, and with nothing when the wait is over",
    async run(bench) {
      const job = await bench.enqueue();
      expect((await bench.fetch({ waitMs: 20_000 })).map(({ id }) => id)).toEqual([job.id]);
      const parked = await park(bench);
      await bench.advance(19_999);
      expect(parked.answer).toBeUndefined();
      await bench.advance(1);
      expect(parked.answer).toEqual([]);
    },
  },
  {
    name: "wakes one waiter for each new job, the longest waiting first",
    async run(bench) {
      const waiting = [await park(bench), await park(bench), await park(bench)];
      const first = await bench.enqueue();
      await bench.rest();
      expect(waiting.map(({ answer }) => answer?.[0]?.id)).toEqual([first.id, undefined, undefined]);
      await bench.engine.enqueueBatch([sampleRequest(), sampleRequest()]);
      await bench.rest();
      expect(waiting.map(({ answer }) => answer?.length)).toEqual([1, 1, 1]);
    },
  },
  {
    name: "is woken by whatever makes a job available",
    async run(bench) {
      const causes: Record<string, () => Promise<unknown>> = {
        resume: async () => {
          await bench.engine.pauseQueue(QUEUE);
          await bench.enqueue();
          return () => bench.engine.resumeQueue(QUEUE);
        },
        requeue: async () => {
          const job = await bench.active();
          return () => bench.nack(job, "x", true);
        },
        "a retry that is due": async () => {
          await bench.nack(await bench.active(retry({ initial_interval: "PT5S", jitter: false })));
          return () => bench.advance(5_000);
        },
        "a schedule that is due": async () => {
          await bench.enqueue({ scheduledAt: bench.clock.now() + 3_000 });
          return () => bench.advance(3_000);
        },
        "a lease that ended": async () => {
          await bench.active({ visibilityMs: 2_000 });
          return () => bench.advance(2_000);
        },
        activation: async () => {
          const job = await bench.enqueue({ pending: true });
          return () => bench.engine.activate(job.id);
        },
        "a dead letter that is retried": async () => {
          const job = await bench.active({ maxAttempts: 1, ...retry({ on_exhaustion: "dead_letter" }) });
          await bench.nack(job);
          return () => bench.engine.retryDeadLetter(job.id);
        },
        release: async () => {
          const job = await bench.active();
          return () => bench.engine.release([job]);
        },
      };
      for (const [cause, prepare] of Object.entries(causes)) {
        const happen = (await prepare()) as () => Promise<unknown>;
        const parked = await park(bench);
        expect(parked.answer, `${cause}: before`).toBeUndefined();
        await happen();
        await bench.rest();
        expect(parked.answer, cause).toHaveLength(1);
        for (const job of parked.answer ?? []) await bench.ack(job);
      }
    },
  },
  {
    name: "loses no wake-up when jobs arrive while fetches are on their way",
    async run(bench) {
      const fetches = Array.from({ length: 40 }, () => bench.fetch({ waitMs: 20_000 }));
      const enqueued = Array.from({ length: 40 }, async (_, index) => {
        if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        return bench.enqueue();
      });
      const ids = (await Promise.all(enqueued)).map(({ id }) => id);
      const fetched = (await Promise.all(fetches)).flat().map(({ id }) => id);
      expect(fetched.sort()).toEqual(ids.sort());
    },
  },
  {
    name: "hands a new job out in the commit that stores it",
    async run(bench) {
      const groups = await recordGroups(bench);
      const waiting = [await park(bench), await park(bench), await park(bench)];
      groups.length = 0;
      const [job] = await bench.engine.enqueueBatch([sampleRequest(), sampleRequest()]);
      await bench.rest();
      expect(waiting.map(({ answer }) => answer?.length)).toEqual([1, 1, undefined]);
      expect(waiting[0]?.answer?.[0]?.id).toBe(job?.job.id);
      expect(groups.map(({ units, claims }) => [units.length, claims.length])).toEqual([[1, 2]]);
    },
  },
  {
    name: "lets a waiter keep its place when the job that woke it is refused",
    async run(bench) {
      const taken = await bench.active({ id: ID });
      const waiting = [await park(bench), await park(bench)];
      await expect(bench.enqueue({ id: ID, source: "another request" })).rejects.toMatchObject({ code: "duplicate" });
      await bench.rest();
      expect(waiting.map(({ answer }) => answer)).toEqual([undefined, undefined]);
      const job = await bench.enqueue();
      await bench.rest();
      expect(waiting.map(({ answer }) => answer?.[0]?.id)).toEqual([job.id, undefined]);
      expect(taken.id).toBe(ID);
    },
  },
  {
    name: "loses no wake-up when a claim is answered before the insert that caused it",
    async run(bench) {
      // What two groups on their way at once may come to: the claim does not see the job yet.
      const commit: Storage["commit"] = async (group) => {
        const blind = group.units.length > 0 && group.claims.length > 0;
        const outcome = await bench.storage.commit(blind ? { ...group, claims: [] } : group);
        return blind ? { ...outcome, claims: group.claims.map(() => []) } : outcome;
      };
      await bench.start({ storage: wrapStorage(bench.storage, { commit }) });
      const waiting = [await park(bench), await park(bench)];
      const job = await bench.enqueue();
      await bench.rest();
      expect(waiting.map(({ answer }) => answer?.[0]?.id)).toEqual([job.id, undefined]);
    },
  },
  {
    name: "hands nothing to a waiter that has gone",
    async run(bench) {
      const gone = new AbortController();
      const first = await park(bench, { signal: gone.signal });
      const second = await park(bench);
      gone.abort();
      const job = await bench.enqueue();
      await bench.rest();
      expect(first.answer).toEqual([]);
      expect(second.answer).toMatchObject([{ id: job.id, attempt: 1, returned: 0 }]);
    },
  },
  {
    name: "waits in several queues at once and hears only of them",
    async run(bench) {
      const parked = await park(bench, { queues: ["a", "b", "a"] });
      await bench.enqueue({ queue: "c" });
      await bench.rest();
      expect(parked.answer).toBeUndefined();
      await bench.enqueue({ queue: "b" });
      await bench.rest();
      expect(parked.answer).toMatchObject([{ queue: "b" }]);
    },
  },
  {
    name: "waits on while its queue is paused",
    async run(bench) {
      await bench.engine.pauseQueue(QUEUE);
      const parked = await park(bench);
      await bench.enqueue();
      await bench.rest();
      expect(parked.answer).toBeUndefined();
      await bench.engine.resumeQueue(QUEUE);
      await bench.rest();
      expect(parked.answer).toHaveLength(1);
    },
  },
  {
    name: "answers waiting fetches with nothing when the engine closes",
    async run(bench) {
      const parked = await park(bench);
      await bench.engine.close();
      expect(await parked.jobs).toEqual([]);
    },
  },
];
