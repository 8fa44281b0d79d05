/** Overlap policy `enqueue` (ojs-cron §6.1): runs that come too early wait in line. */
import { expect } from "vitest";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { CrashingStorage } from "../../support/crashing-storage.ts";
import { sharedStorage, wrapStorage } from "../../support/storage-wrapper.ts";
import { type EngineBehaviour, type EngineBench, QUEUE } from "./bench.ts";
import { aCron, CRON, MINUTE, openJobs, openStates } from "./cron-bench.ts";

/** Registers a cron job of policy `enqueue`, and lets it fire. */
async function withRuns(bench: EngineBench, runs: number, fields: Record<string, unknown> = {}): Promise<void> {
  await bench.engine.registerCron(aCron({ overlap_policy: "enqueue", ...fields }));
  await bench.advance(runs * MINUTE);
}

async function withTwoWaiting(bench: EngineBench): Promise<void> {
  await withRuns(bench, 3);
  expect(await openStates(bench.storage)).toEqual(["available", "pending", "pending"]);
}

const inOrder: readonly EngineBehaviour[] = [
  {
    name: "lets the next run wait until the one before has ended, in their order",
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
      }
      expect(worked).toEqual(waiting.map(({ id }) => id));
      expect(await bench.storage.records.get("cron-line", [CRON])).toEqual([undefined]);
    },
  },
  {
    name: "hands a released run to a worker that waits",
    async run(bench) {
      await withTwoWaiting(bench);
      const first = await bench.fetchOne();
      const next = bench.fetchOne({ workerId: "worker-2", waitMs: MINUTE });
      await bench.ack(first);
      expect(await next).toMatchObject({ cron: CRON, state: "active" });
    },
  },
  {
    name: "releases the next run however the one before ended",
    async run(bench) {
      await withTwoWaiting(bench);
      const failed = await bench.fetchOne();
      await bench.nack(failed, { type: "fatal", message: "no", retryable: false });
      expect(await openStates(bench.storage)).toEqual(["available", "pending"]);
      const [cancelled, last] = await openJobs(bench.storage);
      await bench.engine.cancel(cancelled!.id);
      expect(await openStates(bench.storage)).toEqual(["available"]);
      expect((await bench.fetchOne()).id).toBe(last!.id);
    },
  },
  {
    name: "keeps a failed run before the next one until it has used up its attempts",
    async run(bench) {
      await withTwoWaiting(bench);
      await bench.nack(await bench.fetchOne());
      expect(await openStates(bench.storage)).toEqual(["retryable", "pending", "pending"]);
    },
  },
  {
    name: "forgets a waiting run that was cancelled, and keeps the others in line",
    async run(bench) {
      await withTwoWaiting(bench);
      const [first, second, third] = await openJobs(bench.storage);
      await bench.engine.cancel(second!.id);
      expect(await openStates(bench.storage)).toEqual(["available", "pending"]);
      await bench.engine.cancel(first!.id);
      expect(await bench.stateOf(third!)).toBe("available");
    },
  },
  {
    name: "releases waiting runs in their order after their cron job is gone",
    async run(bench) {
      await withTwoWaiting(bench);
      await bench.engine.removeCron(CRON);
      for (const left of [2, 1, 0]) {
        const [job] = await bench.fetch({ count: 10 });
        await bench.ack(job!);
        expect(await openJobs(bench.storage)).toHaveLength(left);
      }
    },
  },
  {
    name: "puts the run that somebody asks for in line",
    async run(bench) {
      await withTwoWaiting(bench);
      const { job } = await bench.engine.triggerCron(CRON);
      expect(job.state).toBe("pending");
      expect((await openJobs(bench.storage)).at(-1)?.id).toBe(job.id);
      expect(bench.errors.splice(0)).toMatchObject([{ message: expect.stringContaining("three of them wait") }]);
    },
  },
];

/** Another server on the same store. */
async function otherEngine({ storage, clock }: EngineBench): Promise<Engine> {
  const engine = createEngine({ storage: sharedStorage(storage), clock, random: () => 0.5 });
  await engine.start();
  return engine;
}

/** The store, and something that happens right after an engine has looked at a line in it for the `look`th time. */
function disturbed({ storage }: EngineBench, look: number, disturb: () => Promise<unknown>): Storage {
  let looks = 0;
  const { jobs } = storage;
  const openOfCron: typeof jobs.openOfCron = async (cron, limit) => {
    const open = await jobs.openOfCron(cron, limit);
    looks += 1;
    if (looks === look) await disturb();
    return open;
  };
  return wrapStorage(storage, { jobs: { ...jobs, openOfCron } });
}

/** The same, right after an engine has looked for the first time whether there is a line. */
function disturbedBefore({ storage }: EngineBench, disturb: () => Promise<unknown>): Storage {
  let looks = 0;
  const { records } = storage;
  const get: typeof records.get = async (kind, ids) => {
    const found = await records.get(kind, ids);
    if (kind === "cron-line") looks += 1;
    if (looks === 1 && kind === "cron-line") await disturb();
    return found;
  };
  return wrapStorage(storage, { records: { ...records, get } });
}

const exact: readonly EngineBehaviour[] = [
  {
    name: "releases the next run in the commit that ends the one before, or neither happens",
    async run(bench) {
      for (const [point, states] of [
        ["before", ["active", "pending", "pending"]],
        ["after", ["available", "pending"]],
      ] as const) {
        if (point === "before") await withTwoWaiting(bench);
        const crashing = new CrashingStorage(bench.storage);
        await bench.start({ storage: crashing.storage, onError: () => {} });
        const [held] = await openJobs(bench.storage);
        const job = held?.state === "active" ? held : await bench.fetchOne({ visibilityMs: 10 * MINUTE });
        crashing.arm(point, 1); // the first commit is the try to complete it unseen
        await bench.ack(job).catch(() => {});
        expect([point, crashing.crashed, await openStates(bench.storage)]).toEqual([point, true, states]);
      }
      await bench.start();
    },
  },
  {
    name: "releases the next run when two jobs of its line end at the same moment on two servers",
    async run(bench) {
      await withTwoWaiting(bench);
      const other = await otherEngine(bench);
      const disturbances = [
        (disturb: () => Promise<unknown>) => disturbedBefore(bench, disturb),
        (disturb: () => Promise<unknown>) => disturbed(bench, 1, disturb),
      ];
      for (const around of disturbances) {
        const [, second] = await openJobs(bench.storage);
        await bench.start({ storage: around(() => other.cancel(second!.id)) });
        await bench.ack(await bench.fetchOne());
        expect(await openStates(bench.storage)).toEqual(["available"]);
        await other.triggerCron(CRON);
        await other.triggerCron(CRON);
      }
      await other.close();
    },
  },
  {
    name: "releases the next run when both jobs that run before it end at the same moment on two servers",
    async run(bench) {
      const letter = { max_attempts: 1, on_exhaustion: "dead_letter" };
      await withRuns(bench, 1, { options: { queue: QUEUE, retry: letter } });
      const first = await bench.fetchOne();
      await bench.nack(first);
      await bench.engine.triggerCron(CRON);
      const second = await bench.fetchOne({ visibilityMs: 10 * MINUTE });
      await bench.engine.triggerCron(CRON);
      // An operator brings back what failed, and now two are before the third.
      await bench.engine.retryDeadLetter(first.id);
      expect(await openStates(bench.storage)).toEqual(["available", "active", "pending"]);
      const other = await otherEngine(bench);
      await bench.start({ storage: disturbed(bench, 1, () => other.cancel(first.id)) });
      await bench.ack(second);
      expect(await openStates(bench.storage)).toEqual(["available"]);
      await other.close();
    },
  },
  {
    name: "leaves no run in line behind a job that ends at the same moment on another server",
    async run(bench) {
      await withRuns(bench, 1);
      const other = await otherEngine(bench);
      const first = await bench.fetchOne({ visibilityMs: 10 * MINUTE });
      await bench.start({ storage: disturbedBefore(bench, () => other.triggerCron(CRON)) });
      await bench.ack(first);
      expect(await openStates(bench.storage)).toEqual(["available"]);
      const disturbances = [
        (disturb: () => Promise<unknown>) => disturbed(bench, 1, disturb),
        (disturb: () => Promise<unknown>) => disturbedBefore(bench, disturb),
        (disturb: () => Promise<unknown>) => disturbed(bench, 2, disturb),
      ];
      for (const around of disturbances) {
        const [job] = await openJobs(bench.storage);
        await bench.start({ storage: around(() => other.cancel(job!.id)) });
        await bench.engine.triggerCron(CRON);
        expect(await openStates(bench.storage)).toEqual(["available"]);
      }
      await other.close();
    },
  },
  {
    name: "releases runs whose predecessors end in one commit, of one cron job or of several",
    async run(bench) {
      for (const name of ["a", "b"]) await bench.engine.registerCron(aCron({ name, overlap_policy: "enqueue" }));
      await bench.advance(3 * MINUTE);
      const [first, second] = await openJobs(bench.storage, "a");
      const [other] = await openJobs(bench.storage, "b");
      await Promise.all([first, second, other].map((job) => bench.engine.cancel(job!.id)));
      expect(await openStates(bench.storage, "a")).toEqual(["available"]);
      expect(await openStates(bench.storage, "b")).toEqual(["available", "pending"]);
    },
  },
  {
    name: "lets a run begin at once whose job replaces the one that it would wait for",
    async run(bench) {
      const options = { queue: QUEUE, unique: { keys: ["type"], on_conflict: "replace" } };
      await withRuns(bench, 3, { options });
      const [job, ...more] = await openJobs(bench.storage);
      expect([job?.state, more]).toEqual(["available", []]);
      expect(bench.eventsOf(job!.id)).toEqual(["job.enqueued"]);
      expect((await bench.fetchOne()).id).toBe(job!.id);
      expect(await bench.storage.records.get("cron-line", [CRON])).toEqual([undefined]);
    },
  },
];

export const lineBehaviours: readonly EngineBehaviour[] = [...inOrder, ...exact];
