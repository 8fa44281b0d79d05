/** Overlap policies of cron jobs (ojs-cron §6), against any job that has not ended; `lines.ts` has the policy `enqueue`. */
import { expect } from "vitest";
import type { EngineBehaviour, EngineBench } from "./bench.ts";
import { aCron, CRON, MINUTE, openJobs, openStates } from "./cron-bench.ts";

async function registered(
  bench: EngineBench,
  overlapPolicy: string,
  fields: Record<string, unknown> = {},
): Promise<void> {
  await bench.engine.registerCron(aCron({ overlap_policy: overlapPolicy, ...fields }));
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

export const overlapBehaviours: readonly EngineBehaviour[] = [...others, ...unique];
