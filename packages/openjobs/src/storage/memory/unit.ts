import type { JobRecord } from "../../core/job.ts";
import { firstRevision, nextRevision } from "../../core/job-revision.ts";
import { isInTheWay, newestFirst, type UniqueGuard } from "../../core/unique-guard.ts";
import { type RecordKey, recordName, type StoredRecord } from "../records.ts";
import type { Effect, Unit, UnitOutcome, UnitRefused } from "../storage.ts";
import { runArrivals } from "../workflow-progress.ts";
import { type CancelWorkflow, type InsertWorkflow, type ResumeWorkflow, workflowName } from "../workflows.ts";
import type { Transaction } from "./transaction.ts";
import { cancelWorkflow, insertWorkflow, progressTables, resumeWorkflow } from "./workflow-rows.ts";

type EffectOf<K extends Effect["kind"]> = Extract<Effect, { kind: K }>;

const HAPPENED: UnitOutcome = Object.freeze({ ok: true });

/** Units in their order; the ends of members in them are heard of before anything else is done to workflows. */
export function runUnits(units: readonly Unit[], transaction: Transaction): UnitOutcome[] {
  const outcomes = units.map((unit) => {
    if (unit.effects.some(writesWorkflow)) hearArrivals(transaction);
    return runUnit(unit, transaction);
  });
  hearArrivals(transaction);
  return outcomes;
}

function writesWorkflow({ kind }: Effect): boolean {
  return kind === "insert-workflow" || kind === "cancel-workflow" || kind === "resume-workflow";
}

function hearArrivals(transaction: Transaction): void {
  const arrivals = transaction.arrivals.splice(0);
  if (arrivals.length === 0) return;
  transaction.facts.push(...runArrivals(arrivals, progressTables(transaction), transaction.now));
}

/** All effects of a unit, or none: every guard is checked before the first effect is applied. */
function runUnit(unit: Unit, transaction: Transaction): UnitOutcome {
  const stage = new Stage(transaction);
  for (const effect of unit.effects) {
    const refused = stage.add(effect);
    if (refused !== undefined) return refused;
  }
  stage.apply();
  return HAPPENED;
}

/** The effects of one unit whose guards held, seen by the guards of those that follow. */
class Stage {
  readonly #transaction: Transaction;
  readonly #steps: (() => void)[] = [];
  readonly #jobs = new Map<string, JobRecord | undefined>();
  /** Ids of those jobs, by fingerprint. */
  readonly #alike = new Map<string, Set<string>>();
  readonly #forgotten = new Set<string>();
  readonly #answered = new Set<string>();
  readonly #records = new Map<string, StoredRecord | undefined>();

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  add(effect: Effect): UnitRefused | undefined {
    switch (effect.kind) {
      case "insert":
        return this.#insert(effect);
      case "update":
        return this.#update(effect);
      case "remove":
        return this.#remove(effect);
      case "pause":
        return this.#pause(effect);
      case "forget-worker":
        return this.#forgetWorker(effect);
      case "keep-answer":
        return this.#keepAnswer(effect);
      case "put-record":
        return this.#writeRecord(effect.record, effect.before, effect.record);
      case "remove-record":
        return this.#writeRecord(effect.key, effect.before, undefined);
      case "insert-workflow":
        return this.#insertWorkflow(effect);
      case "arrive":
        this.#steps.push(() => this.#transaction.arrivals.push(effect));
        return undefined;
      case "cancel-workflow":
        return this.#cancelWorkflow(effect);
      case "resume-workflow":
        return this.#resumeWorkflow(effect);
    }
  }

  apply(): void {
    for (const step of this.#steps) step();
  }

  #insert({ job, unique }: EffectOf<"insert">): UnitRefused | undefined {
    if (this.#job(job.id) !== undefined) return refuse("exists", job.id);
    const rival = unique === undefined ? undefined : this.#inTheWay(unique);
    if (rival !== undefined) return refuse("conflict", rival.id);
    const { tables, tally, journal, now } = this.#transaction;
    const stored = Object.freeze(firstRevision(job, tables.jobs.nextSeq()));
    this.#stage(undefined, stored);
    this.#steps.push(() => {
      tables.queues.touch(stored.queue, now, journal);
      tally.inserted(stored);
    });
    return undefined;
  }

  #update({ before, change, failure }: EffectOf<"update">): UnitRefused | undefined {
    const current = this.#job(before.id);
    if (current?.revision !== before.revision) return stale(current, before.id);
    const { tally, now } = this.#transaction;
    const after = Object.freeze(nextRevision(current, change));
    this.#stage(current, after);
    this.#steps.push(() => tally.updated(current, after, now, failure === true));
    return undefined;
  }

  #remove({ before }: EffectOf<"remove">): UnitRefused | undefined {
    const current = this.#job(before.id);
    if (current?.revision !== before.revision) return stale(current, before.id);
    const { tally } = this.#transaction;
    this.#stage(current, undefined);
    this.#steps.push(() => tally.removed(current));
    return undefined;
  }

  #pause({ queue, paused }: EffectOf<"pause">): undefined {
    const { tables, now, journal } = this.#transaction;
    this.#steps.push(() => tables.queues.pause(queue, paused, now, journal));
  }

  #forgetWorker({ id, lastBeatAt }: EffectOf<"forget-worker">): UnitRefused | undefined {
    const { tables, journal } = this.#transaction;
    const worker = tables.workers.get(id);
    if (worker === undefined || this.#forgotten.has(id)) return refuse("missing", id);
    if (worker.lastBeatAt > lastBeatAt) return refuse("changed", id);
    this.#forgotten.add(id);
    this.#steps.push(() => tables.workers.remove(id, journal));
    return undefined;
  }

  #keepAnswer({ answer }: EffectOf<"keep-answer">): UnitRefused | undefined {
    const { tables, now, journal } = this.#transaction;
    const { id } = answer;
    if (tables.answers.get(id, now) !== undefined || this.#answered.has(id)) return refuse("exists", id);
    this.#answered.add(id);
    this.#steps.push(() => tables.answers.keep(answer, now, journal));
    return undefined;
  }

  #writeRecord(key: RecordKey, before: string | null, after: StoredRecord | undefined): UnitRefused | undefined {
    const { tables, journal } = this.#transaction;
    const name = recordName(key);
    const current = this.#records.has(name) ? this.#records.get(name) : tables.records.get(key);
    if (before === null && current !== undefined) return refuse("exists", name);
    if (before !== null && current?.revision !== before) return stale(current, name);
    this.#records.set(name, after);
    this.#steps.push(() => tables.records.write(key, after, journal));
    return undefined;
  }

  /** The last created job that is in the way, as this unit leaves it. */
  #inTheWay(guard: UniqueGuard): JobRecord | undefined {
    const { tables, now } = this.#transaction;
    const stored = tables.jobs.unique.inTheWay(guard, now, 1 + this.#jobs.size).filter(({ id }) => !this.#jobs.has(id));
    const staged = Array.from(this.#alike.get(guard.fingerprint) ?? [], (id) => this.#jobs.get(id));
    const rivals = staged.filter((job) => job !== undefined && isInTheWay(job, guard, now));
    return [...stored, ...rivals].filter((job) => job !== undefined).sort(newestFirst)[0];
  }

  #insertWorkflow(effect: InsertWorkflow): UnitRefused | undefined {
    const { id } = effect.workflow;
    if (this.#transaction.tables.workflows.get(id) !== undefined) return refuse("exists", workflowName(id));
    const taken = effect.jobs.find((job) => this.#job(job.id) !== undefined);
    if (taken !== undefined) return refuse("exists", taken.id);
    this.#steps.push(() => insertWorkflow(effect, this.#transaction));
    return undefined;
  }

  #cancelWorkflow(effect: CancelWorkflow): UnitRefused | undefined {
    const state = this.#transaction.tables.workflows.get(effect.id)?.state;
    if (state !== "running") return refuse(state === undefined ? "missing" : "changed", workflowName(effect.id));
    this.#steps.push(() => this.#transaction.facts.push(...cancelWorkflow(effect, this.#transaction)));
    return undefined;
  }

  #resumeWorkflow(effect: ResumeWorkflow): UnitRefused | undefined {
    const workflow = this.#transaction.tables.workflows.get(effect.id);
    const asRead = workflow?.state === "failed" && workflow.endedAt === effect.endedAt;
    if (!asRead) return refuse(workflow === undefined ? "missing" : "changed", workflowName(effect.id));
    const taken = effect.jobs.find((job) => this.#job(job.id) !== undefined);
    if (taken !== undefined) return refuse("exists", taken.id);
    this.#steps.push(() => resumeWorkflow(effect, this.#transaction));
    return undefined;
  }

  #job(id: string): JobRecord | undefined {
    return this.#jobs.has(id) ? this.#jobs.get(id) : this.#transaction.tables.jobs.get(id);
  }

  #stage(before: JobRecord | undefined, after: JobRecord | undefined): void {
    const id = after?.id ?? before?.id;
    if (id !== undefined) this.#jobs.set(id, after);
    this.#noteAlike(after);
    const { tables, journal } = this.#transaction;
    this.#steps.push(() => tables.jobs.write(before, after, journal));
  }

  #noteAlike(job: JobRecord | undefined): void {
    if (job === undefined || job.fingerprint === null) return;
    const ids = this.#alike.get(job.fingerprint) ?? new Set();
    this.#alike.set(job.fingerprint, ids.add(job.id));
  }
}

function stale(current: JobRecord | StoredRecord | undefined, id: string): UnitRefused {
  return refuse(current === undefined ? "missing" : "changed", id);
}

function refuse(reason: UnitRefused["reason"], id: string): UnitRefused {
  return { ok: false, reason, id };
}
