import type { JsonText } from "../core/job.ts";
import type { Starts } from "../core/permits.ts";

/** How many jobs of a lane, in whatever queues, wait and run. */
export interface LaneCount {
  readonly lane: JsonText;
  readonly waiting: number;
  readonly active: number;
}

/** What the jobs with one key of a rate limit are doing. */
export interface KeyRecord {
  /** One for each lane in which jobs wait or run. */
  readonly lanes: readonly LaneCount[];
  /** `NO_STARTS` when none are remembered. */
  readonly starts: Starts;
}

/** Puts together what was counted separately. */
export function laneCounts(waiting: Iterable<JsonText>, active: Iterable<JsonText>): readonly LaneCount[] {
  const counts = new Map<JsonText, { waiting: number; active: number }>();
  const count = (lane: JsonText, what: "waiting" | "active"): void => {
    const known = counts.get(lane) ?? { waiting: 0, active: 0 };
    known[what] += 1;
    counts.set(lane, known);
  };
  for (const lane of waiting) count(lane, "waiting");
  for (const lane of active) count(lane, "active");
  return Array.from(counts, ([lane, numbers]) => ({ lane, ...numbers }));
}
