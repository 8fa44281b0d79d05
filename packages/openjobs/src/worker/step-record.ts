/** The steps that a job has behind it, as they are kept in its checkpoint. */
import type { JsonText } from "../core/job.ts";
import { isJsonObject } from "../core/json-object.ts";
import { STEPS_MEMBER } from "../core/kept-steps.ts";
import { StepError } from "./step-error.ts";

/** A step that is done; `result` is undefined when it returned nothing. */
export interface RecordedStep {
  readonly name: string;
  readonly result: unknown;
}

/**
 * Reads what an earlier attempt has left.
 *
 * @throws StepError for a checkpoint that something else has written: to go on from it, or over it, would be wrong.
 */
export function readSteps(state: unknown): readonly RecordedStep[] {
  if (state === undefined) return [];
  const entries = isJsonObject(state) ? state[STEPS_MEMBER] : undefined;
  if (!Array.isArray(entries) || !entries.every(isEntry)) {
    throw new StepError(
      "The job's checkpoint was not written by job.step().",
      "Use either steps or checkpoints of your own for one type of job.",
    );
  }
  return entries.map(([name, result]) => ({ name, result }));
}

/** One step as text. */
export function encodeStep(name: string, result: JsonText | undefined): JsonText {
  return result === undefined ? `[${JSON.stringify(name)}]` : `[${JSON.stringify(name)},${result}]`;
}

/** The checkpoint that holds these. */
export function encodeSteps(steps: readonly JsonText[]): JsonText {
  return `{"${STEPS_MEMBER}":[${steps.join(",")}]}`;
}

function isEntry(entry: unknown): entry is readonly [name: string, result?: unknown] {
  return Array.isArray(entry) && typeof entry[0] === "string" && entry.length <= 2;
}
