import fc from "fast-check";
import { expect } from "vitest";
import { JOB_STATES, type JobRecord } from "../../../src/core/job.ts";
import type { UniqueGuard } from "../../../src/core/unique-guard.ts";
import type { Group, GroupOutcome, QueueActivity, QueueRecord, Storage } from "../../../src/storage/storage.ts";
import { T0 } from "../../support/jobs.ts";
import { STORIES_TIMEOUT_MS, telling } from "../../support/runs.ts";
import { type Behaviour, countByState, ids, type OpenStorage } from "./bench.ts";
import { Model } from "./model.ts";
import { FINGERPRINTS, type GroupPlan, groupPlan, JOB_IDS, QUEUES, WORKERS } from "./model-groups.ts";

/** Fixed, so that a failure is the same everywhere; see `path` in fast-check's report to run one case. */
const SEED = 20_260_101;

const ENDED = ["completed", "cancelled", "discarded"];
const GUARDS: readonly UniqueGuard[] = FINGERPRINTS.map((fingerprint) => {
  return { fingerprint, states: [...JOB_STATES], periodMs: 60_000 };
});

interface Step {
  readonly advance: number;
  readonly plan: GroupPlan;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ advance: fc.constantFrom(0, 1, 999, 5_000, 45_000), plan: groupPlan }),
  { minLength: 1, maxLength: 12, size: "max" },
);

export const modelBehaviours: readonly Behaviour[] = [
  {
    name: "behaves like a naive model under random groups",
    timeoutMs: STORIES_TIMEOUT_MS,
    random: true,
    run: ({ open }) => compareWithModel(open),
  },
];

/** Runs random groups on storages and on the model, and compares all that can be read after every group. */
export async function compareWithModel(open: OpenStorage, options: fc.Parameters<[Step[]]> = {}): Promise<void> {
  const property = fc.asyncProperty(steps, (drawn) => compare(drawn, open));
  await fc.assert(property, { ...telling("storage groups", SEED), ...options });
}

async function compare(drawn: readonly Step[], open: OpenStorage): Promise<void> {
  const handle = await open();
  const committed: Group[] = [];
  try {
    const model = new Model();
    let now = T0;
    for (const { advance, plan } of drawn) {
      now += advance;
      const group = plan(model, now);
      committed.push(group);
      const outcome = await handle.storage.commit(group);
      expect(outlined(outcome)).toEqual(outlined(model.commit(group)));
      expect(await contentOf(handle.storage, now)).toEqual(contentOfModel(model, now));
    }
  } catch (cause) {
    // What was drawn are functions, which say nothing in a report.
    throw new Error(`The last of these groups went wrong: ${JSON.stringify(committed)}`, { cause });
  } finally {
    await handle.storage.close();
    await handle.dispose?.();
  }
}

/** Everything that can be read from a storage, in a form without accidental order. */
async function contentOf(storage: Storage, now: number): Promise<object> {
  const leased = WORKERS.map(async (worker) => byId(await storage.jobs.leasedBy(worker)));
  const letters = await storage.jobs.deadLetters({}, { limit: 50 });
  return {
    jobs: byId((await storage.jobs.get(JOB_IDS)).filter((job) => job !== undefined)),
    due: dueOrder(await storage.jobs.due(now, 50)),
    nextDue: await storage.jobs.nextDue(),
    inTheWay: (await storage.jobs.inTheWay(GUARDS, now, 50)).map(ids),
    leased: await Promise.all(leased),
    openOfCron: (await storage.jobs.openOfCron("hourly", 50)).map(({ id }) => id),
    letters: { total: letters.total, ends: letters.items.map(({ endedAt }) => endedAt), jobs: byId(letters.items) },
    queues: (await storage.queues.list({ limit: 50 })).items,
    activity: await Promise.all(QUEUES.map((queue) => storage.queues.activity(queue, now - 60_000))),
    workers: (await storage.workers.silent(now, 50)).toSorted(byText),
    oldestBeat: await storage.workers.oldestBeat(),
    records: (await storage.records.list("cron", {}, { limit: 50 })).items,
    dueRecords: await storage.records.due("cron", now, 50),
  };
}

function contentOfModel(model: Model, now: number): object {
  const { state } = model;
  const { jobs, workers } = state;
  const records = state.records.toSorted(byText);
  const timed = jobs.filter((job) => job.dueAt !== null).toSorted((a, b) => a.dueAt! - b.dueAt!);
  const letters = jobs
    .filter((job) => job.state === "discarded" && job.deadLetter)
    .toSorted((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0));
  const held = (worker: string) => jobs.filter((job) => job.state === "active" && job.workerId === worker);
  return {
    jobs: byId(jobs),
    due: dueOrder(timed.filter((job) => job.dueAt! <= now)),
    nextDue: timed[0]?.dueAt ?? undefined,
    openOfCron: jobs.filter(({ cron, state }) => cron === "hourly" && !ENDED.includes(state)).map(({ id }) => id),
    inTheWay: GUARDS.map((guard) => ids(model.inTheWay(guard, now))),
    leased: WORKERS.map((worker) => byId(held(worker))),
    letters: { total: letters.length, ends: letters.map(({ endedAt }) => endedAt), jobs: byId(letters) },
    queues: queuesOfModel(state),
    activity: QUEUES.map((queue) => activityOfModel(state, queue, now - 60_000)),
    workers: workers.toSorted(byText),
    oldestBeat: workers.length === 0 ? undefined : Math.min(...workers.map((worker) => worker.lastBeatAt)),
    records,
    dueRecords: records
      .filter(({ dueAt }) => dueAt !== null && dueAt <= now)
      .toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0)),
  };
}

function queuesOfModel({ jobs, queues }: Model["state"]): QueueRecord[] {
  return queues
    .map((queue) => {
      const own = jobs.filter((job) => job.queue === queue.name);
      const deadLetters = own.filter((job) => job.state === "discarded" && job.deadLetter).length;
      return { ...queue, counts: countByState(own), deadLetters };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function activityOfModel({ happened }: Model["state"], queue: string, since: number): QueueActivity {
  const from = since - (since % 60_000);
  const of = (what: string) => happened.filter((one) => one.queue === queue && one.at >= from && one.what === what);
  const time = (what: string) => of(what).reduce((sum, { ms }) => sum + ms, 0);
  return {
    started: of("started").length,
    completed: of("completed").length,
    failed: of("failed").length,
    waitMs: time("started"),
    runMs: time("completed"),
  };
}

/** What the port promises of an outcome; drivers may answer a completion with more of the job. */
function outlined(outcome: GroupOutcome): object {
  return {
    ...outcome,
    // May be early; cases of their own show that they are not late.
    openings: undefined,
    completions: outcome.completions.map((job) => (job === null ? null : [job.id, job.lease, job.startedAt])),
    beats: outcome.beats.map((beat) => ({ ...beat, extended: beat.extended.map(withoutSeq) })),
    claims: outcome.claims.map((jobs) => jobs.map(withoutSeq)),
  };
}

/** The model gives no numbers: the order of claims shows whether they are right. */
function withoutSeq({ seq: _, ...job }: JobRecord): object {
  return job;
}

function byId(jobs: readonly JobRecord[]): object[] {
  return jobs.toSorted(byText).map(withoutSeq);
}

function dueOrder(jobs: readonly JobRecord[]): object {
  return { times: jobs.map((job) => job.dueAt), jobs: byId(jobs) };
}

function byText(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
