import type { JobRecord } from "../../core/job.ts";
import { recordName } from "../records.ts";
import type { Effect, Unit, UnitOutcome, UnitRefused } from "../storage.ts";
import { keepAnswer } from "./answers.ts";
import { Draft } from "./draft.ts";
import { insertTogether, newbornsOf } from "./inserts.ts";
import { INSERT_JOB, insertValues, updateOf } from "./job-row.ts";
import { hasRecord, putRecord, removeRecord } from "./records.ts";
import type { Transaction } from "./transaction.ts";
import { forgetSilentWorker, hasWorker } from "./workers.ts";

type EffectOf<K extends Effect["kind"]> = Extract<Effect, { kind: K }>;

const HAPPENED: UnitOutcome = Object.freeze({ ok: true });

const REMOVE_JOB = "DELETE FROM jobs WHERE id = ? AND revision = ?";
const HAS_JOB = "SELECT 1 FROM jobs WHERE id = ?";

/** Runs units in their order, each of them wholly or not. */
export function runUnits(units: readonly Unit[], transaction: Transaction): UnitOutcome[] {
  const outcomes: UnitOutcome[] = [];
  while (outcomes.length < units.length) {
    const alike = newbornsFrom(units, outcomes.length);
    const together = alike.jobs.length > 1 && insertTogether(alike.jobs, transaction);
    const count = Math.max(1, alike.units);
    for (const unit of units.slice(outcomes.length, outcomes.length + count)) {
      outcomes.push(together ? HAPPENED : runUnit(unit, transaction));
    }
  }
  return outcomes;
}

/** The units from here on that only insert newborn jobs, and those jobs. */
function newbornsFrom(units: readonly Unit[], from: number): { readonly units: number; readonly jobs: JobRecord[] } {
  const jobs: JobRecord[] = [];
  let index = from;
  for (let unit = units[index]; unit !== undefined; unit = units[index]) {
    const newborns = newbornsOf(unit);
    if (newborns === undefined) break;
    for (const job of newborns) jobs.push(job);
    index += 1;
  }
  return { units: index - from, jobs };
}

/** All effects of a unit, or none. */
function runUnit({ effects }: Unit, transaction: Transaction): UnitOutcome {
  const [only, second] = effects;
  // One effect is one statement, which by itself happens or does not.
  if (only !== undefined && second === undefined) return apply(only, transaction) ?? HAPPENED;
  return runTogether(effects, transaction);
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
  }
}

function insert({ job }: EffectOf<"insert">, { database, draft, sequence }: Transaction): UnitRefused | undefined {
  if (database.run(INSERT_JOB, insertValues(job, sequence.next())) === 0) return refuse("exists", job.id);
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
  return refuse(database.value(HAS_JOB, [id]) === null ? "missing" : "changed", id);
}

function refuse(reason: UnitRefused["reason"], id: string): UnitRefused {
  return { ok: false, reason, id };
}
