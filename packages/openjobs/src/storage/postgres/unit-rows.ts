/** Units as the JSON that statements and functions take. */
import { nextRevision } from "../../core/job-revision.ts";
import { newestFree } from "../../core/unique-guard.ts";
import type { Effect } from "../storage.ts";
import { stepStateNumber } from "../stored-workflow.ts";
import type { Arrive } from "../workflows.ts";
import { changeRow, progressRow } from "./job-row.ts";
import { type NewJobRow, newJobRow } from "./new-job-row.ts";
import { stateNumber } from "./states.ts";
import { toColumn } from "./storable-text.ts";
import { type EffectOf, effectRunsOf, type Insertion, type Run, type UpdatingUnit } from "./unit-runs.ts";
import { joinRow, stepRow, workflowRow } from "./workflow-row.ts";

/** A step of `run_units`. */
export function stepOf(run: Run, now: number): object {
  switch (run.kind) {
    case "inserts": {
      const jobs = run.units.flatMap(({ unit, insertions }) =>
        insertions.map((insertion, n) => insertionRow(insertion, { u: unit, n }, now)),
      );
      return { t: "inserts", jobs };
    }
    case "updates":
      return { t: "updates", jobs: run.units.map(updateRow), arrivals: run.units.flatMap(arrivalRows) };
    case "unit": {
      const hears = run.effects.some(({ kind }) => WRITES_WORKFLOW.has(kind));
      const effects = effectRunsOf(run.effects).map((effects) => effectRow(effects, now));
      return { t: "unit", u: run.unit, hears, effects };
    }
  }
}

const WRITES_WORKFLOW: ReadonlySet<Effect["kind"]> = new Set(["insert-workflow", "cancel-workflow", "resume-workflow"]);

/** A row of `UPDATE_JOBS`. */
export function updateRow({ unit, update: { before, change, failure } }: Omit<UpdatingUnit, "arrive">): object {
  const after = nextRevision(before, change);
  const sameErrors = change.errors === undefined;
  const sameResult = change.result === undefined;
  return {
    ...progressRow(after),
    n: unit,
    id: before.id,
    revision: before.revision,
    was: stateNumber(before.state),
    was_dead: before.deadLetter || undefined,
    since: before.startedAt ?? undefined,
    failed: failure === true || undefined,
    same_errors: sameErrors || undefined,
    same_result: sameResult || undefined,
    errors: sameErrors ? undefined : after.errors,
    result: sameResult ? undefined : after.result,
  };
}

/** An arrival as `hear` takes it. */
export function arrivalRow({ workflowId, step, outcome, startedAt, error }: Arrive, unit: number): object {
  return {
    k: "arrive",
    u: unit,
    workflow: workflowId,
    step,
    outcome: stepStateNumber(outcome),
    started_at: startedAt,
    error,
  };
}

function arrivalRows({ unit, arrive }: UpdatingUnit): object[] {
  return arrive === undefined ? [] : [arrivalRow(arrive, unit)];
}

function insertionRow(
  { job, unique }: Insertion,
  place: { readonly u: number; readonly n: number },
  now: number,
): NewJobRow {
  const row = newJobRow(job, now, place.u, place.n);
  if (unique === undefined) return row;
  row.alike = unique.fingerprint;
  row.states = unique.states.map(stateNumber);
  row.free = newestFree(unique, now);
  return row;
}

function effectRow(effects: readonly Effect[], now: number): object {
  const [first] = effects;
  if (first === undefined) return {};
  switch (first.kind) {
    case "insert":
      return {
        k: "insert",
        jobs: ofKind(effects, "insert").map((effect, n) => insertionRow(effect, { u: 0, n }, now)),
      };
    case "update":
      return { k: "update", jobs: ofKind(effects, "update").map((update, unit) => updateRow({ unit, update })) };
    case "remove": {
      const jobs = ofKind(effects, "remove").map(({ before: { id, revision } }, n) => ({ n, id, revision }));
      return { k: "remove", jobs };
    }
    default:
      return singleRow(first, now);
  }
}

function ofKind<K extends Effect["kind"]>(effects: readonly Effect[], kind: K): readonly EffectOf<K>[] {
  return effects.filter((effect): effect is EffectOf<K> => effect.kind === kind);
}

type Single = Exclude<Effect, { kind: "insert" | "update" | "remove" }>;

function singleRow(effect: Single, now: number): object {
  switch (effect.kind) {
    case "pause":
      return { k: "pause", id: effect.queue, paused: effect.paused };
    case "forget-worker":
      return { k: "forget-worker", id: toColumn(effect.id), since: effect.lastBeatAt };
    case "keep-answer": {
      const { id, expiresAt } = effect.answer;
      return { k: "keep-answer", id: toColumn(id), until: expiresAt, record: JSON.stringify(effect.answer) };
    }
    case "put-record": {
      const { kind, id, revision, dueAt, body } = effect.record;
      return { k: "put-record", kind, id, revision, due: dueAt, body, before: effect.before };
    }
    case "remove-record":
      return { k: "remove-record", ...effect.key, before: effect.before };
    case "arrive":
      return arrivalRow(effect, 0);
    default:
      return workflowEffectRow(effect, now);
  }
}

function workflowEffectRow(
  effect: EffectOf<"insert-workflow" | "cancel-workflow" | "resume-workflow">,
  now: number,
): object {
  if (effect.kind === "cancel-workflow") {
    return { k: "cancel-workflow", id: effect.id, change: changeRow(effect.change) };
  }
  const parts = {
    steps: effect.steps.map(stepRow),
    joins: effect.joins.map(joinRow),
    jobs: effect.jobs.map((job, n) => newJobRow(job, now, undefined, n)),
  };
  if (effect.kind === "insert-workflow") return { k: effect.kind, workflow: workflowRow(effect.workflow), ...parts };
  return { k: effect.kind, id: effect.id, ended: effect.endedAt, failed: effect.failed, ...parts };
}
