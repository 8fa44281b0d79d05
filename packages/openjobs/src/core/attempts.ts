/** How attempts are counted (ojs-retry §2.2; decisions 2.1). */
import type { JobRecord } from "./job.ts";

/** Attempts that count towards `maxAttempts`: those that were handed back do not. */
export function countedAttempts(job: Pick<JobRecord, "attempt" | "returned">): number {
  return job.attempt - job.returned;
}

/** Whether no attempt is left after the current one. `maxAttempts` 0 and 1 both allow a single one. */
export function isExhausted(job: Pick<JobRecord, "attempt" | "returned" | "maxAttempts">): boolean {
  return countedAttempts(job) >= job.maxAttempts;
}
