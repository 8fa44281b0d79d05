/** The end of a member, as its workflow hears of it (docs/adr/013-joins-count-down.md). */
import { cut, type FailureEntry } from "../failure.ts";
import type { JobChange, JobRecord, JsonText } from "../job.ts";
import { isTerminal } from "../states.ts";
import type { StepError, StepOutcome } from "./workflow.ts";

/** One step has ended. */
export interface Arrival {
  readonly workflowId: string;
  readonly step: number;
  readonly outcome: StepOutcome;
  /** When its last attempt began, Unix milliseconds. */
  readonly startedAt: number | null;
  /** JSON text of {@link StepError}; null when it was completed. */
  readonly error: JsonText | null;
}

/** More of an error is with the job. */
const MESSAGE_CHARS = 1_000;

/** What a change of a job tells its workflow; undefined when the job is no member, or does not end by it. */
export function arrivalOf(before: JobRecord, change: JobChange): Arrival | undefined {
  const { workflowId, workflowStep } = before;
  if (workflowId === null || workflowStep === null) return undefined;
  const after = { ...before, ...change };
  if (isTerminal(before.state) || !isTerminal(after.state)) return undefined;
  const outcome = after.state === "completed" ? "completed" : after.state === "cancelled" ? "cancelled" : "failed";
  return { workflowId, step: workflowStep, outcome, startedAt: after.startedAt, error: errorText(after, outcome) };
}

/** What the removal of a job that has not ended tells its workflow. */
export function arrivalOfRemoval(job: JobRecord): Arrival | undefined {
  const { workflowId, workflowStep, startedAt } = job;
  if (workflowId === null || workflowStep === null || isTerminal(job.state)) return undefined;
  const error = JSON.stringify(
    stepError(job, { code: "removed", message: "The job was removed before it had ended." }),
  );
  return { workflowId, step: workflowStep, outcome: "cancelled", startedAt, error };
}

function errorText(job: JobRecord, outcome: StepOutcome): JsonText | null {
  if (outcome === "completed") return null;
  if (outcome === "failed") return JSON.stringify(stepError(job, lastError(job)));
  return JSON.stringify(stepError(job, { code: "cancelled", message: "The job was cancelled." }));
}

function stepError({ id, attempt }: JobRecord, error: Partial<FailureEntry>): StepError {
  const code = error.code ?? "failed";
  const message = cut(error.message ?? "The job failed.", MESSAGE_CHARS);
  return { job_id: id, type: error.type ?? code, code, message, attempt };
}

function lastError({ errors }: JobRecord): Partial<FailureEntry> {
  const history: unknown = errors === null ? [] : JSON.parse(errors);
  return Array.isArray(history) ? (history.at(-1) ?? {}) : {};
}
