import { expect } from "vitest";
import { KEEP_FOREVER, type RetentionTimes } from "../../../src/core/retention.ts";
import { jobId } from "../../support/jobs.ts";
import { wrapStorage } from "../../support/storage-wrapper.ts";
import { type EngineBehaviour, type EngineBench, QUEUE, retry } from "./bench.ts";

const MINUTE = 60_000;

/** As long as it may take from the end of a job's time to its removal. */
const SLACK = 10_000;

async function keeping(bench: EngineBench, times: Partial<RetentionTimes>): Promise<void> {
  await bench.start({ retention: { ...KEEP_FOREVER, ...times } });
}

/** A job whose only attempt has failed. */
async function failed(bench: EngineBench, onExhaustion: "discard" | "dead_letter") {
  const job = await bench.active({ maxAttempts: 1, ...retry({ max_attempts: 1, on_exhaustion: onExhaustion }) });
  return bench.nack(job);
}

async function isGone(bench: EngineBench, job: { readonly id: string }): Promise<boolean> {
  return (await bench.storage.jobs.get([job.id]))[0] === undefined;
}

export const retentionBehaviours: readonly EngineBehaviour[] = [
  {
    name: "keeps finished jobs for their time and then removes them, from the counters too",
    async run(bench) {
      await keeping(bench, { completed: MINUTE });
      const job = await bench.active();
      await bench.ack(job);
      await bench.advance(MINUTE - 1);
      expect(await bench.stateOf(job)).toBe("completed");
      await bench.advance(SLACK);
      await expect(bench.job(job)).rejects.toMatchObject({ code: "not_found" });
      expect((await bench.storage.queues.get(QUEUE))?.counts.completed).toBe(0);
    },
  },
  {
    name: "gives every outcome a time of its own",
    async run(bench) {
      await keeping(bench, {
        completed: MINUTE,
        cancelled: 2 * MINUTE,
        discarded: 3 * MINUTE,
        deadLetters: 4 * MINUTE,
      });
      const done = await bench.active();
      await bench.ack(done);
      const { job: cancelled } = await bench.engine.cancel((await bench.enqueue()).id);
      const discarded = await failed(bench, "discard");
      const letter = await failed(bench, "dead_letter");
      for (const job of [done, cancelled, discarded, letter]) {
        expect(await isGone(bench, job)).toBe(false);
        await bench.advance(MINUTE + SLACK / 4);
        expect(await isGone(bench, job)).toBe(true);
      }
    },
  },
  {
    name: "never removes what is kept for ever, nor a job that has not ended",
    async run(bench) {
      await keeping(bench, { cancelled: MINUTE });
      const done = await bench.active();
      await bench.ack(done);
      const letter = await failed(bench, "dead_letter");
      const waiting = await bench.enqueue({ scheduledAt: bench.clock.now() + 900 * MINUTE });
      await bench.oversleep(600 * MINUTE);
      await bench.advance(2 * MINUTE);
      for (const job of [done, letter, waiting]) expect(await isGone(bench, job)).toBe(false);
    },
  },
  {
    name: "starts anew when a dead letter was brought back",
    async run(bench) {
      await keeping(bench, { deadLetters: MINUTE });
      const letter = await failed(bench, "dead_letter");
      await bench.advance(MINUTE / 2);
      await bench.engine.retryDeadLetter(letter.id);
      await bench.advance(MINUTE);
      expect(await bench.stateOf(letter)).toBe("available");
      await bench.nack(await bench.fetchOne());
      await bench.advance(MINUTE / 2);
      expect(await isGone(bench, letter)).toBe(false);
      await bench.advance(MINUTE / 2 + SLACK);
      expect(await isGone(bench, letter)).toBe(true);
    },
  },
  {
    name: "answers 404 to the replay of an ack, and accepts the id again, once the job is gone",
    async run(bench) {
      await keeping(bench, { completed: MINUTE });
      const job = await bench.active({ id: jobId(1) });
      await bench.ack(job);
      expect((await bench.ack(job)).state).toBe("completed");
      await bench.advance(MINUTE + SLACK);
      await expect(bench.ack(job)).rejects.toMatchObject({ code: "not_found" });
      expect(await bench.stateOf(await bench.enqueue({ id: jobId(1) }))).toBe("available");
    },
  },
  {
    name: "removes what became old while no engine was there, a bounded number at a time and at once",
    async run(bench) {
      const requests = Array.from({ length: 1_100 }, () => bench.enqueue());
      const jobs = await Promise.all(requests);
      await Promise.all(jobs.map(({ id }) => bench.engine.cancel(id)));
      await bench.engine.close();
      bench.clock.jump(2 * MINUTE);
      const sizes: number[] = [];
      const { upkeep } = bench.storage;
      const prune: typeof upkeep.prune = async (request) => {
        const pruned = await upkeep.prune(request);
        sizes.push(pruned.removed);
        return pruned;
      };
      const storage = wrapStorage(bench.storage, { upkeep: { ...upkeep, prune } });
      await bench.start({ storage, retention: { ...KEEP_FOREVER, cancelled: MINUTE } });
      await bench.advance(0);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1_100);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(500);
    },
  },
  {
    name: "does not ask the storage while nothing can be old enough, and at most every 10 s",
    async run(bench) {
      let asked = 0;
      const { upkeep } = bench.storage;
      const prune: typeof upkeep.prune = (request) => {
        asked += 1;
        return upkeep.prune(request);
      };
      const storage = wrapStorage(bench.storage, { upkeep: { ...upkeep, prune } });
      await bench.start({ storage, retention: { ...KEEP_FOREVER, completed: 60 * MINUTE, cancelled: 1_000 } });
      asked = 0;
      await bench.advance(55 * MINUTE);
      // Only for cancelled jobs, which may be old after a second.
      expect(asked).toBeLessThanOrEqual((55 * MINUTE) / 10_000);
    },
  },
  {
    name: "does everything else while the storage cannot prune, and goes on when it can again",
    async run(bench) {
      let broken = true;
      const { upkeep } = bench.storage;
      const prune: typeof upkeep.prune = (request) =>
        broken ? Promise.reject(new Error("disk full")) : upkeep.prune(request);
      const storage = wrapStorage(bench.storage, { upkeep: { ...upkeep, prune } });
      await bench.start({ storage, retention: { ...KEEP_FOREVER, cancelled: MINUTE } });
      const { job } = await bench.engine.cancel((await bench.enqueue()).id);
      const scheduled = await bench.enqueue({ scheduledAt: bench.clock.now() + 5 * MINUTE });
      await bench.advance(6 * MINUTE);
      expect(bench.eventsOf(scheduled.id)).toContain("job.enqueued");
      expect(bench.errors.length).toBeGreaterThan(0);
      bench.errors.length = 0;
      broken = false;
      await bench.advance(2 * SLACK);
      expect(await isGone(bench, job)).toBe(true);
    },
  },
];
