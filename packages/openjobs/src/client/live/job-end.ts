/** When a job has ended (ojs-core §6). */
import type { JobStateWord } from "../../core/codec/job-decode.ts";
import type { LiveEvent } from "./live-event.ts";

const FINAL: ReadonlySet<string> = new Set(["completed", "cancelled", "discarded"]);

/** Whether a job in this state moves no more by itself. */
export function isFinal(state: JobStateWord): boolean {
  return FINAL.has(state);
}

/** Whether this is the last event of that job. */
export function isEndOf(jobId: string, event: LiveEvent): boolean {
  return event.kind === "state" && event.jobId === jobId && isFinal(event.to);
}
