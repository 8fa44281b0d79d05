/** Whether a rate limit lets another job start (ojs-rate-limiting §5): the one rule that every store claims by. */
import type { Pace, RateLimit } from "./rate-limit.ts";

/**
 * The recent starts of the jobs with one key, oldest first. Starts that are close together are one entry, at the time of the
 * last of them: so there are at most {@link SLOTS} and a few entries, and no window ever lets through more than its limit,
 * but may open later, by a 64th of its length at most.
 */
export interface Starts {
  /** How long they have to be remembered: the longest period of all limits that came with this key; 0 = of no use. */
  readonly keepMs: number;
  readonly entries: readonly StartEntry[];
}

/** So many starts, the last of them at this moment (Unix milliseconds). */
export type StartEntry = readonly [at: number, count: number];

/** What the jobs with one key are doing. */
export interface KeyUse {
  /** Jobs that run. */
  readonly active: number;
  readonly starts: Starts;
}

/** How many more jobs may start now. */
export interface Permits {
  readonly free: number;
  /** When there are none: the moment from which on one may be free; null = as soon as a running job ends. */
  readonly opensAt: number | null;
}

/** Nothing has started yet. */
export const NO_STARTS: Starts = { keepMs: 0, entries: [] };

const SLOTS = 64;

/** The permits that a limit leaves at `now` (Unix milliseconds). */
export function permitsOf(limit: RateLimit, { active, starts }: KeyUse, now: number): Permits {
  const slots = (limit.concurrency ?? Number.POSITIVE_INFINITY) - active;
  if (slots <= 0) return { free: 0, opensAt: null };
  const window = limit.rate === undefined ? UNLIMITED : windowPermits(limit.rate, starts, now);
  const spaced = limit.throttle === undefined ? UNLIMITED : spacedPermits(limit.throttle, starts, now);
  const free = Math.min(slots, window.free, spaced.free);
  return { free, opensAt: free > 0 ? now : Math.max(window.opensAt, spaced.opensAt) };
}

interface TimedPermits {
  readonly free: number;
  readonly opensAt: number;
}

const UNLIMITED: TimedPermits = { free: Number.POSITIVE_INFINITY, opensAt: Number.NEGATIVE_INFINITY };

/** A sliding window: of the starts within the period before `now` there may be `limit`. */
function windowPermits({ limit, periodMs }: Pace, { entries }: Starts, now: number): TimedPermits {
  const recent = entries.filter(([at]) => isRecent(at, periodMs, now));
  let used = recent.reduce((sum, [, count]) => sum + count, 0);
  const free = limit - used;
  if (free > 0) return { free, opensAt: now };
  // Another limit with the same key may have let through more than this one would have.
  for (const [at, count] of recent) {
    used -= count;
    if (used < limit) return { free: 0, opensAt: at + periodMs };
  }
  return { free: 0, opensAt: now + periodMs };
}

/** How far a window is used up. */
export interface WindowUse {
  /** Starts within the period before now. */
  readonly count: number;
  /** When the first of them is no longer in it; now when there is none. Unix milliseconds. */
  readonly resetsAt: number;
}

/** What the starts so far take of a rate. */
export function windowUse({ periodMs }: Pace, { entries }: Starts, now: number): WindowUse {
  const recent = entries.filter(([at]) => isRecent(at, periodMs, now));
  const [first] = recent;
  const count = recent.reduce((sum, [, starts]) => sum + starts, 0);
  return { count, resetsAt: first === undefined ? now : first[0] + periodMs };
}

/** When a throttle lets the next job start: now, or later. Unix milliseconds. */
export function nextSpacedStart(throttle: Pace, starts: Starts, now: number): number {
  return spacedPermits(throttle, starts, now).opensAt;
}

/** Counted from the last start, not from a clock's second: nobody gets two starts on either side of a boundary. */
function spacedPermits({ limit, periodMs }: Pace, { entries }: Starts, now: number): TimedPermits {
  const intervalMs = intervalOf({ limit, periodMs });
  const last = entries.at(-1);
  if (last === undefined || !isRecent(last[0], intervalMs, now)) return { free: 1, opensAt: now };
  return { free: 0, opensAt: last[0] + intervalMs };
}

/** A start further ahead than a period is from before a clock was put back, and must not stop everything until then. */
function isRecent(at: number, periodMs: number, now: number): boolean {
  return Math.abs(now - at) < periodMs;
}

function intervalOf({ limit, periodMs }: Pace): number {
  return Math.ceil(periodMs / limit);
}

/** Whether starts under this limit have to be noted. Those under one that only names a concurrency are not. */
export function countsStarts(limit: RateLimit): boolean {
  return spanOf(limit) > 0;
}

/** The starts with one more at `now`, and without those that no limit asks about any more. */
export function withStart({ keepMs: known, entries }: Starts, limit: RateLimit, now: number): Starts {
  const keepMs = Math.max(known, spanOf(limit));
  const slotMs = Math.max(1, Math.ceil(keepMs / SLOTS));
  const kept = entries.filter(([at]) => isRecent(at, keepMs, now));
  const last = kept.at(-1);
  const joins = last !== undefined && Math.floor(last[0] / slotMs) >= Math.floor(now / slotMs);
  if (!joins) return { keepMs, entries: [...kept, [now, 1]] };
  return { keepMs, entries: [...kept.slice(0, -1), [Math.max(last[0], now), last[1] + 1]] };
}

/** Whether no limit asks about these starts any more. */
export function areForgotten({ keepMs, entries }: Starts, now: number): boolean {
  const last = entries.at(-1);
  return last === undefined || !isRecent(last[0], keepMs, now);
}

/** How far back this limit looks; 0 = not at all. */
function spanOf({ rate, throttle }: RateLimit): number {
  return Math.max(rate?.periodMs ?? 0, throttle === undefined ? 0 : intervalOf(throttle));
}
