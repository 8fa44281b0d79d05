/** The next time of a cron job. */
import type { CronJob, CronTerms } from "../../core/cron.ts";
import { compileSchedule } from "./schedule.ts";

/** The part of a cron job that its schedule fills in. */
export type Plan = Pick<CronJob, "nextRunAt" | "gap">;

const NO_PLAN: Plan = { nextRunAt: null, gap: null };

/**
 * Plans what comes after a moment.
 *
 * @param field Where the expression was in its request, for errors.
 * @throws OjsError `invalid_request` when the schedule cannot be.
 */
export function plan(
  cron: Pick<CronTerms, "expression" | "timezone"> & Pick<CronJob, "anchorAt" | "enabled">,
  after: number,
  field?: string,
): Plan {
  const next = compileSchedule(cron, field).next(after);
  return cron.enabled && next !== undefined ? { nextRunAt: next.at, gap: next.gap ?? null } : NO_PLAN;
}
