/** Ack and nack, and who may send them (design 3.4). */
import { expect } from "vitest";
import { readFailure } from "../../../src/core/failure.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { jobId } from "../../support/jobs.ts";
import { wrapStorage } from "../../support/storage-wrapper.ts";
import { type EngineBehaviour, retry } from "./bench.ts";

const QUICK = retry({ initial_interval: "PT1S", jitter: false });

export const outcomeBehaviours: readonly EngineBehaviour[] = [
  {
    name: "completes a job with its result",
    async run(bench) {
      const job = await bench.active();
      await bench.advance(40);
      const done = await bench.ack(job, '{"ok":true}');
      const now = bench.clock.now();
      expect(done).toMatchObject({ id: job.id, state: "completed", attempt: 1, completedAt: now });
      expect(await bench.job(job)).toMatchObject({ state: "completed", result: '{"ok":true}', endedAt: now });
      expect(await bench.fetch()).toEqual([]);
    },
  },
  {
    name: "completes several jobs in one go, each for itself and in their order",
    async run(bench) {
      const [first, gone, last] = [await bench.active(), await bench.active(), await bench.active()];
      await bench.engine.cancel(gone.id);
      const ackOf = ({ id, lease }: JobRecord) => ({ jobId: id, fence: { lease }, result: `"${id}"` });
      const results = await bench.engine.ackAll([last, gone, first, last].map(ackOf));
      expect(results).toMatchObject([
        { id: last.id, state: "completed" },
        { error: { code: "conflict" } },
        { id: first.id, state: "completed" },
        { id: last.id, state: "completed" },
      ]);
      expect(await bench.job(first)).toMatchObject({ state: "completed", result: `"${first.id}"` });
      expect(bench.eventsOf(last.id).filter((type) => type === "job.completed")).toHaveLength(1);
      expect(await bench.engine.ackAll([])).toEqual([]);
    },
  },
  {
    name: "tells each of several acks when the storage does not answer",
    async run(bench) {
      const job = await bench.active();
      const commit = (): Promise<never> => Promise.reject(new Error("down"));
      const engine = await bench.start({ storage: wrapStorage(bench.storage, { commit }) });
      const ack = { jobId: job.id, fence: {}, result: null };
      expect(await engine.ackAll([ack, ack])).toMatchObject([
        { error: { code: "backend_error" } },
        { error: { code: "backend_error" } },
      ]);
      await bench.start();
      expect(await bench.stateOf(job)).toBe("active");
    },
  },
  {
    name: "answers a repeated ack of the lease that completed the job as it did before",
    async run(bench) {
      const job = await bench.active();
      const first = await bench.ack(job, "1");
      await bench.advance(5_000);
      expect(await bench.ack(job, "1")).toEqual(first);
      expect((await bench.job(job)).result).toBe("1");
      expect(bench.eventsOf(job.id).filter((type) => type === "job.completed")).toHaveLength(1);
    },
  },
  {
    name: "refuses a repeated ack that brings another result: it would be answered but not stored",
    async run(bench) {
      const job = await bench.active();
      await bench.ack(job, "1");
      await expect(bench.ack(job, "2")).rejects.toMatchObject({ code: "conflict" });
      expect((await bench.job(job)).result).toBe("1");
    },
  },
  {
    name: "refuses an ack of a job that is not active, and says what it is",
    async run(bench) {
      const job = await bench.enqueue();
      const ack = (id: string) => bench.engine.ack({ jobId: id, fence: {}, result: null });
      await expect(ack(job.id)).rejects.toMatchObject({
        code: "conflict",
        details: { job_id: job.id, current_state: "available", expected_state: "active" },
      });
      await expect(ack(jobId(99))).rejects.toMatchObject({ code: "not_found" });
      await bench.fetchOne();
      await ack(job.id);
      await expect(ack(job.id)).rejects.toMatchObject({ code: "conflict", retryable: false });
    },
  },
  {
    name: "believes the lease first, then the worker, then the attempt",
    async run(bench) {
      const job = await bench.active();
      const stale = [{ lease: 7 }, { workerId: "worker-2" }, { attempt: 2 }];
      for (const fence of stale) {
        const conflict = { code: "conflict", details: { current_state: "active", current_lease: 1 } };
        await expect(bench.engine.ack({ jobId: job.id, fence, result: null })).rejects.toMatchObject(conflict);
        const failure = readFailure("x");
        await expect(bench.engine.nack({ jobId: job.id, fence, failure, requeue: false })).rejects.toMatchObject(
          conflict,
        );
      }
      const fence = { lease: 1, workerId: "worker-2", attempt: 9 };
      expect(await bench.engine.ack({ jobId: job.id, fence, result: null })).toMatchObject({ state: "completed" });
    },
  },
  {
    name: "keeps the outcome of an old claim away from a new one",
    async run(bench) {
      const old = await bench.active({ visibilityMs: 1_000 });
      await bench.advance(1_000);
      const fresh = await bench.fetchOne({ workerId: "worker-2" });
      expect(fresh).toMatchObject({ id: old.id, lease: 2, attempt: 2 });
      await expect(bench.ack(old)).rejects.toMatchObject({ code: "conflict" });
      await expect(bench.nack(old)).rejects.toMatchObject({ code: "conflict" });
      expect((await bench.ack(fresh)).state).toBe("completed");
    },
  },
  {
    name: "retries a failed attempt after its backoff, not a moment before",
    async run(bench) {
      const job = await bench.active(QUICK);
      const failed = await bench.nack(job, { type: "SmtpError", message: "no route" });
      expect(failed).toMatchObject({ state: "retryable", retryDelayMs: 1_000, attempt: 1 });
      await bench.advance(999);
      expect(await bench.fetch()).toEqual([]);
      await bench.advance(1);
      const again = await bench.fetchOne();
      expect(again).toMatchObject({ id: job.id, attempt: 2, lease: 2, retryDelayMs: 1_000 });
      expect(JSON.parse(again.errors ?? "[]")).toMatchObject([{ type: "SmtpError", attempt: 1 }]);
    },
  },
  {
    name: "discards a job whose attempts are used up",
    async run(bench) {
      const { id } = await bench.enqueue({ maxAttempts: 2, ...QUICK });
      expect((await bench.nack(await bench.fetchOne())).state).toBe("retryable");
      await bench.advance(1_000);
      expect(await bench.nack(await bench.fetchOne())).toMatchObject({ state: "discarded", deadLetter: false });
      expect(JSON.parse((await bench.job({ id })).errors ?? "[]")).toHaveLength(2);
    },
  },
  {
    name: "takes a job back that is handed back, without using up an attempt",
    async run(bench) {
      const { id } = await bench.enqueue({ maxAttempts: 2, ...QUICK });
      for (let round = 0; round < 4; round += 1) {
        expect((await bench.nack(await bench.fetchOne(), "shutdown", true)).state).toBe("available");
      }
      expect(await bench.nack(await bench.fetchOne())).toMatchObject({ id, state: "retryable", attempt: 5 });
      await bench.advance(1_000);
      expect(await bench.nack(await bench.fetchOne())).toMatchObject({ id, state: "discarded", attempt: 6 });
    },
  },
  {
    name: "runs a snoozed job again after its delay, not a moment before, and counts nothing against it",
    async run(bench) {
      const { id } = await bench.enqueue({ maxAttempts: 2, ...QUICK });
      const snooze = { code: "SNOOZE", message: "not yet", retry_after_ms: 60_000 };
      for (let round = 1; round <= 3; round += 1) {
        // With `requeue` too: that is what a worker sends to servers that may not know the code.
        const snoozed = await bench.nack(await bench.fetchOne(), snooze, round === 2);
        expect(snoozed).toMatchObject({ state: "retryable", attempt: round, retryDelayMs: 60_000, errors: null });
        await bench.advance(59_999);
        expect(await bench.fetch()).toEqual([]);
        await bench.advance(1);
      }
      expect(bench.eventsOf(id)).not.toContain("job.failed");
      expect(await bench.nack(await bench.fetchOne())).toMatchObject({ id, state: "retryable", attempt: 4 });
    },
  },
  {
    name: "waits as long as the handler asked for with a failed attempt",
    async run(bench) {
      const job = await bench.active(QUICK);
      const failed = await bench.nack(job, { code: "RETRY", message: "busy", retry_after_ms: 5_000 });
      expect(failed).toMatchObject({ state: "retryable", attempt: 1, returned: 0, retryDelayMs: 5_000 });
      await bench.advance(4_999);
      expect(await bench.fetch()).toEqual([]);
      await bench.advance(1);
      expect(await bench.fetchOne()).toMatchObject({ id: job.id, attempt: 2 });
    },
  },
  {
    name: "refuses to snooze a job that somebody else has",
    async run(bench) {
      const job = await bench.active();
      const snooze = readFailure({ code: "SNOOZE", message: "not yet", retry_after_ms: 1_000 });
      const stale = { jobId: job.id, fence: { lease: 9 }, failure: snooze, requeue: false };
      await expect(bench.engine.nack(stale)).rejects.toMatchObject({ code: "conflict" });
      expect(await bench.stateOf(job)).toBe("active");
    },
  },
  {
    name: "lets exactly one of several concurrent outcomes count",
    async run(bench) {
      for (let round = 0; round < 10; round += 1) {
        const job = await bench.active();
        const outcomes = await Promise.allSettled([
          bench.nack(job),
          bench.nack(job),
          bench.engine.cancel(job.id),
          bench.ack(job),
          bench.nack(job, "x", true),
          bench.ack({ ...job, lease: job.lease + 1 }),
        ]);
        const counted = outcomes.filter(({ status }) => status === "fulfilled");
        const refused = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => reason.code);
        const { state } = await bench.job(job);
        // A cancellation may follow what left the job waiting.
        expect(counted.length, state).toBeLessThanOrEqual(state === "cancelled" ? 2 : 1);
        expect(counted.length).toBeGreaterThan(0);
        expect(new Set(refused)).toEqual(new Set(["conflict"]));
        if (state !== "cancelled" && state !== "completed") await bench.engine.cancel(job.id);
      }
    },
  },
];
