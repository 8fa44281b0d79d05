/** What a step is told of those before it (ojs-workflows §7, conformance contract row 28). */
import type { JobRecord, JsonText } from "../job.ts";
import type { CallbackKind, Parents, Place } from "./workflow.ts";

/** A job as it is handed out: a member of a workflow has the results of the steps before it, an array. */
export type JobWithParents = JobRecord & { readonly parentResults?: JsonText };

/** A step whose result is asked for. */
export interface ParentStep {
  readonly number: number;
  readonly place: Place;
  readonly callback: CallbackKind | null;
  readonly jobId: string;
  /** JSON text; null when there is none. */
  readonly result: JsonText | null;
  /** Characters of the result, where it was left out because there are too many of all together. */
  readonly leftOut: number | null;
}

/** The steps that parents ask for, as ranges. */
export function parentRanges(parents: Parents): readonly (readonly [from: number, to: number])[] {
  if ("from" in parents) return [[parents.from, parents.to]];
  return parents.steps.map((step) => [step, step + 1]);
}

/** The array as JSON text. `found` has the steps of {@link parentRanges}, by number; those that are gone are null. */
export function parentResults(parents: Parents, found: ReadonlyMap<number, ParentStep>): JsonText {
  if ("steps" in parents) return arrayOf(parents.steps.map((step) => resultOf(found.get(step))));
  const { from, to, depth, skipped } = parents;
  const steps: ParentStep[] = [];
  for (let number = from; number < to; number += 1) {
    const step = found.get(number);
    // What a callback returns is not a member's result.
    if (step !== undefined && step.callback === null) steps.push(step);
  }
  return arrayOf([...Array<JsonText>(skipped).fill("null"), ...entries(steps, depth)]);
}

/** One entry for each place at this depth: a result, or an array of what is in there. */
function entries(steps: readonly ParentStep[], depth: number): readonly JsonText[] {
  const parts = new Map<unknown, ParentStep[]>();
  for (const step of steps) {
    const key = step.place[depth];
    const part = parts.get(key);
    if (part === undefined) parts.set(key, [step]);
    else part.push(step);
  }
  return [...parts.values()].map((part) => {
    const [only] = part;
    return only?.place.length === depth + 1 ? resultOf(only) : arrayOf(entries(part, depth + 1));
  });
}

function resultOf(step: ParentStep | undefined): JsonText {
  return step === undefined ? "null" : resultText(step);
}

/** A result, or, where it was left out, a reference (ojs-workflows §7.5) to the job that has it. */
export function resultText({ jobId, result, leftOut }: Pick<ParentStep, "jobId" | "result" | "leftOut">): JsonText {
  if (leftOut === null) return result ?? "null";
  return JSON.stringify({
    result_ref: `/ojs/v1/jobs/${jobId}`,
    result_size_bytes: leftOut,
    result_content_type: "application/json",
  });
}

function arrayOf(items: readonly JsonText[]): JsonText {
  return `[${items.join(",")}]`;
}
