/** Lanes: the lines in which the jobs of a queue wait that share their limits (design rule 9). */
import type { JsonText } from "./job.ts";
import type { RateLimit } from "./rate-limit.ts";

/** The lane of the jobs of a queue that are under these limits. Equal limits make equal texts. */
export function laneOf({ key, concurrency, rate, throttle }: RateLimit): JsonText {
  return JSON.stringify({ key, concurrency, rate: listOf(rate), throttle: listOf(throttle) });
}

/** The limits of a lane. Parses JSON: keep what it answers where that is asked for often. */
export function limitOfLane(lane: JsonText): RateLimit {
  const { key, concurrency, rate, throttle } = JSON.parse(lane) as LaneText; // laneOf wrote it
  return {
    key,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(rate === undefined ? {} : { rate: { limit: rate[0], periodMs: rate[1] } }),
    ...(throttle === undefined ? {} : { throttle: { limit: throttle[0], periodMs: throttle[1] } }),
  };
}

/** The lanes with this key are those from `from` up to `to`, which is none of them. */
export function lanesOfKey(key: string): { readonly from: JsonText; readonly to: JsonText } {
  const start = `{"key":${JSON.stringify(key)}`;
  // Every lane has a limit, so a comma follows; the hyphen is the character after it.
  return { from: `${start},`, to: `${start}-` };
}

type PaceList = readonly [limit: number, periodMs: number];

interface LaneText {
  readonly key: string;
  readonly concurrency?: number;
  readonly rate?: PaceList;
  readonly throttle?: PaceList;
}

function listOf(pace: RateLimit["rate"]): PaceList | undefined {
  return pace === undefined ? undefined : [pace.limit, pace.periodMs];
}
