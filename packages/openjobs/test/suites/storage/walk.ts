/** Going through jobs by the thousand. */
import { expect } from "vitest";
import type { JobRecord } from "../../../src/core/job.ts";
import { laneOf } from "../../../src/core/lane.ts";
import { FINISHED_KINDS } from "../../../src/core/retention.ts";
import { WAITING_STATES } from "../../../src/core/states.ts";
import type { JobSet } from "../../../src/storage/walk.ts";
import { aDeadLetter, aJob, T0 } from "../../support/jobs.ts";
import { type Behaviour, type Bench, ids } from "./bench.ts";

/** All stretches of a walk; `between` happens after each one. */
async function walked(
  bench: Bench,
  set: JobSet,
  limit: number,
  between?: () => Promise<unknown>,
): Promise<JobRecord[]> {
  const found: JobRecord[] = [];
  let after: string | undefined;
  do {
    const stretch = await bench.storage.jobs.walk(set, limit, after);
    expect(stretch.jobs.length).toBeLessThanOrEqual(limit);
    found.push(...stretch.jobs);
    after = stretch.next;
    await between?.();
  } while (after !== undefined);
  return found;
}

const LANES = [laneOf({ key: "a", concurrency: 1 }), laneOf({ key: "b", concurrency: 0 })];

/** A set and jobs that are in it, many of which are alike in all that a driver could order them by. */
const SETS: readonly (readonly [set: JobSet, make: (index: number) => JobRecord])[] = [
  ...WAITING_STATES.map((state) => {
    const make = (index: number): JobRecord =>
      aJob({ state, queue: "a", priority: index % 3, availableAt: T0 + (index % 2), lane: LANES[index % 4] ?? null });
    return [{ state, queue: "a" }, make] as const;
  }),
  ...FINISHED_KINDS.map((state) => {
    const make = (index: number): JobRecord =>
      state === "deadLetters" ? aDeadLetter({ endedAt: T0 + (index % 3) }) : aJob({ state, endedAt: T0 + (index % 3) });
    return [{ state }, make] as const;
  }),
  [
    { state: "active" },
    (index) =>
      aJob({ state: "active", lease: 1, workerId: `w${index % 3}`, startedAt: T0, dueAt: T0 + 60_000 + index }),
  ],
];

export const walkBehaviours: readonly Behaviour[] = [
  {
    name: "goes through every job of a set exactly once, and through no other",
    run: async (bench) => {
      const sets = SETS.map(([set, make]) => ({ set, jobs: Array.from({ length: 17 }, (_, index) => make(index)) }));
      await bench.insert(...sets.flatMap(({ jobs }) => jobs));
      for (const { set, jobs } of sets) {
        for (const limit of [1, 4, 17, 50]) {
          const found = await walked(bench, set, limit);
          expect(ids(found).toSorted()).toEqual(ids(jobs).toSorted());
        }
        expect(
          await walked(bench, { ...set, ...(set.queue === undefined ? {} : { queue: "b" }) } as JobSet, 5),
        ).toHaveLength(set.queue === undefined ? 17 : 0);
      }
    },
  },
  {
    name: "gives whole jobs, as they are",
    run: async (bench) => {
      const job = await bench.inserted(aJob({ queue: "a", heartbeatMs: 5 }));
      expect(await walked(bench, { state: "available", queue: "a" }, 5)).toEqual([job]);
    },
  },
  {
    name: "goes through what workers hold, but not through what nobody named",
    run: async (bench) => {
      const held = await bench.inserted(aJob({ state: "active", lease: 1, workerId: "w1", dueAt: T0 + 60_000 }));
      await bench.insert(aJob({ state: "active", lease: 1, dueAt: T0 + 60_000 }), aJob({ queue: "a" }));
      expect(await walked(bench, { state: "active" }, 5)).toEqual([held]);
    },
  },
  {
    name: "still meets every job that stays, while those before it leave the set",
    run: async (bench) => {
      for (const [set, make] of SETS) {
        const jobs = await bench.insert(...Array.from({ length: 9 }, (_, index) => make(index)));
        const leaving = new Set<string>();
        const found = await walked(bench, set, 2, async () => {
          const next = jobs.find(({ id }) => !leaving.has(id));
          if (next === undefined) return;
          leaving.add(next.id);
          await bench.unit({ kind: "remove", before: next });
        });
        const staying = jobs.filter(({ id }) => !leaving.has(id));
        expect(ids(found)).toEqual([...new Set(ids(found))]);
        for (const { id } of staying) expect(ids(found)).toContain(id);
      }
    },
  },
  {
    name: "refuses to go on from what is no place in a walk",
    run: async (bench) => {
      await bench.insert(aJob({ queue: "a" }));
      const broken = bench.storage.jobs.walk({ state: "scheduled", queue: "a" }, 1, "nonsense");
      await expect(broken).rejects.toMatchObject({ code: "invalid_request" });
    },
  },
];
