/** Attempts are counted: each claim once, each end once, never beyond the policy (ojs-core §5.3, ojs-retry §3). */
import type { Wire } from "../../support/raw-ojs.ts";
import type { Report } from "./checker.ts";
import type { JobHistory } from "./history.ts";
import { errorsOf, returnedAttempts } from "./outcome-rules.ts";

/** Compares the attempts of a job with its handouts, its errors and its limit. */
export function checkAttempts(job: JobHistory, now: Wire | undefined, report: Report): void {
  if (now === undefined) return;
  const given = Math.max(0, ...job.handouts.map(({ attempt }) => attempt));
  if (now.attempt < given) report("undone-claim", `attempt ${given} was handed out, now ${now.attempt}`);

  // An attempt that was handed back does not count.
  const returned = returnedAttempts(job, now);
  if (now.attempt > now.max_attempts + returned) {
    report("too-many-attempts", `${now.attempt} of ${now.max_attempts}, ${returned} handed back`);
  }

  const ended = errorsOf(now);
  if (new Set(ended.map(({ attempt }) => attempt)).size < ended.length) {
    report("repeated-attempt", `two errors for one attempt: ${JSON.stringify(ended)}`);
  }
  // Every claim ends with an error, or it is the one that runs or that completed the job. A cancelled job may have
  // been running or not.
  const open = now.attempt - ended.length;
  const expected = now.state === "cancelled" ? [0, 1] : [now.state === "active" || now.state === "completed" ? 1 : 0];
  if (!expected.includes(open)) {
    report("half-attempt", `${now.state} after ${now.attempt} claims, of which ${ended.length} ended with an error`);
  }
}
