/** The worker's own time. Leases and heartbeats are about how much time has passed, not about what the wall clock shows. */
import { systemClock } from "../client/system-clock.ts";
import type { Clock } from "../core/clock.ts";

const origin = Date.now() - performance.now();
const now = (): number => Math.floor(origin + performance.now());

/**
 * Starts with the wall clock and then goes on by itself: when somebody sets the wall clock, no lease looks as if it had
 * run out, and no heartbeat waits for an hour to come around again.
 */
export const steadyClock: Clock = {
  now,
  schedule: (at, run) => systemClock.schedule(Date.now() + Math.max(0, at - now()), run),
};
