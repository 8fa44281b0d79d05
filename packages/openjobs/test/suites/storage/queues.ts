import { expect } from "vitest";
import type { JobRecord } from "../../../src/core/job.ts";
import { laneOf } from "../../../src/core/lane.ts";
import { aDeadLetter, aJob, T0 } from "../../support/jobs.ts";
import { type Behaviour, DONE, insertOf, pauseOf, removeOf, updateOf } from "./bench.ts";

const MINUTE = 60_000;

export const queueBehaviours: readonly Behaviour[] = [
  {
    name: "sums up all queues, and what happened in them since a minute",
    run: async (bench) => {
      const nothing = { started: 0, completed: 0, failed: 0, waitMs: 0, runMs: 0 };
      const empty = await bench.storage.queues.totals(T0);
      expect(empty).toMatchObject({ queues: 0, counts: { available: 0 }, deadLetters: 0, activity: nothing });
      const jobs = [aJob({ queue: "a" }), aJob({ queue: "a" }), aJob({ queue: "b" })];
      await bench.unit(...jobs.map(insertOf), pauseOf("c", true), insertOf(aDeadLetter({ queue: "b" })));
      bench.now = T0 + 100;
      const [job] = await bench.claim({ queues: ["a"], limit: 1 });
      bench.now = T0 + MINUTE;
      await bench.complete(job ?? aJob(), {});
      const totals = await bench.storage.queues.totals(T0);
      expect(totals).toMatchObject({
        queues: 3,
        counts: { available: 2, active: 0, completed: 1, discarded: 1 },
        deadLetters: 1,
        activity: { started: 1, completed: 1, failed: 0, runMs: MINUTE - 100 },
      });
      expect((await bench.storage.queues.totals(T0 + MINUTE)).activity).toMatchObject({ started: 0, completed: 1 });
    },
  },
  {
    name: "tells since when the first in line of each queue waits, in the order of the names",
    run: async (bench) => {
      const at = (queue: string, availableAt: number, fields: Partial<JobRecord> = {}): JobRecord =>
        aJob({ queue, availableAt, ...fields });
      await bench.insert(
        at("a", T0 - 10),
        at("a", T0 - 5, { priority: 1, dueAt: T0 - 1 }),
        at("b", T0 - 7),
        at("b", T0 - 8),
        at("c", T0 - 3, { lane: laneOf({ key: "k", concurrency: 1 }) }),
        at("c", T0 - 2, { state: "scheduled" }),
      );
      const { heads } = bench.storage.queues;
      expect(await heads(["b", "nowhere", "a", "c"])).toEqual([T0 - 8, null, T0 - 5, null]);
      await bench.claim({ queues: ["b"], limit: 1 });
      expect(await heads(["b"])).toEqual([T0 - 7]);
      expect(await heads([])).toEqual([]);
    },
  },
  {
    name: "knows no queue that nobody has used",
    run: async (bench) => {
      expect(await bench.storage.queues.get("default")).toBeUndefined();
      expect(await bench.storage.queues.list({ limit: 10 })).toEqual({ items: [], total: 0 });
      await bench.claim({ queues: ["default"] });
      expect(await bench.storage.queues.get("default")).toBeUndefined();
      expect(await bench.storage.queues.activity("default", T0)).toEqual({
        started: 0,
        completed: 0,
        failed: 0,
        waitMs: 0,
        runMs: 0,
      });
    },
  },
  {
    name: "creates no queue for a unit that is refused",
    run: async (bench) => {
      const unknown = aJob({ queue: "ghost", revision: 1 });
      const job = await bench.inserted(aJob({ queue: "real" }));
      await bench.units(
        [updateOf(unknown, { priority: 1 }, true)],
        [removeOf(unknown)],
        [pauseOf("ghost"), insertOf(job)],
        [insertOf(aJob({ queue: "ghost" })), insertOf(job)],
      );
      expect((await bench.storage.queues.list({ limit: 10 })).items.map(({ name }) => name)).toEqual(["real"]);
    },
  },
  {
    name: "pauses and resumes; pausing twice keeps the first time",
    run: async (bench) => {
      await bench.insert(aJob());
      bench.now = T0 + 10;
      expect(await bench.unit(pauseOf("default"))).toEqual(DONE);
      bench.now = T0 + 20;
      await bench.unit(pauseOf("default"));
      expect((await bench.queue()).pausedAt).toBe(T0 + 10);
      await bench.unit(pauseOf("default", false));
      expect((await bench.queue()).pausedAt).toBeNull();
      await bench.unit(pauseOf("default", false));
      expect((await bench.queue()).pausedAt).toBeNull();
      await bench.unit(pauseOf("default"));
      expect((await bench.queue()).pausedAt).toBe(T0 + 20);
      bench.now = T0 + 30;
      await bench.units([pauseOf("default", false)], [pauseOf("default")]);
      expect((await bench.queue()).pausedAt).toBe(T0 + 30);
    },
  },
  {
    name: "creates a queue that is paused or resumed before its first job",
    run: async (bench) => {
      bench.now = T0 + 5;
      await bench.unit(pauseOf("early"));
      await bench.unit(pauseOf("open", false));
      expect(await bench.queue("early")).toMatchObject({ createdAt: T0 + 5, pausedAt: T0 + 5, deadLetters: 0 });
      expect(await bench.queue("open")).toMatchObject({ createdAt: T0 + 5, pausedAt: null });
      expect(Object.values((await bench.queue("early")).counts)).toEqual(Array(8).fill(0));
      await bench.insert(aJob({ queue: "early" }));
      expect((await bench.queue("early")).pausedAt).toBe(T0 + 5);
    },
  },
  {
    name: "pauses in one group what is claimed in it",
    run: async (bench) => {
      await bench.insert(aJob());
      const { claims } = await bench.commit({
        units: [{ effects: [pauseOf("default")] }],
        claims: [{ queues: ["default"], limit: 1, workerId: null, leaseMs: 1, timeoutMs: 1 }],
      });
      expect(claims).toEqual([[]]);
    },
  },
  {
    name: "lists queues by name with their counters, page by page",
    run: async (bench) => {
      const names = ["b", "a-1", "z", "a", "a.b", "10", "9", "b_c"];
      for (const queue of names) await bench.insert(aJob({ queue }));
      const expected = [...names].sort();
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await bench.storage.queues.list({ limit: 3, ...(after === undefined ? {} : { after }) });
        expect(page.total).toBe(8);
        expect(page.items.every((queue) => queue.counts.available === 1)).toBe(true);
        seen.push(...page.items.map((queue) => queue.name));
        after = page.next;
      } while (after !== undefined);
      expect(seen).toEqual(expected);
    },
  },
  {
    name: "has no next page when the last page is full, and none beyond the end",
    run: async (bench) => {
      for (const queue of ["a", "b", "c", "d"]) await bench.insert(aJob({ queue }));
      const first = await bench.storage.queues.list({ limit: 2 });
      const last = await bench.storage.queues.list({ limit: 2, after: first.next! });
      expect(last.items.map(({ name }) => name)).toEqual(["c", "d"]);
      expect("next" in last).toBe(false);
      expect(await bench.storage.queues.list({ limit: 4 })).not.toHaveProperty("next");
      expect(await bench.storage.queues.list({ limit: 2, offset: 9 })).toEqual({ items: [], total: 4 });
    },
  },
  {
    name: "lists from an offset",
    run: async (bench) => {
      for (const queue of ["a", "b", "c", "d"]) await bench.insert(aJob({ queue }));
      const page = await bench.storage.queues.list({ limit: 2, offset: 1 });
      expect(page.items.map(({ name }) => name)).toEqual(["b", "c"]);
      expect(page.next).toBeDefined();
    },
  },
  {
    name: "goes on behind a cursor when queues have come since",
    run: async (bench) => {
      for (const queue of ["b", "d", "f"]) await bench.insert(aJob({ queue }));
      const { next } = await bench.storage.queues.list({ limit: 2 });
      await bench.insert(aJob({ queue: "a" }), aJob({ queue: "c" }), aJob({ queue: "e" }));
      const rest = await bench.storage.queues.list({ limit: 9, after: next! });
      expect(rest.items.map(({ name }) => name)).toEqual(["e", "f"]);
    },
  },
  {
    name: "refuses a cursor that no page of queues ended with",
    run: async (bench) => {
      await bench.insert(aJob());
      for (const after of ["", "nonsense", "%00", "bnVsbA", "WzEsMl0"]) {
        await expect(bench.storage.queues.list({ limit: 2, after }), after).rejects.toMatchObject({
          code: "invalid_request",
        });
      }
    },
  },
  {
    name: "sums activity from the minute of `since` on",
    run: async (bench) => {
      for (const minute of [0, 1, 3]) {
        bench.now = T0 + minute * MINUTE + 30_000;
        const job = await bench.claimed(aJob({ availableAt: bench.now, enqueuedAt: bench.now }));
        await bench.complete(job, {});
      }
      const started = async (since: number) => (await bench.storage.queues.activity("default", since)).started;
      expect(await started(T0)).toBe(3);
      expect(await started(T0 + MINUTE - 1)).toBe(3);
      expect(await started(T0 + MINUTE)).toBe(2);
      expect(await started(T0 + MINUTE + 59_999)).toBe(2);
      expect(await started(T0 + 2 * MINUTE)).toBe(1);
      expect(await started(T0 + 4 * MINUTE)).toBe(0);
    },
  },
  {
    name: "keeps activity apart by queue",
    run: async (bench) => {
      await bench.claimed(aJob({ queue: "a" }));
      await bench.complete(await bench.claimed(aJob({ queue: "b" })), {});
      expect(await bench.storage.queues.activity("a", T0)).toMatchObject({ started: 1, completed: 0 });
      expect(await bench.storage.queues.activity("b", T0)).toMatchObject({ started: 1, completed: 1 });
    },
  },
  {
    name: "keeps two hours of activity",
    run: async (bench) => {
      await bench.claimed(aJob());
      bench.now = T0 + 119 * MINUTE;
      await bench.claimed(aJob());
      expect(await bench.storage.queues.activity("default", T0)).toMatchObject({ started: 2 });
      bench.now = T0 + 600 * MINUTE;
      await bench.claimed(aJob());
      expect(await bench.storage.queues.activity("default", bench.now - 120 * MINUTE)).toMatchObject({ started: 1 });
    },
  },
];
