/** Which results travel: the last ones first, because the step right before is the one that matters. */
import type { JsonText } from "../core/job.ts";
import { LIMITS } from "../core/limits.ts";

/** A result, or how long it is where it was left out. */
export interface FittedResult {
  readonly result: JsonText | null;
  readonly leftOut: number | null;
}

/**
 * The rule of `WorkflowQueries.steps` and `parents`: from the last step to the first, a result goes along while all results from
 * it on have no more than `resultsBytes` characters together.
 */
export function fitResults(results: readonly (JsonText | null)[]): readonly FittedResult[] {
  let sum = 0;
  return results
    .toReversed()
    .map((result): FittedResult => {
      sum += result?.length ?? 0;
      const fits = result === null || sum <= LIMITS.resultsBytes;
      return fits ? { result, leftOut: null } : { result: null, leftOut: result.length };
    })
    .toReversed();
}
