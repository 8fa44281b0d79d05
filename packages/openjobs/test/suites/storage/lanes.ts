import { expect } from "vitest";
import type { JobChange, JobRecord } from "../../../src/core/job.ts";
import { laneOf } from "../../../src/core/lane.ts";
import { cancellation } from "../../../src/core/lifecycle/end.ts";
import { NO_STARTS } from "../../../src/core/permits.ts";
import type { RateLimit } from "../../../src/core/rate-limit.ts";
import type { Opening } from "../../../src/storage/storage.ts";
import { aJob, T0 } from "../../support/jobs.ts";
import { insertOfLaunch, launched, stepOf } from "../../support/workflows.ts";
import { type Behaviour, type Bench, claimOf, DONE, ids, insertOf, pauseOf, removeOf, updateOf } from "./bench.ts";
import { POISONED_CLAIM } from "./group.ts";

const ONE_AT_A_TIME = laneOf({ key: "stripe", concurrency: 1 });
const TWO_AT_A_TIME = laneOf({ key: "stripe", concurrency: 2 });
const THREE_A_MINUTE = laneOf({ key: "mail", rate: { limit: 3, periodMs: 60_000 } });
const TWO_A_SECOND = laneOf({ key: "mail", throttle: { limit: 2, periodMs: 1_000 } });

function limited(lane: string, fields: Partial<JobRecord> = {}): JobRecord {
  return aJob({ lane, ...fields });
}

function several(count: number, lane: string, fields: Partial<JobRecord> = {}): JobRecord[] {
  return Array.from({ length: count }, () => limited(lane, fields));
}

/** What a group with nothing but this claim says about a queue. */
async function openingAfterClaim(bench: Bench, queue = "default", limit = 10): Promise<Opening["at"] | undefined> {
  const { openings = [] } = await bench.commit({ claims: [claimOf({ queues: [queue], limit })] });
  return openings.find((opening) => opening.queue === queue)?.at;
}

/** Every change by which an attempt ends. */
const ENDS: Readonly<Record<string, JobChange>> = {
  "a failure with another attempt": { state: "retryable", availableAt: T0 + 60_000, dueAt: T0 + 60_000 },
  "a failure without": { state: "discarded", endedAt: T0, deadLetter: true, dueAt: null },
  "the end of its lease": { state: "available", availableAt: T0, dueAt: null },
  cancellation: cancellation(T0).change,
  completion: { state: "completed", endedAt: T0, dueAt: null },
};

export const laneBehaviours: readonly Behaviour[] = [
  {
    name: "passes over jobs whose limit leaves no permit, and claims those behind them",
    run: async (bench) => {
      const [running, blocked] = await bench.insert(...several(2, ONE_AT_A_TIME, { priority: 5 }));
      const free = await bench.insert(aJob(), limited(laneOf({ key: "other", concurrency: 1 })), aJob());
      expect(ids(await bench.claim())).toEqual(ids([running!, ...free]));
      expect(await bench.claim()).toEqual([]);
      expect(await bench.job(blocked!)).toEqual(blocked);
    },
  },
  {
    name: "lets as many jobs of a key run as each job's limit says, over all queues, lanes and claims of a group",
    run: async (bench) => {
      await bench.insert(...several(2, TWO_AT_A_TIME, { queue: "a" }), ...several(2, TWO_AT_A_TIME, { queue: "b" }));
      await bench.insert(...several(2, ONE_AT_A_TIME, { queue: "c" }));
      const claims = ["c", "a", "b", "c"].map((queue) => claimOf({ queues: [queue], limit: 1 }));
      const outcome = await bench.commit({ claims });
      expect(outcome.claims.map((jobs) => jobs.map(({ queue }) => queue))).toEqual([["c"], ["a"], [], []]);
      expect(await bench.claim({ queues: ["a", "b", "c"] })).toEqual([]);
    },
  },
  {
    name: "tells what the jobs with one key do, in all queues and lanes, and when they started",
    run: async (bench) => {
      const under = (key: string, limit = 100) => bench.storage.jobs.underKey(key, limit);
      await bench.insert(...several(2, TWO_AT_A_TIME, { queue: "a" }), limited(ONE_AT_A_TIME, { queue: "b" }), aJob());
      await bench.insert(limited(laneOf({ key: "stripe-2", concurrency: 1 })), ...several(4, THREE_A_MINUTE));
      await bench.claim({ queues: ["a"], limit: 1 });
      const counts = new Map((await under("stripe")).lanes.map(({ lane, ...numbers }) => [lane, numbers]));
      expect(counts.get(TWO_AT_A_TIME)).toEqual({ waiting: 1, active: 1 });
      expect(counts.get(ONE_AT_A_TIME)).toEqual({ waiting: 1, active: 0 });
      expect([counts.size, (await under("stripe")).starts.entries]).toEqual([2, []]);
      await bench.claim({ limit: 3 });
      const { lanes, starts } = await under("mail", 2);
      expect(lanes.reduce((sum, { waiting }) => sum + waiting, 0)).toBeLessThanOrEqual(2);
      expect(starts.entries.reduce((sum, [, count]) => sum + count, 0)).toBeGreaterThan(0);
      expect(await under("strip")).toEqual({ lanes: [], starts: NO_STARTS });
    },
  },
  {
    name: "lets nothing start under a concurrency of zero",
    run: async (bench) => {
      await bench.insert(limited(laneOf({ key: "down", concurrency: 0 })));
      expect(await bench.claim()).toEqual([]);
    },
  },
  {
    name: "has a permit back however an attempt ends, in time for the claims of the group",
    run: async (bench) => {
      for (const [how, change] of Object.entries(ENDS)) {
        const lane = laneOf({ key: how.replaceAll(" ", "-"), concurrency: 1 });
        const queue = how.replaceAll(" ", "-");
        const running = await bench.claimed(limited(lane, { queue }));
        // First in its queue, also when the other one comes back.
        const next = await bench.inserted(limited(lane, { queue, priority: 1 }));
        expect(await openingAfterClaim(bench, queue), how).toBeNull();
        const units = [{ effects: [updateOf(running, change)] }];
        const { claims } = await bench.commit({ units, claims: [claimOf({ queues: [queue] })] });
        expect(claims.map(ids), how).toEqual([[next.id]]);
        expect(await bench.claim({ queues: [queue] }), how).toEqual([]);
      }
    },
  },
  {
    name: "has a permit back from a plain completion and from the removal of a running job",
    run: async (bench) => {
      const [first, second, third] = await bench.insert(...several(3, ONE_AT_A_TIME));
      await bench.claim();
      const completions = [{ id: first!.id, fence: { lease: 1 }, result: null }];
      const { claims } = await bench.commit({ completions, claims: [claimOf({})] });
      expect(claims.map(ids)).toEqual([[second!.id]]);
      await bench.unit(removeOf(await bench.job(second!)));
      expect(ids(await bench.claim())).toEqual([third!.id]);
    },
  },
  {
    name: "has the permits of a workflow's members back when it is cancelled",
    run: async (bench) => {
      const limit = { rate_limit: { key: "stripe", concurrency: 1 } };
      const launch = launched({ type: "group", jobs: [stepOf("a", limit), stepOf("b", limit)] });
      await bench.unit(insertOfLaunch(launch));
      expect(await bench.claim()).toHaveLength(1);
      const other = await bench.inserted(limited(ONE_AT_A_TIME));
      expect(await bench.claim()).toEqual([]);
      await bench.unit({ kind: "cancel-workflow", id: launch.workflow.id, change: cancellation(T0).change });
      expect(ids(await bench.claim())).toEqual([other.id]);
    },
  },
  {
    name: "gives no permit back for a unit that is refused",
    run: async (bench) => {
      const running = await bench.claimed(limited(ONE_AT_A_TIME));
      const waiting = await bench.inserted(limited(ONE_AT_A_TIME));
      const cancel = updateOf(running, cancellation(T0).change);
      expect(await bench.unit(cancel, insertOf(waiting))).toMatchObject({ ok: false });
      expect(await bench.unit(insertOf(aJob()), removeOf({ ...running, revision: 1 }))).toMatchObject({ ok: false });
      expect(await bench.claim()).toEqual([]);
      expect(await bench.unit(cancel)).toEqual(DONE);
      expect(ids(await bench.claim())).toEqual([waiting.id]);
    },
  },
  {
    name: "counts nothing of a commit that rejects",
    run: async (bench) => {
      const [first, second] = await bench.insert(
        ...several(2, laneOf({ key: "mail", concurrency: 1, rate: { limit: 1, periodMs: 60_000 } })),
      );
      const broken = { now: T0, completions: [], beats: [], units: [], claims: [claimOf({}), POISONED_CLAIM] };
      await expect(bench.storage.commit(broken)).rejects.toThrow();
      bench.now = T0 + 60_000;
      expect(ids(await bench.claim())).toEqual([first!.id]);
      const done = [{ id: first!.id, fence: {}, result: null }];
      const late = { ...broken, now: T0 + 120_000, completions: done, claims: [POISONED_CLAIM] };
      await expect(bench.storage.commit(late)).rejects.toThrow();
      bench.now = T0 + 120_000;
      expect(await bench.claim()).toEqual([]);
      await bench.commit({ completions: done });
      expect(ids(await bench.claim())).toEqual([second!.id]);
    },
  },
  {
    name: "takes the jobs of a queue in one order, whatever their lanes",
    run: async (bench) => {
      const lanes = [null, laneOf({ key: "a", concurrency: 99 }), laneOf({ key: "b", concurrency: 99 })];
      const jobs = await bench.insert(
        ...Array.from({ length: 60 }, (_, index) =>
          aJob({ lane: lanes[index % 3]!, priority: (index * 7) % 5, availableAt: T0 + ((index * 31) % 11) }),
        ),
      );
      const order = jobs.toSorted((a, b) => b.priority - a.priority || a.availableAt - b.availableAt || a.seq - b.seq);
      const claimed: JobRecord[] = [];
      for (let limit = 1; claimed.length < 60; limit += 3) claimed.push(...(await bench.claim({ limit })));
      expect(ids(claimed)).toEqual(ids(order));
    },
  },
  {
    name: "lets a job that comes back, or gets another priority, wait in its lane again",
    run: async (bench) => {
      const [first, second, third] = await bench.insert(...several(3, ONE_AT_A_TIME));
      await bench.claim();
      await bench.update(await bench.job(first!), { state: "available", availableAt: T0 + 5, dueAt: null });
      await bench.update(third!, { priority: 1 });
      const order: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        const claimed = await bench.claim();
        expect(claimed).toHaveLength(1);
        for (const job of claimed) {
          order.push(job.id);
          await bench.complete(job, {});
        }
      }
      expect(order).toEqual(ids([third!, second!, first!]));
    },
  },
  {
    name: "never hands out a job of a lane that is too late, and is not held up by it",
    run: async (bench) => {
      const late = await bench.inserted(limited(ONE_AT_A_TIME, { expiresAt: T0 + 10, priority: 1 }));
      const good = await bench.inserted(limited(ONE_AT_A_TIME));
      bench.now = T0 + 10;
      expect(ids(await bench.claim())).toEqual([good.id]);
      expect((await bench.job(late)).state).toBe("available");
    },
  },
  {
    name: "starts no more jobs within any period than a rate says",
    run: async (bench) => {
      await bench.insert(...several(9, THREE_A_MINUTE));
      const starts: number[] = [];
      for (let at = 0; at <= 125_000; at += 5_000) {
        bench.now = T0 + at;
        const claimed = await bench.claim({ limit: at === 0 ? 1 : 10 });
        starts.push(...claimed.map(() => at));
        // That they are done gives nothing back.
        for (const job of claimed) await bench.complete(job, {});
      }
      expect(starts).toEqual([0, 5_000, 5_000, 60_000, 65_000, 65_000, 120_000, 125_000, 125_000]);
    },
  },
  {
    name: "spaces the jobs of a throttle from the last start, however long nobody came",
    run: async (bench) => {
      await bench.insert(...several(4, TWO_A_SECOND));
      const claimedAt = async (at: number): Promise<number> => {
        bench.now = T0 + at;
        return (await bench.claim()).length;
      };
      const counts: number[] = [];
      for (const at of [0, 499, 500, 5_250, 5_749, 5_750]) counts.push(await claimedAt(at));
      expect(counts).toEqual([1, 0, 1, 1, 0, 1]);
    },
  },
  {
    name: "holds a job to all of its limits at once",
    run: async (bench) => {
      const limit: RateLimit = {
        key: "all",
        concurrency: 1,
        rate: { limit: 2, periodMs: 10_000 },
        throttle: { limit: 1, periodMs: 1_000 },
      };
      await bench.insert(...several(3, laneOf(limit)));
      const [first] = await bench.claim();
      bench.now = T0 + 2_000;
      expect(await bench.claim(), "one runs").toEqual([]);
      await bench.complete(first!, {});
      const [second] = await bench.claim();
      await bench.complete(second!, {});
      bench.now = T0 + 9_999;
      expect(await bench.claim(), "two in ten seconds").toEqual([]);
      bench.now = T0 + 10_000;
      expect(await bench.claim()).toHaveLength(1);
    },
  },
  {
    name: "says when work that waits for its limits may be claimed: at a moment, at once, or not by itself",
    run: async (bench) => {
      await bench.insert(...several(4, THREE_A_MINUTE, { queue: "mail" }));
      expect(await openingAfterClaim(bench, "mail", 1), "some are left").toBe(T0);
      bench.now = T0 + 7_000;
      expect(await openingAfterClaim(bench, "mail"), "the first start leaves the minute").toBe(T0 + 60_000);
      await bench.insert(...several(2, ONE_AT_A_TIME, { queue: "stripe" }));
      expect(await openingAfterClaim(bench, "stripe"), "somebody has to be done").toBeNull();
    },
  },
  {
    name: "says which queues a permit that was given back is for",
    run: async (bench) => {
      const running = await bench.claimed(limited(ONE_AT_A_TIME, { queue: "a" }));
      await bench.insert(limited(ONE_AT_A_TIME, { queue: "a" }), limited(ONE_AT_A_TIME, { queue: "b" }));
      await bench.insert(limited(laneOf({ key: "other", concurrency: 0 }), { queue: "c" }));
      expect(await bench.claim({ queues: ["a", "b", "c"] })).toEqual([]);
      const { openings } = await bench.commit({ completions: [{ id: running.id, fence: {}, result: null }] });
      const now = openings?.filter(({ at }) => at !== null && at <= bench.now).map(({ queue }) => queue);
      expect(now?.toSorted()).toEqual(["a", "b"]);
    },
  },
  {
    name: "says nothing of queues that have no lanes",
    run: async (bench) => {
      const outcome = await bench.commit({ units: [{ effects: [insertOf(aJob())] }], claims: [claimOf({})] });
      expect(outcome.openings ?? []).toEqual([]);
    },
  },
  {
    name: "gives nothing out of the lanes of a paused queue",
    run: async (bench) => {
      await bench.insert(limited(ONE_AT_A_TIME));
      await bench.unit(pauseOf("default"));
      expect(await bench.claim()).toEqual([]);
      await bench.unit(pauseOf("default", false));
      expect(await bench.claim()).toHaveLength(1);
    },
  },
  {
    name: "claims past 3,000 jobs that are blocked, in 30 lanes, in front of one that is not",
    run: async (bench) => {
      const lanes = Array.from({ length: 30 }, (_, index) => laneOf({ key: `down-${index}`, concurrency: 0 }));
      await bench.insert(...lanes.flatMap((lane) => several(100, lane, { priority: 9 })));
      const free = await bench.insert(aJob(), limited(ONE_AT_A_TIME), aJob());
      expect(ids(await bench.claim({ limit: 2 }))).toEqual(ids(free.slice(0, 2)));
      expect(ids(await bench.claim({ limit: 2 }))).toEqual(ids(free.slice(2)));
    },
  },
  {
    name: "knows what runs, what waits and what has started after it was opened again",
    durable: true,
    run: async (bench) => {
      const [running, waiting] = await bench.insert(...several(2, ONE_AT_A_TIME));
      const [, late] = await bench.insert(...several(2, TWO_A_SECOND));
      expect(await bench.claim()).toHaveLength(2);
      await bench.reopen();
      bench.now = T0 + 499;
      expect(await bench.claim()).toEqual([]);
      bench.now = T0 + 500;
      expect(ids(await bench.claim())).toEqual([late!.id]);
      await bench.complete(running!, {});
      expect(ids(await bench.claim())).toEqual([waiting!.id]);
      await bench.reopen();
      expect(await bench.claim()).toEqual([]);
    },
  },
];
