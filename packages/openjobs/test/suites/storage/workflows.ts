import fc from "fast-check";
import { expect } from "vitest";
import { cancellation } from "../../../src/core/lifecycle/end.ts";
import { LIMITS } from "../../../src/core/limits.ts";
import type { Launch } from "../../../src/core/workflow/launch.ts";
import { resumeWorkflow } from "../../../src/core/workflow/resume.ts";
import type { StepOutcome, WorkflowRecord } from "../../../src/core/workflow/workflow.ts";
import type { Effect, GroupOutcome, UnitOutcome } from "../../../src/storage/storage.ts";
import { aDeadLetter, aJob, T0 } from "../../support/jobs.ts";
import { STORIES_TIMEOUT_MS, telling } from "../../support/runs.ts";
import { anyWorkflow, interpret, namesIn } from "../../support/workflow-reference.ts";
import { endOf, freshId, insertOfLaunch, launched, stepOf, typesByState } from "../../support/workflows.ts";
import { type Behaviour, Bench, DONE, ids, insertOf, type OpenStorage, updateOf } from "./bench.ts";

const chain = { type: "chain", steps: [stepOf("a"), stepOf("b"), stepOf("c")] };
const group = { type: "group", jobs: [stepOf("a"), stepOf("b"), stepOf("c")] };
const batch = {
  type: "batch",
  jobs: [stepOf("a"), stepOf("b")],
  callbacks: { on_complete: stepOf("always"), on_success: stepOf("good"), on_failure: stepOf("bad") },
};

async function start(bench: Bench, body: object): Promise<Launch> {
  const launch = launched(body, bench.now);
  expect(await bench.unit(insertOfLaunch(launch))).toEqual(DONE);
  return launch;
}

/** Ends the released member with this type. */
async function end(
  bench: Bench,
  launch: Launch,
  type: string,
  outcome: StepOutcome = "completed",
): Promise<GroupOutcome> {
  const step = launch.steps.find((candidate) => candidate.type === type);
  const job = await bench.job({ id: step?.jobId ?? "" });
  return bench.commit({ units: [{ effects: endOf(job, outcome, bench.now) }] });
}

async function workflowOf(bench: Bench, { workflow: { id } }: Launch): Promise<WorkflowRecord> {
  const workflow = await bench.storage.workflows.get(id);
  if (workflow === undefined) throw new Error(`There is no workflow ${id}.`);
  return workflow;
}

async function statesOf(bench: Bench, { workflow: { id } }: Launch): Promise<Record<string, string[]>> {
  return typesByState((await bench.storage.workflows.steps(id)).map(({ step }) => step));
}

function cancelOf({ workflow: { id } }: Launch, now: number): Effect {
  return { kind: "cancel-workflow", id, change: cancellation(now).change };
}

/** Types of the jobs that a commit released. */
function releasedBy({ workflows }: GroupOutcome): string[] {
  return (workflows?.facts ?? []).flatMap((fact) => (fact.kind === "released" ? [fact.job.type] : []));
}

const STORY = "ends random workflows as a simple reading of the specification does";
const SEED = 20_260_102;

export const workflowBehaviours: readonly Behaviour[] = [
  {
    name: "stores a workflow with the jobs of the steps that wait for nothing, and gives it back",
    run: async (bench) => {
      const launch = await start(bench, { ...chain, name: "letters", meta: { a: "\u0000" } });
      const { workflow, steps, joins, births } = launch;
      expect(await workflowOf(bench, launch)).toEqual({ ...workflow, seq: expect.any(Number) });
      expect(await bench.storage.workflows.plan(workflow.id)).toEqual(steps);
      expect(await bench.storage.workflows.joins(workflow.id)).toEqual(joins);
      expect(await bench.jobsOf(births.map(({ job }) => job))).toMatchObject(
        births.map(({ job: { id } }) => ({ id, revision: 1 })),
      );
      for (const step of steps.slice(1)) expect(await bench.exists({ id: step.jobId })).toBe(false);
      expect(await bench.storage.workflows.get("unknown")).toBeUndefined();
      expect(await bench.storage.workflows.steps("unknown")).toEqual([]);
    },
  },
  {
    name: "refuses a workflow whose id is taken, and one with the id of a job, and stores nothing of them",
    run: async (bench) => {
      const first = await start(bench, group);
      const again = launched(group);
      const taken = { ...again, workflow: { ...again.workflow, id: first.workflow.id } };
      const name = `workflow:${first.workflow.id}`;
      expect(await bench.unit(insertOfLaunch(taken))).toEqual({ ok: false, reason: "exists", id: name });
      const [, job] = again.births.map((birth) => birth.job);
      const there = await bench.inserted(aJob({ id: job?.id ?? "" }));
      expect(await bench.unit(insertOfLaunch(again))).toEqual({ ok: false, reason: "exists", id: there.id });
      expect(await bench.storage.workflows.get(again.workflow.id)).toBeUndefined();
      expect(await bench.storage.workflows.steps(again.workflow.id)).toEqual([]);
      expect(await bench.exists({ id: again.births[0]?.job.id ?? "" })).toBe(false);
    },
  },
  {
    name: "leaves members untouched by a plain completion",
    run: async (bench) => {
      await start(bench, group);
      const [job] = await bench.claim({ limit: 1 });
      expect(await bench.complete(job!, {}, "1")).toBeNull();
      expect(await bench.job(job!)).toEqual(job);
    },
  },
  {
    name: "releases a chain's next step in the commit that ends the one before",
    run: async (bench) => {
      const launch = await start(bench, chain);
      expect(releasedBy(await end(bench, launch, "a"))).toEqual(["b"]);
      expect(await statesOf(bench, launch)).toEqual({ completed: ["a"], released: ["b"], waiting: ["c"] });
      expect(await bench.job({ id: launch.steps[1]!.jobId })).toMatchObject({
        type: "b",
        state: "available",
        workflowId: launch.workflow.id,
        workflowStep: 1,
        revision: 1,
      });
      await end(bench, launch, "b");
      bench.now += 5;
      await end(bench, launch, "c");
      expect(await workflowOf(bench, launch)).toMatchObject({
        state: "completed",
        completed: 3,
        failed: 0,
        endedAt: bench.now,
      });
    },
  },
  {
    name: "ends a chain at its first failure, and keeps why",
    run: async (bench) => {
      const launch = await start(bench, chain);
      await end(bench, launch, "a");
      expect(releasedBy(await end(bench, launch, "b", "failed"))).toEqual([]);
      expect(await statesOf(bench, launch)).toEqual({ completed: ["a"], failed: ["b"], cancelled: ["c"] });
      const workflow = await workflowOf(bench, launch);
      expect(workflow).toMatchObject({ state: "failed", completed: 1, failed: 1 });
      expect(JSON.parse(workflow.failure ?? "")).toMatchObject({
        step: 1,
        step_type: "b",
        error: { message: "failed" },
      });
    },
  },
  {
    name: "lets a claim of the same group have what its units released",
    run: async (bench) => {
      const launch = await start(bench, chain);
      const [first] = await bench.claim();
      const { claims } = await bench.commit({
        units: [{ effects: endOf(first!) }],
        claims: [{ queues: ["default"], limit: 9, workerId: "w1", leaseMs: 1, timeoutMs: 1 }],
      });
      expect(claims[0]?.map(({ type }) => type)).toEqual(["b"]);
      expect(await statesOf(bench, launch)).toMatchObject({ released: ["b"] });
    },
  },
  {
    name: "fires callbacks once when many members end in one group",
    run: async (bench) => {
      const launch = await start(bench, {
        ...batch,
        jobs: Array.from({ length: 60 }, (_, index) => stepOf(`m${index}`)),
      });
      const jobs = await bench.jobsOf(launch.births.map(({ job }) => job));
      const outcome = await bench.commit({ units: jobs.map((job) => ({ effects: endOf(job) })) });
      expect(outcome.units).toEqual(jobs.map(() => DONE));
      expect(releasedBy(outcome)).toEqual(["always", "good"]);
      expect(await workflowOf(bench, launch)).toMatchObject({ state: "running", completed: 60 });
      expect(outcome.workflows?.facts.filter(({ kind }) => kind === "arrived")).toHaveLength(60);
    },
  },
  {
    name: "counts every end that is no success as a failure",
    run: async (bench) => {
      const launch = await start(bench, { ...batch, jobs: [stepOf("a"), stepOf("b"), stepOf("c")] });
      await end(bench, launch, "a", "cancelled");
      await end(bench, launch, "b", "failed");
      expect(releasedBy(await end(bench, launch, "c"))).toEqual(["always", "bad"]);
      expect(await statesOf(bench, launch)).toMatchObject({ cancelled: ["a", "good"], failed: ["b"] });
      expect(await workflowOf(bench, launch)).toMatchObject({ completed: 1, failed: 2 });
    },
  },
  {
    name: "lets a step arrive once, in one group and later",
    run: async (bench) => {
      const launch = await start(bench, group);
      const [job] = await bench.jobsOf(launch.births.map((birth) => birth.job));
      const [, arrive] = endOf(job!, "failed");
      await bench.units(endOf(job!, "failed"), [arrive!]);
      await bench.units([arrive!], [arrive!]);
      expect(await workflowOf(bench, launch)).toMatchObject({ state: "running", completed: 0, failed: 1 });
      await end(bench, launch, "b");
      expect(await workflowOf(bench, launch)).toMatchObject({ state: "running" });
      await end(bench, launch, "c");
      expect(await workflowOf(bench, launch)).toMatchObject({ state: "failed", completed: 2, failed: 1 });
    },
  },
  {
    name: "does not hear of an end whose unit was refused",
    run: async (bench) => {
      const launch = await start(bench, chain);
      const [job] = await bench.jobsOf(launch.births.map((birth) => birth.job));
      const stale = endOf({ ...job!, revision: 7 });
      expect(await bench.units(stale, [insertOf(aJob()), ...stale])).toEqual([
        { ok: false, reason: "changed", id: job!.id },
        { ok: false, reason: "changed", id: job!.id },
      ]);
      expect(await statesOf(bench, launch)).toEqual({ released: ["a"], waiting: ["b", "c"] });
    },
  },
  {
    name: "does nothing of a workflow when the commit rejects",
    run: async (bench) => {
      const launch = await start(bench, batch);
      const jobs = await bench.jobsOf(launch.births.map(({ job }) => job));
      const other = launched(chain);
      const units = [
        ...jobs.map((job) => ({ effects: endOf(job) })),
        { effects: [insertOfLaunch(other)] },
        {
          get effects(): never {
            throw new Error("the store broke down");
          },
        },
      ];
      const commit = bench.storage.commit({ now: T0, completions: [], beats: [], units, claims: [] });
      await expect(commit).rejects.toThrow();
      await bench.recount();
      expect(await statesOf(bench, launch)).toEqual({ released: ["a", "b"], waiting: ["always", "good", "bad"] });
      expect(await workflowOf(bench, launch)).toMatchObject({ completed: 0, state: "running" });
      expect(await bench.storage.workflows.get(other.workflow.id)).toBeUndefined();
      expect((await bench.storage.workflows.list({}, { limit: 9 })).total).toBe(1);
      await bench.units(...jobs.map((job) => endOf(job)));
      expect(await statesOf(bench, launch)).toMatchObject({ released: ["always", "good"] });
    },
  },
  {
    name: "cancels a running workflow with every member that has not ended, and no other",
    run: async (bench) => {
      const other = await start(bench, group);
      const launch = await start(bench, {
        type: "group",
        jobs: [stepOf("a"), stepOf("b", { delay: 1000 }), chain, stepOf("d")],
      });
      await end(bench, launch, "d", "failed");
      const active = await bench.claim({ limit: 4 });
      const outcome = await bench.commit({ units: [{ effects: [cancelOf(launch, bench.now)] }] });
      expect(outcome.units).toEqual([DONE]);
      expect(outcome.workflows?.facts.map(({ kind }) => kind)).toEqual([
        "cancelled",
        "cancelled",
        "cancelled",
        "ended",
      ]);
      const members = launch.births.map(({ job }) => job);
      expect((await bench.storage.jobs.get(ids(members))).map((job) => job?.state)).toEqual([
        "cancelled",
        "cancelled",
        "cancelled",
        "discarded",
      ]);
      expect(await workflowOf(bench, launch)).toMatchObject({ state: "cancelled", endedAt: bench.now, failed: 1 });
      expect(await workflowOf(bench, other)).toMatchObject({ state: "running" });
      expect(active.map(({ workflowId }) => workflowId)).toContain(launch.workflow.id);
    },
  },
  {
    name: "cancels running workflows only, and says what is in the way",
    run: async (bench) => {
      const launch = await start(bench, { type: "chain", steps: [stepOf("a")] });
      const other = await start(bench, group);
      await end(bench, launch, "a");
      const refused = (id: string, reason: string): UnitOutcome =>
        ({ ok: false, reason, id: `workflow:${id}` }) as UnitOutcome;
      expect(await bench.unit(cancelOf(launch, T0))).toEqual(refused(launch.workflow.id, "changed"));
      const unknown = launched(chain);
      expect(await bench.unit(cancelOf(unknown, T0))).toEqual(refused(unknown.workflow.id, "missing"));
      expect(await bench.units([cancelOf(other, T0)], [cancelOf(other, T0)])).toEqual([
        DONE,
        refused(other.workflow.id, "changed"),
      ]);
    },
  },
  {
    name: "hears of the ends of a group before it cancels a workflow in it",
    run: async (bench) => {
      const launch = await start(bench, { type: "chain", steps: [stepOf("a")] });
      const [job] = await bench.jobsOf(launch.births.map((birth) => birth.job));
      const [, refused] = await bench.units(endOf(job!), [cancelOf(launch, T0)]);
      expect(refused).toMatchObject({ ok: false, reason: "changed" });
      expect(await workflowOf(bench, launch)).toMatchObject({ state: "completed" });
    },
  },
  {
    name: "does not move a workflow on that has ended",
    run: async (bench) => {
      const launch = await start(bench, chain);
      const [job] = await bench.jobsOf(launch.births.map((birth) => birth.job));
      await bench.unit(cancelOf(launch, T0));
      const { workflows } = await bench.commit({ units: [{ effects: [endOf(job!)[1]!] }] });
      expect(workflows).toBeUndefined();
      expect(await workflowOf(bench, launch)).toMatchObject({ state: "cancelled", completed: 0 });
      expect(await bench.exists({ id: launch.steps[1]!.jobId })).toBe(false);
    },
  },
  {
    name: "says when a workflow has started, once",
    run: async (bench) => {
      const launch = await start(bench, group);
      bench.now += 3;
      const claim = { queues: ["default"], limit: 1, workerId: "w1", leaseMs: 9_000, timeoutMs: 9_000 };
      const outcome = await bench.commit({ claims: [claim, claim] });
      expect(outcome.workflows?.started).toEqual([{ ...(await workflowOf(bench, launch)), startedAt: bench.now }]);
      bench.now += 3;
      expect((await bench.commit({ claims: [claim] })).workflows).toBeUndefined();
      expect(await workflowOf(bench, launch)).toMatchObject({ startedAt: bench.now - 3 });
    },
  },
  {
    name: "goes through a graph of a thousand joins in one commit",
    run: async (bench) => {
      const steps = Array.from({ length: 1_000 }, (_, index) => ({
        ...stepOf(`s${index}`),
        id: `s${index}`,
        // The second edge keeps it from being a chain.
        depends_on: index === 0 ? [] : [`s${index - 1}`, ...(index > 1 ? [`s${index - 2}`] : [])],
      }));
      const launch = await start(bench, { steps });
      expect(launch.workflow.type).toBe("graph");
      await end(bench, launch, "s0", "failed");
      expect(await workflowOf(bench, launch)).toMatchObject({ state: "failed", failed: 1 });
      expect((await statesOf(bench, launch)).cancelled).toHaveLength(999);
    },
  },
  {
    name: "lists workflows, the newest first, by state and name, over pages",
    run: async (bench) => {
      const launches: Launch[] = [];
      for (let index = 0; index < 5; index += 1) launches.push(await start(bench, { ...chain, name: `n${index % 2}` }));
      await end(bench, launches[1]!, "a", "failed");
      const list = bench.storage.workflows;
      const newest = launches.map(({ workflow: { id } }) => id).toReversed();
      const first = await list.list({}, { limit: 2 });
      expect([first.total, ids(first.items)]).toEqual([5, newest.slice(0, 2)]);
      const second = await list.list({}, { limit: 2, after: first.next! });
      expect(ids(second.items)).toEqual(newest.slice(2, 4));
      expect(ids((await list.list({}, { limit: 9, offset: 3 })).items)).toEqual(newest.slice(3));
      const running = await list.list({ state: "running" }, { limit: 9 });
      expect([running.total, ids(running.items)]).toEqual([4, newest.filter((id) => id !== newest[3])]);
      expect((await list.list({ state: "failed" }, { limit: 9 })).total).toBe(1);
      expect(ids((await list.list({ name: "n1" }, { limit: 9 })).items)).toEqual([newest[1], newest[3]]);
      expect(await list.list({ name: "n1", state: "failed" }, { limit: 9 })).toMatchObject({
        total: 1,
        items: [{ id: newest[3] }],
      });
    },
  },
  {
    name: "gives a member the steps before it with their results, the last ones first if there are too many",
    run: async (bench) => {
      const launch = await start(bench, chain);
      const { id: workflowId } = launch.workflow;
      const big = JSON.stringify("x".repeat(LIMITS.resultsBytes - 100));
      const results = [`"${"y".repeat(200)}"`, big];
      for (const [step, result] of results.entries()) {
        const job = await bench.job({ id: launch.steps[step]!.jobId });
        await bench.unit(updateOf(job, { result }), ...endOf({ ...job, revision: job.revision + 1 }).slice(1));
      }
      const [third, first, unknown] = await bench.storage.workflows.parents([
        { workflowId, step: 2 },
        { workflowId, step: 0 },
        { workflowId, step: 99 },
      ]);
      expect(third?.step.type).toBe("c");
      expect(third?.found.map(({ number, result, leftOut }) => [number, result, leftOut])).toEqual([
        [0, null, 202],
        [1, big, null],
      ]);
      expect(first?.found).toEqual([]);
      expect(unknown).toBeUndefined();
      const views = await bench.storage.workflows.steps(workflowId);
      expect(views.map(({ leftOut }) => leftOut)).toEqual([202, null, null]);
    },
  },
  {
    name: "prunes workflows that ended with their members, and dead letters are members no more",
    run: async (bench) => {
      const old = await start(bench, group);
      const running = await start(bench, group);
      await end(bench, old, "a");
      await end(bench, old, "b");
      const letter = await bench.job({ id: old.steps[2]!.jobId });
      const { deadLetter } = aDeadLetter();
      const [update, arrive] = endOf(letter, "failed");
      if (update?.kind === "update") await bench.unit({ ...update, change: { ...update.change, deadLetter } }, arrive!);
      await end(bench, running, "a");
      const { upkeep } = bench.storage;
      expect(await upkeep.prune({ kind: "completed", endedBy: T0, limit: 99 })).toEqual({ removed: 0 });
      expect(await upkeep.pruneWorkflows({ state: "failed", endedBy: T0 - 1, limit: 99 })).toEqual({
        removed: 0,
        oldest: T0,
      });
      let removed = 0;
      for (let round = 0; round < 20; round += 1)
        removed += (await upkeep.pruneWorkflows({ state: "failed", endedBy: T0, limit: 1 })).removed;
      expect(removed).toBeGreaterThanOrEqual(3);
      await bench.recount();
      expect(await bench.storage.workflows.get(old.workflow.id)).toBeUndefined();
      expect(await bench.storage.workflows.steps(old.workflow.id)).toEqual([]);
      expect(await bench.exists({ id: old.steps[0]!.jobId })).toBe(false);
      expect(await bench.job(letter)).toMatchObject({ deadLetter: true, workflowId: null, workflowStep: null });
      expect(await bench.exists({ id: running.steps[0]!.jobId })).toBe(true);
      expect((await bench.storage.workflows.list({}, { limit: 9 })).total).toBe(1);
      expect(await upkeep.prune({ kind: "deadLetters", endedBy: T0, limit: 9 })).toEqual({ removed: 1 });
    },
  },
  {
    name: "lets a workflow run again that failed at the moment that is named, and no other",
    run: async (bench) => {
      const launch = await start(bench, chain);
      const { id } = launch.workflow;
      const again = (endedAt: number): Effect => {
        const { steps, joins } = launch;
        return { kind: "resume-workflow", id, endedAt, failed: 0, steps: steps.slice(1), joins, jobs: [] };
      };
      const refused = { ok: false, reason: "changed", id: `workflow:${id}` };
      expect(await bench.unit(again(T0))).toEqual(refused);
      await end(bench, launch, "a");
      await end(bench, launch, "b", "failed");
      expect(await bench.unit(again(T0 - 1))).toEqual(refused);
      expect(await bench.unit({ ...again(T0), id: "unknown" } as Effect)).toMatchObject({ reason: "missing" });
      expect(await bench.units([again(T0)], [again(T0)])).toEqual([DONE, refused]);
      expect(await workflowOf(bench, launch)).toMatchObject({
        state: "running",
        failed: 0,
        failure: null,
        endedAt: null,
      });
      expect(await statesOf(bench, launch)).toEqual({ completed: ["a"], waiting: ["b", "c"] });
      expect(await bench.storage.workflows.joins(id)).toEqual(launch.joins);
    },
  },
  {
    name: "keeps workflows over a restart",
    durable: true,
    run: async (bench) => {
      const launch = await start(bench, chain);
      await end(bench, launch, "a");
      const before = await bench.storage.workflows.plan(launch.workflow.id);
      await bench.reopen();
      expect(await bench.storage.workflows.plan(launch.workflow.id)).toEqual(before);
      await end(bench, launch, "b");
      await end(bench, launch, "c");
      expect(await workflowOf(bench, launch)).toMatchObject({ state: "completed" });
    },
  },
  { name: STORY, timeoutMs: STORIES_TIMEOUT_MS, random: true, run: ({ open }) => endRandomWorkflows(open) },
];

/** Rejects with the smallest workflow that ends otherwise, or that does not end well when it is resumed and all goes well. */
export async function endRandomWorkflows(open: OpenStorage): Promise<void> {
  const story = fc.record({
    body: anyWorkflow,
    failing: fc.infiniteStream(fc.boolean()),
    picks: fc.infiniteStream(fc.nat({ max: 1_000 })),
    together: fc.infiniteStream(fc.integer({ min: 1, max: 4 })),
  });
  const bench = new Bench(await open(), open);
  const property = fc.asyncProperty(story, async ({ body, failing, picks, together }) => {
    const fails = new Set(namesIn(body).filter(() => failing.next().value));
    const launch = launched(body, bench.now);
    await commitQuietly(bench, [[insertOfLaunch(launch)]]);
    const born = launch.births.map(({ job }) => job.id);
    const order: Order = { pick: () => picks.next().value, size: () => together.next().value };
    const released = await endAll(bench, launch, born, { ...order, fails });
    await compare(bench, launch, { released, fails, body });
    await resume(bench, launch, order);
  });
  try {
    await fc.assert(property, telling("storage workflows", SEED));
    await bench.recount();
  } finally {
    await bench.end();
  }
}

/** Without the recount of every counter: it happens at the end. */
async function commitQuietly(bench: Bench, units: readonly (readonly Effect[])[]): Promise<GroupOutcome> {
  for (const effect of units.flat()) bench.note(effect);
  const empty = { completions: [], beats: [], claims: [] };
  const outcome = await bench.storage.commit({
    ...empty,
    now: bench.now,
    units: units.map((effects) => ({ effects })),
  });
  expect(outcome.units).toEqual(units.map(() => DONE));
  return outcome;
}

/** In which order jobs end, and how many in one commit. */
interface Order {
  readonly pick: () => number;
  readonly size: () => number;
}

/** Ends these jobs and all that are released by that; answers all of them. */
async function endAll(
  bench: Bench,
  { steps }: Launch,
  born: readonly string[],
  { pick, size, fails }: Order & { readonly fails: ReadonlySet<string> },
): Promise<readonly string[]> {
  const released = [...born];
  const open = [...born];
  while (open.length > 0) {
    const chosen = Array.from(
      { length: Math.min(open.length, size()) },
      () => open.splice(pick() % open.length, 1)[0]!,
    );
    const members = await bench.jobsOf(chosen.map((id) => ({ id })));
    const ends = members.map((job) => {
      const name = steps[job.workflowStep ?? 0]?.name ?? "";
      return endOf(job, fails.has(name) ? "failed" : "completed");
    });
    const { workflows } = await commitQuietly(bench, ends);
    const more = (workflows?.facts ?? []).flatMap((fact) => (fact.kind === "released" ? [fact.job.id] : []));
    released.push(...more);
    open.push(...more);
  }
  return released;
}

async function compare(
  bench: Bench,
  launch: Launch,
  story: {
    readonly released: readonly string[];
    readonly fails: ReadonlySet<string>;
    readonly body: Parameters<typeof interpret>[0];
  },
): Promise<void> {
  const { released, fails, body } = story;
  const { succeeded, ran } = interpret(body, fails);
  expect(new Set(released).size, "no job is released twice").toBe(released.length);
  const views = await bench.storage.workflows.steps(launch.workflow.id);
  const expected = views.map(({ step: { name } }) => {
    if (!ran.has(name ?? "")) return "cancelled";
    return fails.has(name ?? "") ? "failed" : "completed";
  });
  expect(views.map(({ step: { state } }) => state)).toEqual(expected);
  expect(await workflowOf(bench, launch)).toMatchObject({ state: succeeded ? "completed" : "failed" });
}

/** A failed workflow that runs again ends well if nothing fails any more, and nothing that has succeeded runs again. */
async function resume(bench: Bench, launch: Launch, order: Order): Promise<void> {
  const workflow = await workflowOf(bench, launch);
  if (workflow.state !== "failed") return;
  const { id } = workflow;
  const steps = await bench.storage.workflows.plan(id);
  const joins = await bench.storage.workflows.joins(id);
  const found = await bench.storage.jobs.get(steps.map(({ jobId }) => jobId));
  const jobs = new Map(found.flatMap((job) => (job === undefined ? [] : [[job.id, job] as const])));
  const { births, ...rest } = resumeWorkflow({ workflow, steps, joins, jobs }, { now: bench.now, newId: freshId });
  const born = births.map(({ job }) => job);
  await commitQuietly(bench, [[{ kind: "resume-workflow", id, endedAt: workflow.endedAt, ...rest, jobs: born }]]);
  await endAll(bench, launch, ids(born), { ...order, fails: new Set() });
  const after = await workflowOf(bench, launch);
  expect(after.state).toBe("completed");
  const now = await bench.storage.workflows.plan(id);
  for (const { number, state, callback, jobId } of steps) {
    if (state === "completed" && callback === null) expect(now[number]).toMatchObject({ state: "completed", jobId });
  }
  const ended = (state: "completed" | "other") =>
    now.filter((step) => step.callback === null && (step.error !== null) === (state === "other")).length;
  expect(after.failed).toBe(ended("other"));
}
