/** Overlap policies of cron jobs (ojs-cron §6), against any job that has not ended. */
import { expect } from "vitest";
import { CrashingStorage } from "../../support/crashing-storage.ts";
import { wrapStorage } from "../../support/storage-wrapper.ts";
import type { EngineBehaviour, EngineBench } from "./bench.ts";
import { aCron, CRON, MINUTE, openJobs, openStates } from "./cron-bench.ts";

async function registered(
  bench: EngineBench,
  overlapPolicy: string,
  fields: Record<string, unknown> = {},
): Promise<void> {
  await bench.engine.registerCron(aCron({ overlap_policy: overlapPolicy, ...fields }));
}

/** Registers a cron job of policy `enqueue`, and lets it fire three times. */
async function withTwoWaiting(bench: EngineBench): Promise<void> {
  await registered(bench, "enqueue");
  await bench.advance(3 * MINUTE);
  expect(await openStates(bench.storage)).toEqual(["available", "pending", "pending"]);
}

const others: readonly EngineBehaviour[] = [
  {
    name: "skip: makes no job while one waits, runs, or waits for its retry",
    async run(bench) {
      await registered(bench, "skip", {
        options: { queue: "email", retry: { initial_interval: "PT2M", jitter: false } },
      });
      const made = async () => (await bench.engine.getCron(CRON)).runCount;
      await bench.advance(2 * MINUTE);
      expect([await made(), await openStates(bench.storage)]).toEqual([1, ["available"]]);
      const job = await bench.fetchOne({ visibilityMs: 10 * MINUTE });
      await bench.advance(MINUTE);
      expect([await made(), await openStates(bench.storage)]).toEqual([1, ["active"]]);
      await bench.nack(job);
      await bench.advance(MINUTE);
      expect([await made(), await openStates(bench.storage)]).toEqual([1, ["retryable"]]);
      await bench.engine.cancel(job.id);
      await bench.advance(MINUTE);
      expect([await made(), await openStates(bench.storage)]).toEqual([2, ["available"]]);
      expect(bench.eventsOf(CRON).filter((type) => type === "cron.skipped")).toHaveLength(3);
    },
  },
  {
    name: "skip: is not in the way of other cron jobs, nor jobs of its type in the way of it",
    async run(bench) {
      await bench.enqueue({ type: "tick.run" });
      await registered(bench, "skip");
      await registered(bench, "skip", { name: "tock" });
      await bench.advance(MINUTE);
      expect([await openStates(bench.storage), await openStates(bench.storage, "tock")]).toEqual([
        ["available"],
        ["available"],
      ]);
    },
  },
  {
    name: "allow: makes a job whatever earlier ones are doing",
    async run(bench) {
      await registered(bench, "allow");
      await bench.advance(3 * MINUTE);
      expect(await openStates(bench.storage)).toEqual(["available", "available", "available"]);
    },
  },
  {
    name: "cancel_previous: cancels what is open, running or not, in the commit of the new job",
    async run(bench) {
      await registered(bench, "cancel_previous");
      await bench.advance(MINUTE);
      const first = await bench.fetchOne({ visibilityMs: 10 * MINUTE });
      await bench.advance(MINUTE);
      expect(await bench.stateOf(first)).toBe("cancelled");
      await expect(bench.ack(first)).rejects.toMatchObject({ code: "conflict" });
      const [second] = await openJobs(bench.storage);
      await bench.advance(MINUTE);
      expect(await bench.stateOf(second!)).toBe("cancelled");
      expect(await openStates(bench.storage)).toEqual(["available"]);
      expect(bench.eventsOf(first.id)).toEqual(["job.enqueued", "job.started", "job.cancelled"]);
    },
  },
  {
    name: "cancel_previous: cancels nothing that has ended in time",
    async run(bench) {
      await registered(bench, "cancel_previous");
      await bench.advance(MINUTE);
      const job = await bench.fetchOne();
      await bench.ack(job, "1");
      await bench.advance(MINUTE);
      expect(await bench.job(job)).toMatchObject({ state: "completed", result: "1" });
    },
  },
];

const enqueue: readonly EngineBehaviour[] = [
  {
    name: "enqueue: lets the next run wait until the one before has ended, in their order",
    async run(bench) {
      await withTwoWaiting(bench);
      const waiting = await openJobs(bench.storage);
      const worked: string[] = [];
      for (let runs = 0; runs < 3; runs += 1) {
        const jobs = await bench.fetch({ count: 10 });
        expect(jobs).toHaveLength(1);
        expect(await bench.fetch({ count: 10, workerId: "worker-2" })).toEqual([]);
        worked.push(jobs[0]!.id);
        await bench.ack(jobs[0]!);
        await bench.rest();
      }
      expect(worked).toEqual(waiting.map(({ id }) => id));
      expect(await bench.storage.records.nextDue("cron-hold")).toBeUndefined();
    },
  },
  {
    name: "enqueue: hands a released run to a worker that waits",
    async run(bench) {
      await withTwoWaiting(bench);
      const first = await bench.fetchOne();
      const next = bench.fetchOne({ workerId: "worker-2", waitMs: MINUTE });
      await bench.ack(first);
      await bench.rest();
      expect(await next).toMatchObject({ cron: CRON, state: "active" });
    },
  },
  {
    name: "enqueue: releases the next run however the one before ended",
    async run(bench) {
      await withTwoWaiting(bench);
      const failed = await bench.fetchOne();
      await bench.nack(failed, { type: "fatal", message: "no", retryable: false });
      await bench.rest();
      expect(await openStates(bench.storage)).toEqual(["available", "pending"]);
      const [cancelled, last] = await openJobs(bench.storage);
      await bench.engine.cancel(cancelled!.id);
      await bench.rest();
      expect(await openStates(bench.storage)).toEqual(["available"]);
      expect((await bench.fetchOne()).id).toBe(last!.id);
    },
  },
  {
    name: "enqueue: keeps a failed run before the next one until it has used up its attempts",
    async run(bench) {
      await withTwoWaiting(bench);
      await bench.nack(await bench.fetchOne());
      await bench.rest();
      expect(await openStates(bench.storage)).toEqual(["retryable", "pending", "pending"]);
    },
  },
  {
    name: "enqueue: forgets a waiting run that was cancelled, and keeps the others in line",
    async run(bench) {
      await withTwoWaiting(bench);
      const [first, second, third] = await openJobs(bench.storage);
      await bench.engine.cancel(second!.id);
      await bench.rest();
      expect(await openStates(bench.storage)).toEqual(["available", "pending"]);
      await bench.engine.cancel(first!.id);
      await bench.rest();
      expect(await bench.stateOf(third!)).toBe("available");
    },
  },
  {
    name: "enqueue: releases waiting runs in their order after their cron job is gone",
    async run(bench) {
      await withTwoWaiting(bench);
      await bench.engine.removeCron(CRON);
      for (const left of [2, 1, 0]) {
        const [job] = await bench.fetch({ count: 10 });
        await bench.ack(job!);
        await bench.rest();
        expect(await openJobs(bench.storage)).toHaveLength(left);
      }
    },
  },
  {
    name: "enqueue: releases a run within half a minute if the server died before it came to it",
    async run(bench) {
      await withTwoWaiting(bench);
      const crashing = new CrashingStorage(bench.storage);
      await bench.start({ storage: crashing.storage, onError: () => {} });
      const job = await bench.fetchOne();
      crashing.arm("after", 0);
      await bench.ack(job).catch(() => {});
      await bench.rest();
      expect(crashing.crashed).toBe(true);
      await bench.start();
      await bench.engine.changeCron(CRON, { enabled: false, expressionField: "cron" });
      await bench.advance(30_000);
      expect(await openStates(bench.storage)).toEqual(["available", "pending"]);
    },
  },
  {
    name: "enqueue: loses no run whose predecessors end while the line is looked at",
    async run(bench) {
      await withTwoWaiting(bench);
      await bench.advance(MINUTE);
      bench.errors.length = 0; // the line is long
      const { jobs } = bench.storage;
      let disturbed = false;
      const openOfCron: typeof jobs.openOfCron = async (cron, limit) => {
        const open = await jobs.openOfCron(cron, limit);
        if (!disturbed && open[0]?.state === "pending") {
          disturbed = true;
          await bench.engine.cancel(open[0].id);
        }
        return open;
      };
      await bench.start({ storage: wrapStorage(bench.storage, { jobs: { ...jobs, openOfCron } }) });
      await bench.engine.removeCron(CRON);
      await bench.ack(await bench.fetchOne());
      await bench.rest();
      for (const left of [1, 0]) {
        await bench.ack(await bench.fetchOne());
        await bench.rest();
        expect(await openJobs(bench.storage)).toHaveLength(left);
      }
    },
  },
  {
    name: "enqueue: puts the run that somebody asks for in line",
    async run(bench) {
      await withTwoWaiting(bench);
      const { job } = await bench.engine.triggerCron(CRON);
      expect(job.state).toBe("pending");
      expect((await openJobs(bench.storage)).at(-1)?.id).toBe(job.id);
      expect(bench.errors.splice(0)).toMatchObject([{ message: expect.stringContaining("three of them wait") }]);
    },
  },
];

/** A template's own uniqueness policy is asked after the overlap policy (ojs-extension-interactions). */
const unique: readonly EngineBehaviour[] = [
  {
    name: "skips a run whose job counts as the same as another one, whoever made that",
    async run(bench) {
      const policy = (onConflict: string) => ({ queue: "email", unique: { keys: ["type"], on_conflict: onConflict } });
      for (const [index, onConflict] of ["reject", "ignore"].entries()) {
        const name = `unique-${index}`;
        await registered(bench, "allow", { name, options: policy(onConflict) });
        await bench.advance(2 * MINUTE);
        const { runCount, runs } = await bench.engine.getCron(name);
        expect([runCount, runs.map(({ skipped }) => skipped)]).toEqual([1, ["overlap_skip", null]]);
        const [job] = await openJobs(bench.storage, name);
        await expect(bench.engine.triggerCron(name)).rejects.toMatchObject({
          code: "conflict",
          details: { cron_name: name, active_job_id: job!.id },
        });
        await bench.engine.removeCron(name);
        await bench.engine.cancel(job!.id);
      }
    },
  },
  {
    name: "replaces the job that counts as the same, also if the overlap policy cancels it anyway",
    async run(bench) {
      const options = { queue: "email", unique: { keys: ["type"], on_conflict: "replace" } };
      for (const policy of ["allow", "cancel_previous"]) {
        await registered(bench, policy, { name: policy.replace("_", "-"), options });
        await bench.advance(2 * MINUTE);
        const name = policy.replace("_", "-");
        expect((await bench.engine.getCron(name)).runCount).toBe(2);
        expect(await openStates(bench.storage, name)).toEqual(["available"]);
        await bench.engine.removeCron(name);
      }
    },
  },
];

export const overlapBehaviours: readonly EngineBehaviour[] = [...others, ...enqueue, ...unique];
