/** The next time of a cron job. */
import type { CronJob, CronTerms } from "../../core/cron.ts";
import { badExpression } from "../../core/cron-expression.ts";
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
  field = "expression",
): Plan {
  const next = compileSchedule(cron, field).next(after);
  if (next === undefined) throw badExpression(field, "never fires: no month that it names has such a day");
  return cron.enabled ? { nextRunAt: next.at, gap: next.gap ?? null } : NO_PLAN;
}
