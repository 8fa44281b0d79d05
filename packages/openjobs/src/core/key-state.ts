/** How far the limits of one key are used up (ojs-rate-limiting §10.1). */
import type { Starts } from "./permits.ts";
import { nextSpacedStart, type WindowUse, windowUse } from "./permits.ts";
import type { Pace, RateLimit } from "./rate-limit.ts";

/** See above; a member is there if some job with the key brought such a limit. Times are Unix milliseconds. */
export interface KeyState {
  readonly key: string;
  /** Jobs that run. */
  readonly active: number;
  /** Jobs that are available and may have to wait for a permit. */
  readonly waiting: number;
  readonly concurrency?: { readonly limit: number; readonly available: number };
  readonly rate?: Pace & WindowUse;
  readonly throttle?: Pace & { readonly nextAllowedAt: number };
}

/** What is known of a key. */
export interface KeyFacts {
  readonly key: string;
  /** Of the jobs that wait or run. Jobs with one key should bring one limit; of several the strictest is shown. */
  readonly limits: readonly RateLimit[];
  readonly active: number;
  readonly waiting: number;
  readonly starts: Starts;
}

/** The state of a key at `now`. */
export function keyStateOf({ key, limits, active, waiting, starts }: KeyFacts, now: number): KeyState {
  const slots = limits.flatMap(({ concurrency }) => concurrency ?? []);
  const concurrency = slots.length === 0 ? undefined : Math.min(...slots);
  const rate = strictest(limits.map((limit) => limit.rate));
  const throttle = strictest(limits.map((limit) => limit.throttle));
  return {
    ...{ key, active, waiting },
    ...(concurrency === undefined
      ? {}
      : { concurrency: { limit: concurrency, available: Math.max(0, concurrency - active) } }),
    ...(rate === undefined ? {} : { rate: { ...rate, ...windowUse(rate, starts, now) } }),
    ...(throttle === undefined
      ? {}
      : { throttle: { ...throttle, nextAllowedAt: nextSpacedStart(throttle, starts, now) } }),
  };
}

function strictest(paces: readonly (Pace | undefined)[]): Pace | undefined {
  const known = paces.filter((pace) => pace !== undefined);
  return known.reduce<Pace | undefined>(
    (least, pace) => (least === undefined || isSlower(pace, least) ? pace : least),
    undefined,
  );
}

function isSlower(a: Pace, b: Pace): boolean {
  return a.limit / a.periodMs < b.limit / b.periodMs;
}
