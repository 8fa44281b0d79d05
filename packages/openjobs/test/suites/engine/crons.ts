/** Cron jobs: slots, catching up, clocks, and several engines on one store (ojs-cron §5, §7, §8). */
import { expect } from "vitest";
import { createEngine } from "../../../src/engine/engine.ts";
import { CrashingStorage } from "../../support/crashing-storage.ts";
import { sharedStorage } from "../../support/storage-wrapper.ts";
import type { EngineBehaviour, EngineBench } from "./bench.ts";
import { aCron, CRON, MINUTE, openJobs } from "./cron-bench.ts";

/** Runs, as [minutes after the start, whether a job was made]. */
async function runsOf(bench: EngineBench, from: number): Promise<readonly (readonly [number, boolean])[]> {
  const { runs } = await bench.engine.getCron(CRON);
  return runs.map(({ scheduledAt, jobId }) => [(scheduledAt - from) / MINUTE, jobId !== null] as const).toReversed();
}

async function jumpTo(bench: EngineBench, time: string): Promise<void> {
  await bench.engine.close();
  bench.clock.jump(Date.parse(time) - bench.clock.now());
  await bench.start();
}

/** On a store behind a network it takes long to look every 30 s for a day. */
async function toMinuteBefore(bench: EngineBench, time: string): Promise<void> {
  await bench.oversleep(Date.parse(time) - MINUTE - bench.clock.now());
}

const slots: readonly EngineBehaviour[] = [
  {
    name: "fires at its times, not before and not twice",
    async run(bench) {
      const start = bench.clock.now();
      await bench.engine.registerCron(aCron({ overlap_policy: "allow" }));
      await bench.advance(MINUTE - 1);
      expect(await openJobs(bench.storage)).toEqual([]);
      await bench.advance(1);
      expect(await openJobs(bench.storage)).toMatchObject([
        { cron: CRON, state: "available", createdAt: start + MINUTE },
      ]);
      await bench.advance(3 * MINUTE - 1);
      expect(await openJobs(bench.storage)).toHaveLength(3);
      const cron = await bench.engine.getCron(CRON);
      expect(cron).toMatchObject({ runCount: 3, lastRunAt: start + 3 * MINUTE, nextRunAt: start + 4 * MINUTE });
    },
  },
  {
    name: "hands its job to a worker that waits",
    async run(bench) {
      await bench.engine.registerCron(aCron());
      const waiting = bench.fetchOne({ waitMs: 2 * MINUTE });
      await bench.advance(MINUTE);
      expect(await waiting).toMatchObject({ type: "tick.run", state: "active" });
    },
  },
  {
    name: "fires once for all the slots that nobody saw to, and then at the next one",
    async run(bench) {
      const start = bench.clock.now();
      await bench.engine.registerCron(aCron({ overlap_policy: "allow" }));
      await bench.engine.close();
      bench.clock.jump(10.5 * MINUTE);
      await bench.start();
      await bench.advance(MINUTE);
      expect(await runsOf(bench, start)).toEqual([
        [1, true],
        [11, true],
      ]);
      expect(await openJobs(bench.storage)).toHaveLength(2);
    },
  },
  {
    name: "fires a slot once when the clock is put back, and not early when it is put forward",
    async run(bench) {
      const start = bench.clock.now();
      await bench.engine.registerCron(aCron({ overlap_policy: "allow" }));
      await bench.advance(MINUTE);
      bench.clock.jump(-50_000);
      await bench.advance(MINUTE);
      expect(await runsOf(bench, start)).toEqual([[1, true]]);
      await bench.advance(50_000);
      bench.clock.jump(3.5 * MINUTE);
      await bench.advance(MINUTE);
      expect(await runsOf(bench, start)).toEqual([
        [1, true],
        [2, true],
        [3, true],
        [6, true],
      ]);
    },
  },
  {
    name: "counts @every from its registration, wherever the minute began",
    async run(bench) {
      await bench.advance(7_300);
      const anchor = bench.clock.now() - 300;
      await bench.engine.registerCron(aCron({ cron: "@every 90s", overlap_policy: "allow" }));
      await bench.advance(200_000);
      const { runs, nextRunAt } = await bench.engine.getCron(CRON);
      expect(runs.map(({ scheduledAt }) => scheduledAt)).toEqual([anchor + 180_000, anchor + 90_000]);
      expect(nextRunAt).toBe(anchor + 270_000);
    },
  },
  {
    name: "fires each slot once with two engines on one store",
    async run(bench) {
      const second = createEngine({ storage: sharedStorage(bench.storage), clock: bench.clock });
      await second.start();
      const created = await Promise.all(
        [bench.engine, second].map((engine) => engine.registerCron(aCron({ overlap_policy: "allow" }))),
      );
      expect(created.filter((registered) => registered.created)).toHaveLength(1);
      await bench.advance(20 * MINUTE);
      await second.close();
      expect(await openJobs(bench.storage)).toHaveLength(20);
      expect((await bench.engine.getCron(CRON)).runCount).toBe(20);
    },
  },
  {
    name: "makes no job that its schedule does not know of, when it dies in the commit",
    async run(bench) {
      for (const point of ["before", "after"] as const) {
        const name = `dies-${point}`;
        await bench.engine.registerCron(aCron({ name }));
        const crashing = new CrashingStorage(bench.storage);
        await bench.start({ storage: crashing.storage, onError: () => {} });
        crashing.arm(point, 0);
        await bench.advance(MINUTE);
        expect(crashing.crashed).toBe(true);
        await bench.start();
        await bench.advance(0);
        const { runCount } = await bench.engine.getCron(name);
        expect([await openJobs(bench.storage, name), runCount]).toMatchObject([[{ cron: name }], 1]);
        await bench.engine.removeCron(name);
      }
    },
  },
];

const clocks: readonly EngineBehaviour[] = [
  {
    name: "skips a time that does not exist, and says so when the clocks change",
    async run(bench) {
      await jumpTo(bench, "2026-03-08T05:00:00Z");
      await bench.engine.registerCron(aCron({ cron: "30 2 * * *", timezone: "America/New_York" }));
      await toMinuteBefore(bench, "2026-03-08T07:00:00Z");
      expect(bench.eventsOf(CRON)).toEqual([]);
      await bench.advance(MINUTE);
      expect(bench.eventsOf(CRON)).toEqual(["cron.skipped"]);
      const { events } = bench.engine.listEvents({ limit: 10, types: ["cron.skipped"] });
      expect(events[0]?.data()).toMatchObject({ reason: "dst_skip", scheduled_at: Date.parse("2026-03-08T07:30:00Z") });
      const cron = await bench.engine.getCron(CRON);
      expect(cron).toMatchObject({ runCount: 0, nextRunAt: Date.parse("2026-03-09T06:30:00Z") });
      await toMinuteBefore(bench, "2026-03-09T06:30:00Z");
      expect(bench.eventsOf(CRON)).toEqual(["cron.skipped"]);
      await bench.advance(MINUTE);
      expect(bench.eventsOf(CRON)).toEqual(["cron.skipped", "cron.triggered"]);
    },
  },
  {
    name: "fires once at a time that comes twice",
    async run(bench) {
      await jumpTo(bench, "2026-11-01T04:00:00Z");
      await bench.engine.registerCron(
        aCron({ cron: "30 1 * * *", timezone: "America/New_York", overlap_policy: "allow" }),
      );
      for (const time of ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"]) {
        await toMinuteBefore(bench, time);
        await bench.advance(2 * MINUTE);
        expect(await openJobs(bench.storage)).toMatchObject([{ createdAt: Date.parse("2026-11-01T05:30:00Z") }]);
      }
    },
  },
];

const terms: readonly EngineBehaviour[] = [
  {
    name: "stands still while it is disabled, and goes on from now when it is enabled",
    async run(bench) {
      const start = bench.clock.now();
      await bench.engine.registerCron(aCron());
      await bench.engine.changeCron(CRON, { enabled: false, expressionField: "cron" });
      await bench.advance(10 * MINUTE);
      expect(await openJobs(bench.storage)).toEqual([]);
      const cron = await bench.engine.changeCron(CRON, { enabled: true, expressionField: "cron" });
      expect(cron.nextRunAt).toBe(start + 11 * MINUTE);
    },
  },
  {
    name: "tells a slot that it did not come to before it was disabled",
    async run(bench) {
      await bench.engine.registerCron(aCron());
      // The clock is put forward; nothing has rung yet.
      bench.clock.jump(2 * MINUTE);
      await bench.engine.changeCron(CRON, { enabled: false, expressionField: "cron" });
      await bench.advance(MINUTE);
      const { events } = bench.engine.listEvents({ limit: 10, types: ["cron.skipped", "cron.triggered"] });
      expect(events.map((event) => event.data())).toMatchObject([{ reason: "disabled", cron_name: CRON }]);
    },
  },
  {
    name: "takes a run that its overlap policy allows from whoever asks, without moving the schedule",
    async run(bench) {
      const start = bench.clock.now();
      await bench.engine.registerCron(aCron({ overlap_policy: "allow" }));
      await bench.advance(10_000);
      const { job } = await bench.engine.triggerCron(CRON);
      expect(await bench.fetchOne()).toMatchObject({ id: job.id, cron: CRON });
      const cron = await bench.engine.getCron(CRON);
      expect(cron).toMatchObject({ runCount: 1, nextRunAt: start + MINUTE, runs: [{ manual: true, jobId: job.id }] });
    },
  },
  {
    name: "goes on with its schedule when a template cannot be accepted any more",
    async run(bench) {
      await bench.engine.registerCron(aCron());
      const [record] = await bench.storage.records.get("cron", [CRON]);
      const body = record!.body.replace("tick.run", "NOT A TYPE");
      const unit = {
        effects: [{ kind: "put-record", record: { ...record!, body, revision: "x" }, before: record!.revision }],
      } as const;
      await bench.storage.commit({ now: bench.clock.now(), completions: [], beats: [], units: [unit], claims: [] });
      await bench.advance(2 * MINUTE);
      expect((await bench.engine.getCron(CRON)).runs.map(({ skipped }) => skipped)).toEqual(["refused", "refused"]);
      expect(bench.errors.splice(0)).toMatchObject([{ code: "invalid_request" }, { code: "invalid_request" }]);
    },
  },
  {
    name: "looks at nothing while no cron job is due",
    async run(bench) {
      for (let index = 0; index < 50; index += 1) {
        await bench.engine.registerCron(aCron({ name: `yearly-${index}`, cron: "@yearly" }));
      }
      await bench.advance(60 * MINUTE);
      const reads: string[] = [];
      const { records } = bench.storage;
      await bench.start({
        storage: {
          ...bench.storage,
          records: {
            ...records,
            due: async (kind, now, limit) => {
              const due = await records.due(kind, now, limit);
              if (kind === "cron") reads.push(`${kind} ${due.length}`);
              return due;
            },
          },
        },
      });
      reads.length = 0;
      await bench.advance(60 * MINUTE);
      expect(new Set(reads)).toEqual(new Set(["cron 0"]));
      // Every thirty seconds, in case that another server has written to the store.
      expect(reads.length).toBeLessThanOrEqual(2 * 120);
    },
  },
];

export const cronBehaviours: readonly EngineBehaviour[] = [...slots, ...clocks, ...terms];
