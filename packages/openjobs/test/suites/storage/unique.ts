import { expect } from "vitest";
import { JOB_STATES, type JobRecord } from "../../../src/core/job.ts";
import type { UniqueGuard } from "../../../src/core/unique-guard.ts";
import type { Effect, UnitOutcome } from "../../../src/storage/storage.ts";
import { aDeadLetter, aJob, T0 } from "../../support/jobs.ts";
import { type Behaviour, DONE, ids, insertOf, removeOf, updateOf } from "./bench.ts";

const ALPHA = "a".repeat(64);
const BETA = "b".repeat(64);

/** A job with a fingerprint; every call gives another id. */
export function aUniqueJob(fields: Partial<JobRecord> = {}): JobRecord {
  return aJob({ fingerprint: ALPHA, ...fields });
}

/** The insert of a job that is not to meet another one of its fingerprint that waits or runs. */
export function uniqueInsertOf(job: JobRecord, guard: Partial<UniqueGuard> = {}): Effect {
  const fingerprint = job.fingerprint ?? ALPHA;
  return { kind: "insert", job, unique: { fingerprint, states: ["available", "active"], periodMs: null, ...guard } };
}

function conflictWith({ id }: JobRecord): UnitOutcome {
  return { ok: false, reason: "conflict", id };
}

export const uniqueBehaviours: readonly Behaviour[] = [
  {
    name: "refuses a unique job when one of its fingerprint is in one of its states, and says which",
    run: async (bench) => {
      const first = await bench.inserted(aUniqueJob());
      const second = aUniqueJob({ queue: "other" });
      expect(await bench.unit(uniqueInsertOf(second))).toEqual(conflictWith(first));
      expect(await bench.exists(second)).toBe(false);
      expect(await bench.storage.queues.get("other")).toBeUndefined();
      await bench.claim();
      expect(await bench.unit(uniqueInsertOf(second))).toEqual(conflictWith(first));
      await bench.complete(first, {});
      expect(await bench.unit(uniqueInsertOf(second))).toEqual(DONE);
    },
  },
  {
    name: "sees every state that is asked for, and no other",
    run: async (bench) => {
      for (const state of JOB_STATES) {
        const fingerprint = state.padEnd(64, "0");
        const there = await bench.inserted(
          state === "discarded" ? aDeadLetter({ fingerprint }) : aJob({ state, fingerprint }),
        );
        const others = JOB_STATES.filter((other) => other !== state);
        const [own, rest] = [aJob({ fingerprint }), aJob({ fingerprint, state: "pending" })];
        expect(await bench.unit(uniqueInsertOf(own, { states: [state] }))).toEqual(conflictWith(there));
        expect(await bench.unit(uniqueInsertOf(rest, { states: others }))).toEqual(DONE);
      }
    },
  },
  {
    name: "lets jobs of other fingerprints and of none be",
    run: async (bench) => {
      await bench.insert(aJob(), aUniqueJob({ fingerprint: BETA }));
      expect(await bench.unit(uniqueInsertOf(aUniqueJob()))).toEqual(DONE);
    },
  },
  {
    name: "lets exactly one of many that conflict win: in a unit, in a group, in groups at once",
    run: async (bench) => {
      const twins = [aUniqueJob(), aUniqueJob()] as const;
      expect(await bench.unit(...twins.map((job) => uniqueInsertOf(job)))).toEqual(conflictWith(twins[0]));
      expect(await bench.exists(twins[0])).toBe(false);
      const strangers = Array.from({ length: 60 }, () => aUniqueJob({ fingerprint: BETA }));
      const [winner, ...losers] = await bench.units(...strangers.map((job) => [uniqueInsertOf(job)]));
      expect(winner).toEqual(DONE);
      expect(losers).toEqual(losers.map(() => conflictWith(strangers[0] ?? twins[0])));
      const rivals = Array.from({ length: 8 }, () => aUniqueJob());
      const outcomes = await Promise.all(rivals.map((job) => bench.unit(uniqueInsertOf(job))));
      expect(outcomes.filter((outcome) => outcome?.ok)).toHaveLength(1);
    },
  },
  {
    name: "takes the jobs beside a refused one, in their order and with their counters",
    run: async (bench) => {
      const holder = await bench.inserted(aUniqueJob());
      const jobs = Array.from({ length: 70 }, (_, index) => aUniqueJob({ fingerprint: `${index}`.padStart(64, "0") }));
      const late = aUniqueJob();
      const all = [...jobs.slice(0, 30), late, ...jobs.slice(30, 60), aJob(), ...jobs.slice(60)];
      const outcomes = await bench.units(
        ...all.map((job) => [uniqueInsertOf(job, { fingerprint: job.fingerprint ?? BETA })]),
      );
      expect(outcomes.filter((outcome) => !outcome.ok)).toEqual([conflictWith(holder)]);
      expect(outcomes[30]).toEqual(conflictWith(holder));
      const seqs = (await bench.jobsOf(jobs)).map(({ seq }) => seq);
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    },
  },
  {
    name: "takes nothing of a unit when one of its unique jobs is refused",
    run: async (bench) => {
      const holder = await bench.inserted(aUniqueJob());
      const [fresh, plain] = [aUniqueJob({ fingerprint: BETA }), aJob()];
      const batch = [uniqueInsertOf(fresh), insertOf(plain), uniqueInsertOf(aUniqueJob())];
      const beside = aUniqueJob({ fingerprint: BETA });
      expect(await bench.units(batch, [uniqueInsertOf(beside)])).toEqual([conflictWith(holder), DONE]);
      expect([await bench.exists(fresh), await bench.exists(plain)]).toEqual([false, false]);
    },
  },
  {
    name: "lets a job be in the way for the period of the new job only, from its creation on",
    run: async (bench) => {
      const first = await bench.inserted(aUniqueJob({ createdAt: T0 }));
      const next = (): Effect => uniqueInsertOf(aUniqueJob({ createdAt: bench.now }), { periodMs: 1_000 });
      bench.now = T0 + 999;
      expect(await bench.unit(next())).toEqual(conflictWith(first));
      bench.now = T0 + 1_000;
      expect(await bench.units([next()], [next()])).toMatchObject([DONE, { reason: "conflict" }]);
      expect(await bench.unit(uniqueInsertOf(aUniqueJob()))).toMatchObject({ reason: "conflict" });
    },
  },
  {
    name: "looks at the id before the fingerprint",
    run: async (bench) => {
      const job = aUniqueJob();
      expect(await bench.unit(uniqueInsertOf(job))).toEqual(DONE);
      const exists = { ok: false, reason: "exists", id: job.id };
      expect(await bench.unit(uniqueInsertOf(job))).toEqual(exists);
      expect(await bench.units([uniqueInsertOf(job)], [insertOf(aJob())])).toEqual([exists, DONE]);
    },
  },
  {
    name: "names the job in the way that was created last",
    run: async (bench) => {
      const jobs = [2, 3, 1].map((age) => aUniqueJob({ createdAt: T0 - age, state: "pending" }));
      const twin = aUniqueJob({ createdAt: T0 - 1, state: "available" });
      await bench.insert(...jobs, twin);
      const wanted = { states: ["pending", "available"] } as const;
      expect(await bench.unit(uniqueInsertOf(aUniqueJob(), wanted))).toEqual(conflictWith(twin));
    },
  },
  {
    name: "takes a unique job in the unit that moves the other one out of its way",
    run: async (bench) => {
      const old = await bench.inserted(aUniqueJob());
      const fresh = aUniqueJob();
      const away = updateOf(old, { state: "cancelled", endedAt: T0 });
      expect(await bench.unit(uniqueInsertOf(fresh), away)).toEqual(conflictWith(old));
      expect(await bench.unit(away, uniqueInsertOf(fresh))).toEqual(DONE);
      const last = aUniqueJob();
      expect(await bench.unit(removeOf(await bench.job(fresh)), uniqueInsertOf(last))).toEqual(DONE);
      expect(await bench.job(last)).toMatchObject({ state: "available", fingerprint: ALPHA });
    },
  },
  {
    name: "looks at fingerprints when a unique job is inserted, and at nothing else",
    run: async (bench) => {
      const dead = await bench.inserted(aDeadLetter({ fingerprint: ALPHA }));
      await bench.unit(uniqueInsertOf(aUniqueJob()));
      expect(await bench.update(dead, { state: "available", deadLetter: false, endedAt: null })).toEqual(DONE);
      expect(await bench.unit(insertOf(aUniqueJob()))).toEqual(DONE);
      expect(await bench.claim({ limit: 5 })).toHaveLength(3);
    },
  },
  {
    name: "gives the jobs in the way of each guard, the last created first, at most `limit`",
    run: async (bench) => {
      const [old, twin, young] = [
        aUniqueJob({ createdAt: T0 - 20 }),
        aUniqueJob({ createdAt: T0 - 20 }),
        aUniqueJob({ createdAt: T0 - 10, state: "scheduled" }),
      ];
      const other = aUniqueJob({ fingerprint: BETA });
      await bench.insert(old, twin, young, other, aUniqueJob({ state: "pending" }));
      const wide: UniqueGuard = { fingerprint: ALPHA, states: ["available", "scheduled"], periodMs: null };
      const guards = [
        wide,
        { ...wide, periodMs: 20 },
        { ...wide, states: ["retryable"] as const },
        { ...wide, fingerprint: BETA },
      ];
      const found = await bench.storage.jobs.inTheWay(guards, T0, 10);
      expect(found.map(ids)).toEqual([ids([young, twin, old]), ids([young]), [], ids([other])]);
      expect((await bench.storage.jobs.inTheWay([wide], T0, 2)).map(ids)).toEqual([ids([young, twin])]);
      expect(await bench.storage.jobs.inTheWay([], T0, 2)).toEqual([]);
    },
  },
];
