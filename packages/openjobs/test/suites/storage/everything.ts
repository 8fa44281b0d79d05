/** One of everything that the port can do, for tests that look at what a driver makes of it. */
import { laneOf } from "../../../src/core/lane.ts";
import { cancellation } from "../../../src/core/lifecycle/end.ts";
import { FINISHED_KINDS } from "../../../src/core/retention.ts";
import { WAITING_STATES } from "../../../src/core/states.ts";
import type { Effect, Group, Storage } from "../../../src/storage/storage.ts";
import { aDeadLetter, aJob, T0 } from "../../support/jobs.ts";
import { endOf, insertOfLaunch, launched, stepOf } from "../../support/workflows.ts";
import { anAnswer, keepOf } from "./answers.ts";
import { beatOf, claimOf, insertOf, pauseOf, removeOf, updateOf } from "./bench.ts";
import { aRecord, dropOf, putOf } from "./records.ts";
import { aUniqueJob, uniqueInsertOf } from "./unique.ts";

/** A group with nothing in it but these parts. */
export function groupOf(parts: Partial<Group>): Group {
  return { now: T0, completions: [], beats: [], units: [], claims: [], ...parts };
}

/** Everything that the port can do, in every variant that has a statement of its own. */
export async function doEverything(storage: Storage): Promise<void> {
  const [job, other] = [aJob(), aJob()];
  await storage.commit(groupOf({ units: [{ effects: [insertOf(aJob({ cron: "daily" }))] }] }));
  await storage.commit(groupOf({ units: [{ effects: [insertOf(job), insertOf(other)] }] }));
  await storage.commit(groupOf({ units: [{ effects: [insertOf(aDeadLetter())] }, { effects: [insertOf(job)] }] }));
  await storage.commit(groupOf({ units: [{ effects: [pauseOf("mail")] }], claims: [claimOf({ limit: 1 })] }));
  await storage.commit(groupOf({ beats: [beatOf({ jobs: [{ id: job.id }] })] }));
  await storage.commit(groupOf({ completions: [{ id: job.id, fence: {}, result: "1" }] }));
  const [waiting] = await storage.jobs.get([other.id]);
  if (waiting === undefined) throw new Error("The job that was not claimed is gone.");
  await storage.commit(groupOf({ units: [{ effects: [updateOf(waiting, { state: "cancelled" })] }] }));
  await storage.commit(groupOf({ units: [{ effects: [removeOf(waiting)] }] }));
  await storage.commit(groupOf({ units: [{ effects: [removeOf({ ...waiting, revision: 2 }), insertOf(job)] }] }));
  const forget = (lastBeatAt: number) => ({ kind: "forget-worker", id: "w1", lastBeatAt }) as const;
  await storage.commit(groupOf({ units: [{ effects: [forget(0)] }, { effects: [forget(T0)] }] }));
  await storage.commit(groupOf({ beats: [beatOf({ leaving: true })] }));
  await storage.commit(groupOf({ units: [{ effects: [keepOf(anAnswer())] }] }));
  const record = aRecord();
  await storage.commit(groupOf({ units: [[putOf(record)], [putOf(record)]].map((effects) => ({ effects })) }));
  await storage.commit(groupOf({ units: [[putOf(record, "r1")], [dropOf(record)]].map((effects) => ({ effects })) }));
  const unique = [aUniqueJob(), aUniqueJob(), aUniqueJob({ fingerprint: null })];
  const [first, ...rivals] = unique.map((job) => [uniqueInsertOf(job)]);
  await storage.commit(groupOf({ units: [first ?? []].map((effects) => ({ effects })) }));
  await storage.commit(groupOf({ units: rivals.map((effects) => ({ effects })) }));
  await doEverythingInLanes(storage);
  await doEverythingWithWorkflows(storage);
  for (const kind of FINISHED_KINDS) await storage.upkeep.prune({ kind, endedBy: T0 + 1, limit: 1 });
  await storage.upkeep.tidy();
  await readEverything(storage);
}

async function doEverythingInLanes(storage: Storage): Promise<void> {
  const lane = laneOf({ key: "k", concurrency: 1, rate: { limit: 9, periodMs: 1_000 } });
  const jobs = [aJob({ lane }), aJob({ lane })];
  await storage.commit(groupOf({ units: [{ effects: jobs.map(insertOf) }], claims: [claimOf({})] }));
  // Long enough for the starts to be forgotten when there is another key to be written.
  const other = { effects: [insertOf(aJob({ lane: laneOf({ key: "l", rate: { limit: 9, periodMs: 1_000 } }) }))] };
  const completions = jobs.map(({ id }) => ({ id, fence: {}, result: null }));
  await storage.commit({ ...groupOf({ completions }), now: T0 + 90_000 });
  await storage.commit({ ...groupOf({ units: [other], claims: [claimOf({ limit: 2 })] }), now: T0 + 90_000 });
}

async function doEverythingWithWorkflows(storage: Storage): Promise<void> {
  const launch = launched({ type: "chain", name: "n", steps: [stepOf("a"), stepOf("b"), stepOf("c")] });
  const { id } = launch.workflow;
  const commit = (...effects: readonly Effect[]) => storage.commit(groupOf({ units: [{ effects }] }));
  await commit(insertOfLaunch(launch));
  await commit(insertOfLaunch(launch));
  await storage.commit(groupOf({ claims: [claimOf({})] }));
  for (const { jobId } of launch.steps.slice(0, 2)) {
    const [member] = await storage.jobs.get([jobId]);
    if (member !== undefined) await commit(...endOf(member, jobId === launch.steps[1]?.jobId ? "failed" : "completed"));
  }
  await commit({
    kind: "resume-workflow",
    id,
    endedAt: T0,
    failed: 0,
    steps: launch.steps,
    joins: launch.joins,
    jobs: [],
  });
  await commit({ kind: "cancel-workflow", id, change: cancellation(T0).change });
  await commit({ kind: "cancel-workflow", id, change: cancellation(T0).change });
  await storage.workflows.get(id);
  for (const filter of [{}, { state: "running" }, { name: "n" }, { name: "n", state: "running" }] as const) {
    await storage.workflows.list(filter, { limit: 1 });
  }
  await storage.workflows.steps(id);
  await storage.workflows.plan(id);
  await storage.workflows.joins(id);
  await storage.workflows.parents([{ workflowId: id, step: 2 }]);
  await storage.upkeep.pruneWorkflows({ state: "cancelled", endedBy: T0 + 1, limit: 99 });
}

async function readEverything(storage: Storage): Promise<void> {
  const letters = { limit: 1, after: btoa("[1,1]") };
  await storage.jobs.due(T0, 1);
  await storage.jobs.nextDue();
  await storage.jobs.leasedBy("w1");
  await storage.jobs.openOfCron("daily", 1);
  await storage.jobs.underKey("stripe", 1);
  await storage.jobs.inTheWay([{ fingerprint: "f", states: ["available", "active"], periodMs: 1 }], T0, 1);
  for (const state of [...FINISHED_KINDS, "active"] as const) await storage.jobs.walk({ state }, 1);
  await storage.jobs.walk({ state: "active" }, 1, btoa('["w1",0]'));
  for (const state of WAITING_STATES) await storage.jobs.walk({ state, queue: "default" }, 1);
  await storage.jobs.walk({ state: "available", queue: "default" }, 1, btoa('["",0,0,0]'));
  await storage.jobs.deadLetters({}, { limit: 1, offset: 1 });
  await storage.jobs.deadLetters({}, letters);
  await storage.jobs.deadLetters({ queue: "default" }, { limit: 1 });
  await storage.jobs.deadLetters({ queue: "default" }, letters);
  await storage.queues.get("default");
  await storage.queues.list({ limit: 1 });
  await storage.queues.activity("default", T0);
  await storage.queues.heads(["default"]);
  await storage.workers.silent(T0, 1);
  await storage.workers.oldestBeat();
  await storage.answers.get("bulk-enqueue:1", T0);
  await storage.records.get("cron", ["daily"]);
  for (const filter of [{}, { waiting: true }, { waiting: false }]) {
    await storage.records.list("cron", filter, { limit: 1 });
  }
  await storage.records.due("cron", T0, 1);
  await storage.records.nextDue("cron");
  await storage.ping();
}
