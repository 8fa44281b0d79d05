import type { JobRecord } from "../../core/job.ts";
import { recordName } from "../records.ts";
import type { Effect, Unit, UnitOutcome, UnitRefused } from "../storage.ts";
import { runArrivals } from "../workflow-progress.ts";
import { keepAnswer } from "./answers.ts";
import type { Database } from "./database.ts";
import { Draft } from "./draft.ts";
import { clashesAmong, type InsertingUnit, insertionsOf, insertTogether } from "./inserts.ts";
import { INSERT_JOB, insertValues, updateOf } from "./job-row.ts";
import { hasRecord, putRecord, removeRecord } from "./records.ts";
import type { Transaction } from "./transaction.ts";
import { rivalOf } from "./unique-jobs.ts";
import { FEW_UPDATES, type UpdatingUnit, updatesFrom, updateTogether } from "./updates.ts";
import { forgetSilentWorker, hasWorker } from "./workers.ts";
import { cancelWorkflow, insertWorkflow, resumeWorkflow } from "./workflow-effects.ts";
import { progressTables } from "./workflow-tables.ts";

type EffectOf<K extends Effect["kind"]> = Extract<Effect, { kind: K }>;

const HAPPENED: UnitOutcome = Object.freeze({ ok: true });

const REMOVE_JOB = "DELETE FROM jobs WHERE id = ? AND revision = ?";
const HAS_JOB = "SELECT 1 FROM jobs WHERE id = ?";

/** Runs units in their order, each of them wholly or not. */
export function runUnits(units: readonly Unit[], transaction: Transaction): UnitOutcome[] {
  const outcomes: UnitOutcome[] = [];
  while (outcomes.length < units.length) {
    for (const outcome of runSome(units, outcomes.length, transaction)) outcomes.push(outcome);
  }
  hearArrivals(transaction);
  return outcomes;
}

/** Runs as many units from here on as can go together, at least one. */
function runSome(units: readonly Unit[], from: number, transaction: Transaction): readonly UnitOutcome[] {
  const inserting = insertingFrom(units, from);
  if (inserting.length > 0) return insertUnits(inserting, transaction);
  const updating = updatesFrom(units, from);
  if (updating.length >= FEW_UPDATES) return updateUnits(updating, transaction);
  return units.slice(from, from + 1).map((unit) => runUnit(unit, transaction));
}

function updateUnits(units: readonly UpdatingUnit[], transaction: Transaction): readonly UnitOutcome[] {
  const { database, draft, now } = transaction;
  const happened = updateTogether(units, database);
  return units.map(({ update: { before, change, failure }, arrive }, position) => {
    if (!happened.has(position)) return stale(before.id, transaction);
    draft.tally.updated(before, { ...before, ...change }, now, failure === true);
    if (arrive !== undefined) draft.arrivals.push(arrive);
    return HAPPENED;
  });
}

/** Lets workflows hear of the ends of members so far. */
function hearArrivals(transaction: Transaction): void {
  const { draft, now } = transaction;
  const arrivals = draft.arrivals.splice(0);
  if (arrivals.length === 0) return;
  for (const fact of runArrivals(arrivals, progressTables(transaction), now)) draft.facts.push(fact);
}

/** Effects that write a workflow, in several statements of which a later one may find that it cannot. */
const WRITES_WORKFLOW: ReadonlySet<Effect["kind"]> = new Set(["insert-workflow", "cancel-workflow", "resume-workflow"]);

/** The units from here on that only insert newborn jobs. */
function insertingFrom(units: readonly Unit[], from: number): InsertingUnit[] {
  const alike: InsertingUnit[] = [];
  for (let unit = units[from]; unit !== undefined; unit = units[from + alike.length]) {
    const insertions = insertionsOf(unit);
    if (insertions === undefined) break;
    alike.push({ unit, insertions });
  }
  return alike;
}

/** Units that nothing is in the way of happen together; one that is sure to be refused comes in its place between them. */
function insertUnits(units: readonly InsertingUnit[], transaction: Transaction): UnitOutcome[] {
  const clashes = clashesAmong(units, transaction);
  if (clashes.size === 0) return insertCalmly(units, transaction);
  const outcomes: UnitOutcome[] = [];
  for (const clash of [...clashes, units.length]) {
    outcomes.push(...insertCalmly(units.slice(outcomes.length, clash), transaction));
    const refused = units[clash];
    if (refused !== undefined) outcomes.push(runUnit(refused.unit, transaction));
  }
  return outcomes;
}

function insertCalmly(units: readonly InsertingUnit[], transaction: Transaction): UnitOutcome[] {
  const jobs: JobRecord[] = [];
  for (const { insertions } of units) for (const { job } of insertions) jobs.push(job);
  const together = jobs.length > 1 && insertTogether(jobs, transaction);
  return units.map(({ unit }) => (together ? HAPPENED : runUnit(unit, transaction)));
}

/** All effects of a unit, or none. */
function runUnit({ effects }: Unit, transaction: Transaction): UnitOutcome {
  if (effects.some(({ kind }) => WRITES_WORKFLOW.has(kind))) {
    hearArrivals(transaction);
    return runTogether(effects, transaction);
  }
  const [only, second, third] = effects;
  if (only === undefined || (second !== undefined && (second.kind !== "arrive" || third !== undefined))) {
    return runTogether(effects, transaction);
  }
  // One effect is one statement, which by itself happens or does not; an arrival behind it always happens.
  const refused = apply(only, transaction);
  if (refused !== undefined) return refused;
  if (second !== undefined) apply(second, transaction);
  return HAPPENED;
}

function runTogether(effects: readonly Effect[], transaction: Transaction): UnitOutcome {
  const { database } = transaction;
  const draft = new Draft();
  database.run("SAVEPOINT unit");
  for (const effect of effects) {
    const refused = apply(effect, { ...transaction, draft });
    if (refused === undefined) continue;
    database.run("ROLLBACK TO unit");
    database.run("RELEASE unit");
    return refused;
  }
  database.run("RELEASE unit");
  transaction.draft.add(draft);
  return HAPPENED;
}

/** Applies one effect, or says why its guard failed. */
function apply(effect: Effect, transaction: Transaction): UnitRefused | undefined {
  switch (effect.kind) {
    case "insert":
      return insert(effect, transaction);
    case "update":
      return update(effect, transaction);
    case "remove":
      return remove(effect, transaction);
    case "pause":
      transaction.draft.pause(effect.queue, effect.paused);
      return undefined;
    case "forget-worker":
      return forget(effect, transaction);
    case "keep-answer":
      return keep(effect, transaction);
    case "put-record":
      return put(effect, transaction);
    case "remove-record":
      return removeKept(effect, transaction);
    case "insert-workflow":
      return insertWorkflow(effect, transaction);
    case "arrive":
      transaction.draft.arrivals.push(effect);
      return undefined;
    case "cancel-workflow":
      return cancelWorkflow(effect, transaction);
    case "resume-workflow":
      return resumeWorkflow(effect, transaction);
  }
}

/** Whose id it is comes first: a repeated request is in its own way. */
function insert({ job, unique }: EffectOf<"insert">, transaction: Transaction): UnitRefused | undefined {
  const { database, draft, sequence, fingerprints, now } = transaction;
  const rival = unique === undefined ? undefined : rivalOf(unique, now, transaction);
  if (rival !== undefined && !hasJob(job.id, database)) return refuse("conflict", rival);
  const seq = sequence.next();
  if (database.run(INSERT_JOB, insertValues(job, seq)) === 0) return refuse("exists", job.id);
  fingerprints.note(seq, job.fingerprint);
  draft.tally.inserted(job);
  return undefined;
}

function update(effect: EffectOf<"update">, transaction: Transaction): UnitRefused | undefined {
  const { before, change, failure } = effect;
  const { sql, values } = updateOf(before, change);
  if (transaction.database.run(sql, values) === 0) return stale(before.id, transaction);
  transaction.draft.tally.updated(before, { ...before, ...change }, transaction.now, failure === true);
  return undefined;
}

function remove({ before }: EffectOf<"remove">, transaction: Transaction): UnitRefused | undefined {
  const removed = transaction.database.run(REMOVE_JOB, [before.id, before.revision]);
  if (removed === 0) return stale(before.id, transaction);
  transaction.draft.tally.removed(before);
  return undefined;
}

function forget(effect: EffectOf<"forget-worker">, { database }: Transaction): UnitRefused | undefined {
  if (forgetSilentWorker(effect.id, effect.lastBeatAt, database)) return undefined;
  return refuse(hasWorker(effect.id, database) ? "changed" : "missing", effect.id);
}

function keep({ answer }: EffectOf<"keep-answer">, { database, now }: Transaction): UnitRefused | undefined {
  return keepAnswer(answer, now, database) ? undefined : refuse("exists", answer.id);
}

function put({ record, before }: EffectOf<"put-record">, { database }: Transaction): UnitRefused | undefined {
  if (putRecord(record, before, database)) return undefined;
  if (before === null) return refuse("exists", recordName(record));
  return refuse(hasRecord(record, database) ? "changed" : "missing", recordName(record));
}

function removeKept({ key, before }: EffectOf<"remove-record">, { database }: Transaction): UnitRefused | undefined {
  if (removeRecord(key, before, database)) return undefined;
  return refuse(hasRecord(key, database) ? "changed" : "missing", recordName(key));
}

function stale(id: string, { database }: Transaction): UnitRefused {
  return refuse(hasJob(id, database) ? "changed" : "missing", id);
}

function hasJob(id: string, database: Database): boolean {
  return database.value(HAS_JOB, [id]) !== null;
}

function refuse(reason: UnitRefused["reason"], id: string): UnitRefused {
  return { ok: false, reason, id };
}
