/** The arithmetic of the report. */

/** The middle value, or the mean of the two in the middle; undefined of nothing. */
export function median(values) {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value that a share `q` of all values does not exceed (nearest rank). */
export function percentile(values, q) {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

/** Smallest and largest. */
export function range(values) {
  return [Math.min(...values), Math.max(...values)];
}

/**
 * Median of the ratios round by round: what two measurements of one round have in common, a slow minute of the machine
 * for one, cancels out.
 */
export function medianRatio(values, references) {
  const ratios = values.map((value, round) => value / references[round]).filter(Number.isFinite);
  return median(ratios);
}
