/** The state that an ended job was in before, for those who have seen only what became of it. */
import type { JobRecord, JobState } from "../job.ts";

/** What the answer is found in. */
export type EndedFields = Pick<JobRecord, "state" | "startedAt" | "enqueuedAt" | "availableAt" | "endedAt">;

/**
 * As far as the record tells: a job that was released once cannot be told from one that was never held back, so `pending`
 * is not among the answers.
 */
export function stateBefore({ state, startedAt, enqueuedAt, availableAt, endedAt }: EndedFields): JobState {
  if (state === "completed") return "active";
  // An attempt begins when the job is available; what came after it moved one of these times beyond its beginning.
  if (startedAt !== null && startedAt >= enqueuedAt && startedAt >= availableAt) return "active";
  if (endedAt === null || availableAt <= endedAt) return "available";
  return startedAt === null ? "scheduled" : "retryable";
}
