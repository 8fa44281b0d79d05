/**
 * One run of a cron job (ojs-cron §6, §7.3): the slot, its job and what happens to earlier ones are one unit. So a slot
 * fires at most once, however many servers see that it is due and wherever one of them stops.
 */
import { type CronJob, type CronRun, type SkipReason, withRun } from "../../core/cron.ts";
import { requestOfRun } from "../../core/cron-request.ts";
import { OjsError } from "../../core/errors.ts";
import type { JobRecord } from "../../core/job.ts";
import { type NewJob, readJobRequest } from "../../core/job-request.ts";
import { nextRevision } from "../../core/job-revision.ts";
import { cancel } from "../../core/lifecycle/end.ts";
import { formatTimestamp } from "../../core/time.ts";
import type { Effect } from "../../storage/storage.ts";
import { Admission } from "../admission.ts";
import type { Announcer } from "../announcer.ts";
import { type Birth, birth } from "../birth.ts";
import { move } from "../move.ts";
import type { Tell } from "../submission.ts";
import type { CronParts } from "./cron-parts.ts";
import { joinLine } from "./line.ts";

/** How many jobs of a cron job are open when its owner is told that they come faster than they end (§6.1). */
export const LONG_LINE = 3;

/** What its template is called in errors. */
const TEMPLATE = "job_template";

/** What a run is decided over. */
export interface RunInput {
  readonly cron: CronJob;
  /** Jobs of this cron job that have not ended, as they are now; not looked at for policy `allow`. */
  readonly open: readonly JobRecord[];
  /** When it was due. */
  readonly scheduledAt: number;
  readonly manual: boolean;
  /** The job to be, or why there can be none. */
  readonly newborn: Birth | OjsError;
  /** Jobs that count as the same, if its template has a uniqueness policy. */
  readonly inTheWay: readonly JobRecord[];
  /** The time of the commit. */
  readonly now: number;
}

/** A decided run: the cron job as it is afterwards, and the rest of the unit. */
export interface DecidedRun {
  readonly cron: CronJob;
  readonly effects: readonly Effect[];
  readonly job: JobRecord | null;
  readonly skipped: SkipReason | null;
  /** The job that was in the way. */
  readonly blocking: string | null;
  /** What there is to tell besides what the effects show: that it ran, or why not. */
  readonly tell: Tell;
  /** Tells the world, once all is committed. */
  readonly announce: () => void;
}

/** The job that a run asks for, or why it can ask for none: its template was accepted once, but that may be long ago. */
export function newbornOf(context: CronParts, cron: CronJob): Birth | OjsError {
  const now = context.clock.now();
  try {
    const request = requestOf(cron, now);
    context.schemas.check(request, TEMPLATE);
    return birth(context, request);
  } catch (error) {
    if (error instanceof OjsError) return error;
    throw error;
  }
}

/** @throws OjsError `invalid_payload` when the jobs of a cron job would not fit their schema. */
export function checkTemplate({ schemas }: Pick<CronParts, "schemas">, cron: CronJob, now: number): void {
  schemas.check(requestOf(cron, now), TEMPLATE);
}

function requestOf(cron: CronJob, now: number): NewJob {
  const body = requestOfRun(cron.template, { name: cron.name, triggeredAt: formatTimestamp(now) });
  return { ...readJobRequest(body, { now }), cron: cron.name };
}

/** Decides what becomes of a run: the overlap policy has the first word, then the job's own uniqueness policy. */
export function decideRun(context: CronParts, input: RunInput): DecidedRun {
  const { cron, open, newborn } = input;
  const [first] = open;
  if (first !== undefined && cron.overlapPolicy === "skip") return skip(context, input, "overlap_skip", first.id);
  if (!(newborn instanceof OjsError)) return admit(context, input, newborn);
  context.onError(newborn, `cron job ${cron.name}`);
  return skip(context, input, "refused", null);
}

function admit(context: CronParts, input: RunInput, newborn: Birth): DecidedRun {
  const cancelled = input.cron.overlapPolicy === "cancel_previous" ? cancelAll(context, input) : [];
  const ended = new Map(cancelled.map(({ after }) => [after.id, after]));
  const inTheWay = input.inTheWay.map((job) => ended.get(job.id) ?? job);
  const admission = new Admission(context, { stored: [], inTheWay, now: input.now });
  const held = input.cron.overlapPolicy === "enqueue" && input.open.length > 0;
  if (held && input.open.length === LONG_LINE) context.onError(longLine(), `cron job ${input.cron.name}`);
  try {
    const { job, created } = admission.admit(held ? holding(context, newborn) : newborn, `${TEMPLATE}.id`);
    if (!created) return skip(context, input, "overlap_skip", job.id);
    return fire(context, input, { job, held, parts: [...cancelled, admission] });
  } catch (error) {
    if (error instanceof OjsError) return skip(context, input, "overlap_skip", error.jobId ?? null);
    throw error;
  }
}

function longLine(): Error {
  return new Error("Its runs take longer than the time between them: three of them wait for earlier ones to end.");
}

/** A job that waits as a pending one, until the run before it has ended. */
function holding(context: CronParts, { job, request }: Birth): Birth {
  return birth({ ...context, newId: () => job.id }, { ...request, pending: true });
}

function skip({ announcer }: CronParts, input: RunInput, reason: SkipReason, blocking: string | null): DecidedRun {
  const { cron, scheduledAt, now } = input;
  const tell = (to: Announcer): void => to.cronSkipped(cron, { reason, scheduledAt, blocking }, now);
  return {
    cron: { ...cron, runs: withRun(cron.runs, runOf(input, { skipped: reason })) },
    effects: [],
    job: null,
    skipped: reason,
    blocking,
    tell,
    announce: () => tell(announcer),
  };
}

/** A part of a unit. */
interface Part {
  readonly effects: readonly Effect[];
  readonly announce: () => void;
}

interface Admitted {
  readonly job: JobRecord;
  readonly held: boolean;
  readonly parts: readonly Part[];
}

function fire(context: CronParts, input: RunInput, { job, held, parts }: Admitted): DecidedRun {
  const { cron, scheduledAt, now } = input;
  const run = runOf(input, { jobId: job.id });
  const after = { ...cron, lastRunAt: now, runCount: cron.runCount + 1, runs: withRun(cron.runs, run) };
  const effects = parts.flatMap((part) => part.effects);
  const tell = (to: Announcer): void => to.cronTriggered(after, { job, scheduledAt }, now);
  return {
    cron: after,
    effects: held ? [...effects, joinLine(context, cron.name)] : effects,
    job,
    skipped: null,
    blocking: null,
    tell,
    announce() {
      tell(context.announcer);
      for (const part of parts) part.announce();
    },
  };
}

function runOf({ scheduledAt, manual, now }: RunInput, what: Partial<Pick<CronRun, "jobId" | "skipped">>): CronRun {
  return { scheduledAt, at: now, jobId: null, skipped: null, manual, ...what };
}

function cancelAll(
  { announcer }: CronParts,
  { open, now }: RunInput,
): readonly (Part & { readonly after: JobRecord })[] {
  return open.map((job) => {
    const transition = cancel(job, now);
    const { effects, committed } = move(announcer, job, transition, now);
    const after = nextRevision(job, transition.change);
    return { effects, announce: () => void committed(), after };
  });
}
