/** Cron jobs: register, look, change, remove, trigger (ojs-cron §8). */
import type { CronChange, CronJob, CronRegistration } from "../../core/cron.ts";
import { mergeTemplate } from "../../core/cron-request.ts";
import { OjsError, ojsError } from "../../core/errors.ts";
import type { Page, PageRequest } from "../../storage/storage.ts";
import type { Announcer } from "../announcer.ts";
import type { EngineContext } from "../context.ts";
import { nothing } from "../move.ts";
import { answered } from "../storage-trouble.ts";
import type { Decided } from "../submission.ts";
import type { CronEngine, RegisteredCron, TriggeredCron } from "./cron-engine.ts";
import { CRON_KIND, putCron, readCron, type StoredCron } from "./cron-record.ts";
import { isOpen } from "./line.ts";
import { plan } from "./plan.ts";
import { checkTemplate, type DecidedRun } from "./run.ts";
import { decideTrigger, isOutrun, prepareRun, type RunSurroundings } from "./slot.ts";

/** Binds the operations to an engine. */
export function cronOperations(context: EngineContext): CronEngine {
  return {
    registerCron: (registration) => register(context, registration),
    getCron: async (name) => (await find(context, name)).cron,
    listCrons: (filter, page) => list(context, filter, page),
    changeCron: (name, change) => changeCron(context, name, change),
    removeCron: (name) => remove(context, name),
    triggerCron: (name) => trigger(context, name),
  };
}

/** Undefined = somebody else has changed the cron job meanwhile. */
type Attempt<T> = (stored: StoredCron | undefined) => Promise<T | undefined>;

/** Reads and decides again until nobody else was faster. */
async function withCron<T>(context: EngineContext, name: string, attempt: Attempt<T>): Promise<T> {
  for (;;) {
    const [record] = await answered(context.storage.records.get(CRON_KIND, [name]));
    const done = await attempt(record === undefined ? undefined : readCron(record));
    if (done !== undefined) return done;
  }
}

async function find(context: EngineContext, name: string): Promise<StoredCron> {
  const [record] = await answered(context.storage.records.get(CRON_KIND, [name]));
  if (record === undefined) throw unknownCron(name);
  return readCron(record);
}

function unknownCron(name: string): OjsError {
  return ojsError("not_found", `There is no cron job ${name}.`, { details: { cron_name: name } });
}

async function list(
  { storage }: EngineContext,
  { enabled }: { readonly enabled?: boolean },
  page: PageRequest,
): Promise<Page<CronJob>> {
  const filter = enabled === undefined ? {} : { waiting: enabled };
  const found = await answered(storage.records.list(CRON_KIND, filter, page));
  return { ...found, items: found.items.map((record) => readCron(record).cron) };
}

function register(context: EngineContext, registration: CronRegistration): Promise<RegisteredCron> {
  return withCron(context, registration.name, async (stored) => {
    const cron = await store(context, stored, (now) => {
      const next = registered(registration, stored?.cron, now);
      checkTemplate(context, next, now);
      return next;
    });
    return cron && { cron, created: stored === undefined };
  });
}

/** The schedule goes on where it is unless it was changed: an application that registers at every start loses no slot. */
function registered(registration: CronRegistration, before: CronJob | undefined, now: number): CronJob {
  const { expressionField, enabled, ...terms } = registration;
  const base = before ?? newCron(now);
  const next = { ...base, ...terms, enabled: enabled ?? base.enabled, updatedAt: now };
  return replanned(before, next, now, expressionField);
}

function newCron(
  now: number,
): Omit<CronJob, "name" | "expression" | "timezone" | "template" | "overlapPolicy" | "description"> {
  return {
    enabled: true,
    createdAt: now,
    updatedAt: now,
    anchorAt: secondOf(now),
    nextRunAt: null,
    gap: null,
    lastRunAt: null,
    runCount: 0,
    runs: [],
  };
}

/** Schedules are looked at once a second, so that all slots are on full seconds. */
function secondOf(now: number): number {
  return Math.floor(now / 1_000) * 1_000;
}

/** Fills in the next time when the schedule is another one, or has been switched on. */
function replanned(before: CronJob | undefined, next: CronJob, now: number, field: string): CronJob {
  const sameTerms = before?.expression === next.expression && before.timezone === next.timezone;
  if (sameTerms && before.enabled && next.enabled) return next;
  const anchored = sameTerms && !next.enabled ? next : { ...next, anchorAt: secondOf(now) };
  return { ...anchored, ...plan(anchored, now, field) };
}

function changeCron(context: EngineContext, name: string, change: CronChange): Promise<CronJob> {
  return withCron(context, name, async (stored) => {
    if (stored === undefined) throw unknownCron(name);
    return store(context, stored, (now) => {
      const next = changed(stored.cron, change, now);
      // What does not touch the template may be done to one that fits its schema no more: to switch it off, for one.
      if (change.template !== undefined) checkTemplate(context, next, now);
      return next;
    });
  });
}

function changed(before: CronJob, change: CronChange, now: number): CronJob {
  const { expressionField, template, ...terms } = change;
  const next: CronJob = { ...before, ...terms, updatedAt: now };
  const overlapPolicy = next.overlapPolicy;
  const merged = mergeTemplate(before.template, template ?? {}, { field: "", name: before.name, overlapPolicy, now });
  return replanned(before, { ...next, template: merged }, now, expressionField);
}

/** Undefined = somebody else was faster. */
function store(
  context: EngineContext,
  stored: StoredCron | undefined,
  make: (now: number) => CronJob,
): Promise<CronJob | undefined> {
  const { committer, newId, crons } = context;
  return committer.decide<CronJob | undefined>({
    ids: [],
    decide(_, { now, refused }) {
      if (refused !== undefined) return nothing(undefined);
      const cron = make(now);
      const tell = (announcer: Announcer): void => tellDisabled(announcer, stored?.cron, cron, now);
      return {
        effects: [putCron(cron, stored?.revision ?? null, newId())],
        committed() {
          crons.expect(cron);
          tell(context.announcer);
          return cron;
        },
        tell,
      };
    },
  });
}

/** A slot that had come, but was not seen to before its cron job was switched off, is skipped (§9.2). */
function tellDisabled(announcer: Announcer, before: CronJob | undefined, after: CronJob, now: number): void {
  const scheduledAt = before?.nextRunAt ?? Number.POSITIVE_INFINITY;
  if (after.enabled || scheduledAt > now) return;
  announcer.cronSkipped(after, { reason: "disabled", scheduledAt, blocking: null }, now);
}

function remove(context: EngineContext, name: string): Promise<CronJob> {
  return withCron(context, name, async (stored) => {
    if (stored === undefined) throw unknownCron(name);
    const { cron, revision } = stored;
    return context.committer.decide<CronJob | undefined>({
      ids: [],
      decide(_, { refused }) {
        if (refused !== undefined) return nothing(undefined);
        const key = { kind: CRON_KIND, id: name };
        return { effects: [{ kind: "remove-record", key, before: revision }], committed: () => cron };
      },
    });
  });
}

function trigger(context: EngineContext, name: string): Promise<TriggeredCron> {
  return withCron(context, name, async (stored) => {
    if (stored === undefined) throw unknownCron(name);
    const { places, ...prepared } = await prepareRun(context, stored.cron);
    return context.committer.decide<TriggeredCron | undefined>({
      ...places,
      decide(jobs, { now, refused, inTheWay }) {
        if (isOutrun(refused, name)) return nothing(undefined);
        return triggered(context, stored, { ...prepared, open: isOpen(jobs), inTheWay }, now);
      },
    });
  });
}

function triggered(
  context: EngineContext,
  stored: StoredCron,
  surroundings: RunSurroundings,
  now: number,
): Decided<TriggeredCron> {
  const { run, effects } = decideTrigger(context, stored, surroundings, now);
  const { job, cron } = run;
  if (job === null) throw blocked(cron.name, run, surroundings);
  return {
    effects,
    committed() {
      run.announce();
      return { cron, job };
    },
    tell: run.tell,
  };
}

function blocked(name: string, { blocking }: DecidedRun, { newborn }: RunSurroundings): OjsError {
  if (newborn instanceof OjsError) return newborn;
  return ojsError("conflict", `The cron job ${name} cannot run now: job ${blocking} is in the way.`, {
    details: { cron_name: name, active_job_id: blocking },
    hint: "Wait until it has ended, cancel it, or change the cron job's overlap or uniqueness policy.",
  });
}
