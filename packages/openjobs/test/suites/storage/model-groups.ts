/**
 * Random groups for the model property. They are drawn as small numbers and turned into groups only when they are run,
 * over what the model holds then: so most of them mean something, and they shrink well.
 */
import fc from "fast-check";
import { JOB_STATES, type JobChange, type JobRecord } from "../../../src/core/job.ts";
import type { Beat, Claim, Completion, Effect, Group, Unit } from "../../../src/storage/storage.ts";
import { aJob, jobId, T0 } from "../../support/jobs.ts";
import { aWorker, insertOf, pauseOf, removeOf, updateOf } from "./bench.ts";
import { LANES, type Model } from "./model.ts";
import { aRecord, dropOf, putOf } from "./records.ts";

export const JOB_IDS: readonly string[] = Array.from({ length: 9 }, (_, index) => jobId(0xfff_000 + index));
export const QUEUES: readonly string[] = ["a", "b", "c"];
export const WORKERS: readonly string[] = ["w1", "w2"];
export const RECORD_IDS: readonly string[] = ["r", "s", "t"];

/** Turns what was drawn into a group over the model's state. */
export type GroupPlan = (model: Model, now: number) => Group;

type EffectPlan = (model: Model, now: number) => Effect;

const id = fc.constantFrom(...JOB_IDS);
const queue = fc.constantFrom(...QUEUES);
const worker = fc.constantFrom(...WORKERS);
/** Mostly right, sometimes one off: for revisions, leases and attempts. */
const offset = fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(-1, 1) });
const few = <T>(arbitrary: fc.Arbitrary<T>, maxLength: number) => fc.array(arbitrary, { maxLength });

export const FINGERPRINTS: readonly string[] = ["a", "b"].map((digit) => digit.repeat(64));

const guard = fc.record({
  states: fc.shuffledSubarray([...JOB_STATES], { minLength: 1 }),
  periodMs: fc.constantFrom(null, 1, 1_000, 46_000),
});

const insert = fc
  .record({
    id,
    queue,
    priority: fc.integer({ min: -1, max: 1 }),
    state: fc.constantFrom("available", "available", "available", "scheduled", "pending"),
    delay: fc.integer({ min: -3, max: 3 }),
    expiresIn: fc.option(fc.integer({ min: 0, max: 100_000 })),
    visibilityMs: fc.option(fc.constantFrom(1_000, 50_000)),
    timeoutMs: fc.option(fc.constantFrom(2_000, 40_000)),
    cron: fc.constantFrom(null, null, "hourly"),
    heartbeatMs: fc.option(fc.constantFrom(700, 60_000)),
    endIn: fc.option(fc.integer({ min: 0, max: 30_000 })),
    fingerprint: fc.constantFrom(null, ...FINGERPRINTS),
    lane: fc.option(fc.constantFrom(...LANES.keys())),
    guard: fc.option(guard),
  })
  .map(
    ({ delay, expiresIn, endIn, guard, ...fields }): EffectPlan =>
      (_, now) => {
        const expiresAt = expiresIn === null ? null : now + expiresIn;
        const availableAt = now + delay * 1_000;
        const endBy = endIn === null ? null : now + endIn;
        const tooLate = Math.min(expiresAt ?? Infinity, endBy ?? Infinity);
        const waiting = tooLate === Infinity ? null : tooLate;
        const dueAt = fields.state === "scheduled" ? availableAt : waiting;
        const job = aJob({ ...fields, expiresAt, endBy, availableAt, dueAt, enqueuedAt: now, createdAt: now });
        if (guard === null || job.fingerprint === null) return insertOf(job);
        return { kind: "insert", job, unique: { ...guard, fingerprint: job.fingerprint } };
      },
  );

const update = fc
  .record({
    id,
    offset,
    failure: fc.constantFrom(undefined, false, true),
    fields: fc.record(
      {
        state: fc.constantFrom(...JOB_STATES.filter((state) => state !== "active")),
        priority: fc.integer({ min: -1, max: 1 }),
        deadLetter: fc.boolean(),
        errors: fc.constantFrom(null, "[1]"),
      },
      { requiredKeys: [] },
    ),
    availableIn: fc.option(fc.integer({ min: -2, max: 2 })),
    dueIn: fc.option(fc.integer({ min: 0, max: 20_000 })),
  })
  .map(
    ({ id, offset, failure, fields, availableIn, dueIn }): EffectPlan =>
      (model, now) => {
        const times: JobChange = {
          ...(availableIn === null ? {} : { availableAt: now + availableIn * 1_000 }),
          dueAt: dueIn === null ? null : now + dueIn,
          ...(fields.state === "discarded" ? { endedAt: now } : {}),
        };
        return updateOf(known(model, id, offset), { ...fields, ...times }, failure);
      },
  );

const remove = fc.record({ id, offset }).map(
  ({ id, offset }): EffectPlan =>
    (model) =>
      removeOf(known(model, id, offset)),
);

const pause = fc.record({ queue, paused: fc.boolean() }).map(
  ({ queue, paused }): EffectPlan =>
    () =>
      pauseOf(queue, paused),
);

const forget = fc.record({ worker, offset }).map(
  ({ worker, offset }): EffectPlan =>
    (model) => {
      const lastBeatAt = model.state.workers.find(({ id }) => id === worker)?.lastBeatAt ?? T0;
      return { kind: "forget-worker", id: worker, lastBeatAt: lastBeatAt + offset };
    },
);

const record = fc
  .record({
    id: fc.constantFrom(...RECORD_IDS),
    revision: fc.uuid(),
    dueIn: fc.option(fc.integer({ min: -2, max: 2 })),
    wrong: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    remove: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  })
  .map(
    ({ id, revision, dueIn, wrong, remove }): EffectPlan =>
      (model, now) => {
        const there = model.state.records.find((record) => record.id === id);
        const replaces = (there === undefined) === wrong;
        const before = replaces ? (there?.revision ?? "another") : null;
        if (remove) return dropOf(aRecord({ id, revision: before ?? "none" }));
        return putOf(aRecord({ id, revision, dueAt: dueIn === null ? null : now + dueIn * 1_000 }), before);
      },
  );

const effect = fc.oneof(
  { weight: 6, arbitrary: insert },
  { weight: 5, arbitrary: update },
  { weight: 1, arbitrary: remove },
  { weight: 1, arbitrary: pause },
  { weight: 1, arbitrary: forget },
  { weight: 3, arbitrary: record },
);

const completion = fc
  .record({ id, by: fc.constantFrom("lease", "worker", "attempt", "nothing"), offset, worker })
  .map(({ id, by, offset, worker }) => (model: Model): Completion => {
    const job = known(model, id, 0);
    const fences = {
      lease: { lease: job.lease + offset, workerId: worker },
      worker: { workerId: offset === 0 ? (job.workerId ?? worker) : worker, attempt: job.attempt },
      attempt: { attempt: job.attempt + offset },
      nothing: {},
    };
    return { id, fence: fences[by], result: `"${by}"` };
  });

const beat = fc
  .record({
    worker,
    jobs: fc.uniqueArray(fc.record({ id, lease: fc.option(offset) }), {
      maxLength: 4,
      selector: (job) => job.id,
    }),
    visibilityMs: fc.option(fc.constantFrom(500, 70_000)),
    leaving: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  })
  .map(
    ({ worker, jobs, visibilityMs, leaving }) =>
      (model: Model): Beat => ({
        worker: aWorker({ id: worker, activeJobs: jobs.length }),
        jobs: jobs.map(({ id, lease }) => (lease === null ? { id } : { id, lease: known(model, id, 0).lease + lease })),
        leaving,
        ...(visibilityMs === null ? {} : { visibilityMs }),
      }),
  );

const claim: fc.Arbitrary<Claim> = fc.record({
  queues: fc.shuffledSubarray([...QUEUES]),
  limit: fc.integer({ min: 0, max: 4 }),
  workerId: fc.option(worker),
  leaseMs: fc.constantFrom(1_000, 30_000),
  timeoutMs: fc.constantFrom(20_000, 600_000),
});

export const groupPlan: fc.Arbitrary<GroupPlan> = fc
  .record({
    completions: few(completion, 3),
    beats: few(beat, 2),
    units: few(fc.array(effect, { minLength: 1, maxLength: 4 }), 4),
    claims: few(claim, 2),
  })
  .map(
    (plans): GroupPlan =>
      (model, now) => {
        // Like an engine, which decides each entry over what those before it in the group will have done.
        const ahead = model.copy();
        const group: Group = { now, completions: [], beats: [], units: [], claims: [] };
        const completions = plans.completions.map((plan) => {
          const entry = plan(ahead);
          ahead.commit({ ...group, completions: [entry] });
          return entry;
        });
        const beats = plans.beats.map((plan) => {
          const entry = plan(ahead);
          ahead.commit({ ...group, beats: [entry] });
          return entry;
        });
        const units = plans.units.map((effects) => {
          const entry = unitOf(effects, ahead.copy(), now);
          ahead.commit({ ...group, units: [entry] });
          return entry;
        });
        return { ...group, completions, beats, units, claims: plans.claims };
      },
  );

function unitOf(plans: readonly EffectPlan[], ahead: Model, now: number): Unit {
  const effects = plans.map((plan) => {
    const effect = plan(ahead, now);
    ahead.commit({ now, completions: [], beats: [], units: [{ effects: [effect] }], claims: [] });
    return effect;
  });
  return { effects };
}

/** The job as the model has it, with the revision that much off; a made-up one when there is none. */
function known(model: Model, id: string, offset: number): JobRecord {
  const job = model.job(id) ?? aJob({ id, revision: 1 });
  return { ...job, revision: job.revision + offset };
}
