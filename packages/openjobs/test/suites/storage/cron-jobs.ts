import { expect } from "vitest";
import { aJob, aScheduledJob } from "../../support/jobs.ts";
import { type Behaviour, ids, removeOf } from "./bench.ts";

export const cronJobBehaviours: readonly Behaviour[] = [
  {
    name: "remembers which cron job made a job",
    run: async (bench) => {
      const [made, other] = await bench.insert(aJob({ cron: "daily-report" }), aJob());
      expect([made?.cron, other?.cron]).toEqual(["daily-report", null]);
    },
  },
  {
    name: "leaves the job of a cron job untouched by a plain completion",
    run: async (bench) => {
      const job = await bench.claimed(aJob({ cron: "daily" }));
      expect(await bench.complete(job, {}, "1")).toBeNull();
      expect(await bench.job(job)).toEqual(job);
    },
  },
  {
    name: "gives the jobs of a cron job that have not ended, oldest first, at most `limit`",
    run: async (bench) => {
      const cron = "daily";
      const waiting = aJob({ cron, priority: -1 });
      const [a, b, c, d] = await bench.insert(
        waiting,
        aJob({ cron, queue: "other", priority: 9 }),
        aScheduledJob({ cron, queue: "later" }),
        aJob({ cron, queue: "later", state: "retryable" }),
        aJob({ cron, queue: "later", state: "pending" }),
        aJob({ cron: "weekly", queue: "later" }),
        aJob({ queue: "later" }),
        aJob({ cron, state: "cancelled", endedAt: 0 }),
      );
      const open = async (limit: number) => ids(await bench.storage.jobs.openOfCron(cron, limit));
      expect((await open(9)).slice(0, 4)).toEqual(ids([a!, b!, c!, d!]));
      expect(await open(9)).toHaveLength(5);
      expect(await open(2)).toEqual(ids([a!, b!]));
      const active = (await bench.claim())[0]!;
      expect(active.id).toBe(waiting.id);
      expect(await open(1)).toEqual(ids([a!]));
      await bench.update(active, { state: "completed", endedAt: 1 });
      await bench.unit(removeOf(b!));
      expect(await open(2)).toEqual(ids([c!, d!]));
      await bench.update(c!, { state: "discarded", endedAt: 1, deadLetter: true });
      expect(await open(1)).toEqual(ids([d!]));
      await bench.update(await bench.job(c!), { state: "available", endedAt: null, deadLetter: false });
      expect(await open(1)).toEqual(ids([c!]));
      expect(await bench.storage.jobs.openOfCron("never", 9)).toEqual([]);
    },
  },
];
