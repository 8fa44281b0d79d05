/** What happens when a cron job is due: its slot is claimed in the commit of its job (ojs-cron §7; decisions 2.10). */
import { type CronJob, type OverlapPolicy, withRun } from "../../core/cron.ts";
import { OjsError } from "../../core/errors.ts";
import type { StoredRecord } from "../../storage/records.ts";
import { nothing } from "../move.ts";
import { answered } from "../storage-trouble.ts";
import type { Decided, Decision, Tell } from "../submission.ts";
import type { CronParts } from "./cron-parts.ts";
import { cronRecordName, dueAtOf, putCron, readCron, type StoredCron } from "./cron-record.ts";
import { isOpen } from "./line.ts";
import { plan } from "./plan.ts";
import { type DecidedRun, decideRun, LONG_LINE, newbornOf, type RunInput } from "./run.ts";

/**
 * How many open jobs a policy has to see: to skip, one that is still open by the time of the commit; to enqueue, how long
 * the line is, as far as anybody is told of it; to cancel, as many as one commit may well cancel.
 */
const LOOKS_AT: Readonly<Record<OverlapPolicy, number>> = {
  skip: 10,
  allow: 0,
  cancel_previous: 100,
  enqueue: LONG_LINE + 1,
};

/** What the decision about a run finds in the storage, and the job that it is about. */
export type RunSurroundings = Pick<RunInput, "open" | "newborn" | "inTheWay">;

/** What a run needs to know before it can be decided. */
export interface RunPreparation extends Pick<RunInput, "open" | "newborn"> {
  /** What the decision has to read. */
  readonly places: Pick<Decision<never>, "ids" | "guards">;
}

/** Makes the job of a run, and reads what the overlap policy of its cron job wants to know. */
export async function prepareRun(context: CronParts, cron: CronJob): Promise<RunPreparation> {
  const limit = LOOKS_AT[cron.overlapPolicy];
  const open = limit === 0 ? [] : await answered(context.storage.jobs.openOfCron(cron.name, limit));
  const newborn = newbornOf(context, cron);
  const guards = newborn instanceof OjsError || newborn.unique === undefined ? [] : [newborn.unique.guard];
  return { open, newborn, places: { ids: open.map(({ id }) => id), guards } };
}

/** Whether a unit was refused because somebody else has changed the cron job meanwhile. */
export function isOutrun(refused: { readonly id: string } | undefined, name: string): boolean {
  return refused?.id === cronRecordName(name);
}

/**
 * Sees to a cron job that is due.
 *
 * @returns Whether it moved on; if not, somebody else was faster.
 */
export async function seeTo(context: CronParts, record: StoredRecord): Promise<boolean> {
  const stored = readCron(record);
  const { cron } = stored;
  const { places, ...prepared } = await prepareRun(context, cron);
  return context.committer.decide({
    ...places,
    decide(jobs, { now, refused, inTheWay }) {
      const isDue = (dueAtOf(cron) ?? Number.POSITIVE_INFINITY) <= now;
      if (!isDue || isOutrun(refused, cron.name)) return nothing(false);
      return decideSlot(context, stored, { ...prepared, open: isOpen(jobs), inTheWay }, now);
    },
  });
}

/** Of all slots that were missed only the first fires, at once; then the schedule goes on (§7.3). */
function decideSlot(
  context: CronParts,
  { cron, revision }: StoredCron,
  surroundings: RunSurroundings,
  now: number,
): Decided<boolean> {
  const { nextRunAt, gap } = cron;
  const tellGap = gap !== null && gap.at <= now ? skippedInGap(cron, gap.missed, now) : undefined;
  const isTime = nextRunAt !== null && nextRunAt <= now;
  const run = isTime
    ? decideRun(context, { cron, ...surroundings, scheduledAt: nextRunAt, manual: false, now })
    : undefined;
  const before = run?.cron ?? cron;
  const after: CronJob = { ...before, ...(isTime ? plan(cron, now) : { gap: null }) };
  return {
    effects: [putCron(withMissed(after, cron, now), revision, context.newId()), ...(run?.effects ?? [])],
    committed() {
      tellGap?.(context.announcer);
      run?.announce();
      return true;
    },
    tell(announcer) {
      tellGap?.(announcer);
      run?.tell(announcer);
    },
  };
}

/** Remembers the times that did not exist among the runs. */
function withMissed(after: CronJob, { gap }: CronJob, now: number): CronJob {
  if (gap === null || gap.at > now) return after;
  const [scheduledAt = gap.at] = gap.missed;
  return {
    ...after,
    runs: withRun(after.runs, { scheduledAt, at: now, jobId: null, skipped: "dst_skip", manual: false }),
  };
}

function skippedInGap(cron: CronJob, missed: readonly number[], now: number): Tell {
  return (announcer) => {
    for (const scheduledAt of missed)
      announcer.cronSkipped(cron, { reason: "dst_skip", scheduledAt, blocking: null }, now);
  };
}

/** Makes a run now, whatever the schedule says. */
export function decideTrigger(
  context: CronParts,
  { cron, revision }: StoredCron,
  surroundings: RunSurroundings,
  now: number,
): { readonly run: DecidedRun; readonly effects: Decided<unknown>["effects"] } {
  const run = decideRun(context, { cron, ...surroundings, scheduledAt: now, manual: true, now });
  return { run, effects: [putCron(run.cron, revision, context.newId()), ...run.effects] };
}
