/** Tests of the tests: storages with one fault each, which the engine suite has to notice. */
import { describe, expect, it } from "vitest";
import { memory } from "../../src/storage/memory/index.ts";
import type {
  Effect,
  Group,
  GroupOutcome,
  QueueRecord,
  Storage,
  Unit,
  UnitOutcome,
} from "../../src/storage/storage.ts";
import { FAULTS } from "../storage/faults.ts";
import { tellCronStories } from "../suites/engine/cron-stories.ts";
import { tellLimitStories } from "../suites/engine/limit-stories.ts";
import { tellStories } from "../suites/engine/model-property.ts";
import { tellUniqueStories } from "../suites/engine/unique-stories.ts";
import { tellWorkflowStories } from "../suites/engine/workflow-stories.ts";
import { ENGINE_BEHAVIOURS, runEngineBehaviour } from "../suites/engine-suite.ts";
import type { OpenStorage } from "../suites/storage/bench.ts";
import { untilOneFails } from "../support/runs.ts";
import { wrapStorage } from "../support/storage-wrapper.ts";
import { freshId } from "../support/workflows.ts";

type Commit = (inner: Storage, group: Group) => Promise<GroupOutcome>;

/** A fault that takes more stories to be noticed is hardly looked for. */
const FEW = { numRuns: 100, endOnFailure: true };

/** Whole units fall apart: each effect is a commit of its own. */
async function splitCommit(inner: Storage, group: Group): Promise<GroupOutcome> {
  const { completions, beats } = await inner.commit({ ...group, units: [], claims: [] });
  const units: UnitOutcome[] = [];
  for (const unit of group.units) units.push(await applySingly(inner, group, unit));
  const { claims } = await inner.commit({ ...group, completions: [], beats: [], units: [] });
  return { completions, beats, units, claims };
}

async function applySingly(inner: Storage, { now }: Group, { effects }: Unit): Promise<UnitOutcome> {
  let refused: UnitOutcome = { ok: true };
  for (const effect of effects) {
    const group = { now, completions: [], beats: [], units: [{ effects: [effect] }], claims: [] };
    const [outcome] = (await inner.commit(group)).units;
    if (refused.ok && outcome !== undefined) refused = outcome;
  }
  return refused;
}

/** A change is applied whatever has become of the job since it was decided. */
async function droppedGuard(inner: Storage, group: Group): Promise<GroupOutcome> {
  // Completions and beats of the group come first, and it is they that a stale decision would overwrite.
  const first = await inner.commit({ ...group, units: [], claims: [] });
  const units = await Promise.all(group.units.map(async (unit) => unguarded(inner, unit)));
  const rest = await inner.commit({ ...group, completions: [], beats: [], units });
  return { ...rest, completions: first.completions, beats: first.beats };
}

async function unguarded(inner: Storage, { effects }: Unit): Promise<Unit> {
  const fresh = async (effect: Effect): Promise<Effect> => {
    if (effect.kind !== "update") return effect;
    const [current] = await inner.jobs.get([effect.before.id]);
    return { ...effect, before: current ?? effect.before };
  };
  return { effects: await Promise.all(effects.map(fresh)) };
}

/** Everybody may complete everything. */
function unfencedAck(inner: Storage, group: Group): Promise<GroupOutcome> {
  return inner.commit({ ...group, completions: group.completions.map((completion) => ({ ...completion, fence: {} })) });
}

/** Outcomes are not kept with what they are the outcomes of. */
function forgottenAnswers(inner: Storage, group: Group): Promise<GroupOutcome> {
  const units = group.units.map(({ effects }) => ({ effects: effects.filter(({ kind }) => kind !== "keep-answer") }));
  return inner.commit({ ...group, units });
}

/** A commit whose entries after the first unit are forgotten, although they are answered. */
async function lostWrites(inner: Storage, group: Group): Promise<GroupOutcome> {
  const outcome = await inner.commit({ ...group, units: group.units.slice(0, 1) });
  return { ...outcome, units: group.units.map((_, index) => outcome.units[index] ?? { ok: true }) };
}

/** A cron job's slot is claimed whoever has claimed it already. */
async function droppedSlotGuard(inner: Storage, group: Group): Promise<GroupOutcome> {
  const fresh = async (effect: Effect): Promise<Effect> => {
    if (effect.kind !== "put-record" || effect.before === null) return effect;
    const [current] = await inner.records.get(effect.record.kind, [effect.record.id]);
    return { ...effect, before: current?.revision ?? null };
  };
  const units = group.units.map(async ({ effects }) => ({ effects: await Promise.all(effects.map(fresh)) }));
  return inner.commit({ ...group, units: await Promise.all(units) });
}

/** The process dies between a slot and its job, or between a job and its slot, every third time. */
function tornSlot(lost: "insert" | "put-record"): Commit {
  let slots = 0;
  return (inner, group) => {
    const torn = ({ effects }: Unit): Unit => {
      const isSlot = effects.some(({ kind }) => kind === "put-record") && effects.some(({ kind }) => kind === "insert");
      if (isSlot) slots += 1;
      return isSlot && slots % 3 === 0 ? { effects: effects.filter(({ kind }) => kind !== lost) } : { effects };
    };
    return inner.commit({ ...group, units: group.units.map(torn) });
  };
}

/** The process dies between the end of a job and the release of the one that waits for it, every third time. */
function tornLine(): Commit {
  let ends = 0;
  return (inner, group) => {
    const isStep = (effect: Effect): boolean =>
      effect.kind === "update" && effect.before.state === "pending" && effect.change.state === "available";
    const torn = ({ effects }: Unit): Unit => {
      const isEnd = effects.some((effect) => effect.kind === "update" && effect.change.endedAt != null);
      if (isEnd && effects.some(isStep)) ends += 1;
      return isEnd && ends % 3 === 2 ? { effects: effects.filter((effect) => !isStep(effect)) } : { effects };
    };
    return inner.commit({ ...group, units: group.units.map(torn) });
  };
}

/** Changes of nothing but the revision are left out, as if they were good for nothing. */
function droppedTouch(inner: Storage, group: Group): Promise<GroupOutcome> {
  const isTouch = (effect: Effect): boolean => effect.kind === "update" && Object.keys(effect.change).length === 0;
  const units = group.units.map(({ effects }): Unit => ({ effects: effects.filter((effect) => !isTouch(effect)) }));
  return inner.commit({ ...group, units });
}

/** Nobody looks whether something is in the way of a unique job. */
function droppedUniqueGuard(inner: Storage, group: Group): Promise<GroupOutcome> {
  const unguarded = (effect: Effect): Effect =>
    effect.kind === "insert" ? { kind: effect.kind, job: effect.job } : effect;
  return inner.commit({ ...group, units: group.units.map(({ effects }) => ({ effects: effects.map(unguarded) })) });
}

/** The process dies between the end of a member and what its workflow hears of it, every third time. */
function tornEnd(): Commit {
  let ends = 0;
  return (inner, group) => {
    const torn = ({ effects }: Unit): Unit => {
      if (effects.some(({ kind }) => kind === "arrive")) ends += 1;
      return ends % 3 === 2 ? { effects: effects.filter(({ kind }) => kind !== "arrive") } : { effects };
    };
    return inner.commit({ ...group, units: group.units.map(torn) });
  };
}

/** Two servers that see the same join at zero both release what waited for it. */
async function doubleAdvance(inner: Storage, group: Group): Promise<GroupOutcome> {
  const outcome = await inner.commit({ ...group, claims: [] });
  const released = (outcome.workflows?.facts ?? []).flatMap((fact) => (fact.kind === "released" ? [fact] : []));
  const twins = released.map((fact) => ({ ...fact, job: { ...fact.job, id: freshId() } }));
  const units = twins.map(({ job }): Unit => ({ effects: [{ kind: "insert", job }] }));
  const { claims, workflows } = await inner.commit({ ...group, completions: [], beats: [], units });
  const facts = [...(outcome.workflows?.facts ?? []), ...twins];
  return { ...outcome, claims, workflows: { facts, started: workflows?.started ?? [] } };
}

/** That an attempt does not count is not kept. */
function countedSnoozes(inner: Storage, group: Group): Promise<GroupOutcome> {
  const counted = (effect: Effect): Effect => {
    if (effect.kind !== "update") return effect;
    const { returned: _, ...change } = effect.change;
    return { ...effect, change };
  };
  return inner.commit({ ...group, units: group.units.map(({ effects }) => ({ effects: effects.map(counted) })) });
}

function faulty(commit: Commit): OpenStorage {
  return async () => {
    const inner = memory();
    await inner.open();
    return { storage: wrapStorage(inner, { commit: (group) => commit(inner, group) }) };
  };
}

async function unshown(open: OpenStorage, noun: string): Promise<string[]> {
  const names: string[] = [];
  for (const behaviour of ENGINE_BEHAVIOURS[noun] ?? []) {
    await runEngineBehaviour(behaviour, open).catch(() => names.push(behaviour.name));
  }
  return names;
}

/** Counters of queues are shown as they were at the look before. */
const laggingCounters: OpenStorage = async () => {
  const inner = memory();
  await inner.open();
  const last = new Map<string, QueueRecord | undefined>();
  const get = async (name: string): Promise<QueueRecord | undefined> => {
    const before = last.get(name);
    last.set(name, await inner.queues.get(name));
    return before;
  };
  return { storage: wrapStorage(inner, { queues: { ...inner.queues, get } }) };
};

describe("the engine suite notices", () => {
  it("counters that lag behind, by the bounds of queues", async () => {
    expect(await unshown(laggingCounters, "bounds of queues")).toContain(
      "refuses a job when its queue is full, until one is taken out; other queues do not mind",
    );
  });

  it("a split commit", async () => {
    expect(await unshown(faulty(splitCommit), "enqueue")).toContain(
      "accepts nothing of a batch with one taken id, and says which",
    );
  });

  it("events that are not stored with what they tell of", async () => {
    const open: OpenStorage = async () => {
      const storage = FAULTS.forgottenOutbox(memory());
      await storage.open();
      return { storage };
    };
    expect(await unshown(open, "webhooks")).toContain("stores an event in the very commit that it tells of");
  });

  it("a dropped guard", async () => {
    expect(await unshown(faulty(droppedGuard), "outcomes")).toEqual([
      "lets exactly one of several concurrent outcomes count",
    ]);
  });

  it("a dropped guard of unique jobs", async () => {
    expect(await unshown(faulty(droppedUniqueGuard), "unique")).toContain(
      "lets exactly one of many concurrent jobs win that count as the same",
    );
  });

  it("a split commit of unique jobs", async () => {
    expect(await unshown(faulty(splitCommit), "unique")).toContain(
      "accepts nothing of a batch with a job that is refused, and says which",
    );
  });

  it("attempts that count although they were given back", async () => {
    expect(await unshown(faulty(countedSnoozes), "outcomes")).toEqual([
      "takes a job back that is handed back, without using up an attempt",
      "runs a snoozed job again after its delay, not a moment before, and counts nothing against it",
    ]);
  });

  it("an unfenced ack", async () => {
    expect(await unshown(faulty(unfencedAck), "outcomes")).toContain(
      "keeps the outcome of an old claim away from a new one",
    );
  });

  it("outcomes that are not kept", async () => {
    expect(await unshown(faulty(forgottenAnswers), "selections")).toEqual([
      "does each job once under a key, and answers repetitions the same",
      "goes on under its key where it was when the server is killed in the middle",
      "tells that it is over, once",
    ]);
  });

  it.each([
    ["a dropped guard of a line", droppedSlotGuard],
    ["a line that forms behind a job without its knowledge", droppedTouch],
  ])("%s", async (_, commit) => {
    expect(await unshown(faulty(commit), "runs in line")).not.toEqual([]);
  });

  it("a lost write", async () => {
    expect(await unshown(faulty(lostWrites), "fetch")).toContain(
      "never hands out one job twice, however many fetch at once",
    );
  });

  it.each([
    ["a split commit", splitCommit],
    ["a dropped guard", droppedGuard],
    ["a dropped guard of unique jobs", droppedUniqueGuard],
    ["an unfenced ack", unfencedAck],
    ["a lost write", lostWrites],
  ])("%s in the model's stories", async (_, commit) => {
    await expect(tellStories(faulty(commit), FEW)).rejects.toThrow("Property failed");
  });

  it.each([
    ["a split commit", splitCommit],
    ["a dropped guard", droppedGuard],
    ["a dropped guard of unique jobs", droppedUniqueGuard],
    ["a lost write", lostWrites],
  ])("%s in the stories of unique jobs", async (_, commit) => {
    await expect(tellUniqueStories(faulty(commit), FEW)).rejects.toThrow("Property failed");
  });

  it.each([
    ["limits that are not obeyed", FAULTS.deafToLimits],
    ["limits that each queue counts for itself", FAULTS.limitsByQueue],
    ["starts that are forgotten", FAULTS.forgottenStarts],
    ["a permit that only an ack gives back", FAULTS.stickyPermit],
    ["work that waits for its limit and that nobody is told of", FAULTS.silentOpenings],
  ])("%s in the stories of limits", async (_, fault) => {
    const open: OpenStorage = async () => {
      const storage = fault(memory());
      await storage.open();
      return { storage };
    };
    await expect(tellLimitStories(open, untilOneFails("limit stories"))).rejects.toThrow("Property failed");
  });

  it.each([
    ["a split commit", () => splitCommit],
    ["a dropped guard", () => droppedGuard],
    ["a dropped guard of a slot", () => droppedSlotGuard],
    ["a slot without its job", () => tornSlot("insert")],
    ["a job without its slot", () => tornSlot("put-record")],
    ["an end without the release of who waits", tornLine],
  ])("%s in the stories of cron jobs", async (_, commit) => {
    await expect(tellCronStories(faulty(commit()), FEW)).rejects.toThrow("Property failed");
  });

  it.each([
    ["a split commit", tornEnd()],
    ["a dropped guard", droppedGuard],
    ["a double advance", doubleAdvance],
  ])("%s in the stories of workflows", async (_, commit) => {
    await expect(tellWorkflowStories(faulty(commit), FEW)).rejects.toThrow("Property failed");
  });

  it("nothing where there is no fault", async () => {
    expect(
      await unshown(
        faulty((inner, group) => inner.commit(group)),
        "outcomes",
      ),
    ).toEqual([]);
  });
});
