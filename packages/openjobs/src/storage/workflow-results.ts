/** Which results travel: the last ones first, because the step right before is the one that matters. */
import { LIMITS } from "../core/limits.ts";

/**
 * The rule of `WorkflowQueries.steps` and `parents`: from the last step to the first, a result goes along while all results from
 * it on have no more than `resultsBytes` characters together.
 *
 * @param lengths Characters of the results, in the order of the steps; null where there is none.
 */
export function fittingResults(lengths: readonly (number | null)[]): readonly boolean[] {
  let sum = 0;
  return lengths
    .toReversed()
    .map((length) => {
      sum += length ?? 0;
      return sum <= LIMITS.resultsBytes;
    })
    .toReversed();
}
