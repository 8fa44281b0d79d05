/**
 * Notices a blocked event loop. No timer of its own: the timers that the worker has anyway tell by how late they are, and
 * handlers by how long they keep the thread before they first wait.
 */
import type { Logger } from "../client/logger.ts";
import type { Clock } from "../core/clock.ts";
import type { JobHandler } from "./job-context.ts";

/** A thread that is busy for so long makes a lease unsafe or a probe time out: worth a line in the log. */
const WORTH_TELLING_MS = 1_000;
const LONGEST_LOG_SILENCE_MS = 60_000;
/** A probe that comes every 10 s sees a delay, and not three times in a row, after which it would restart the process. */
const REMEMBERED_MS = 15_000;

/** See {@link createLoopDelay}. */
export interface LoopDelay {
  /** The same clock; its timers report how late they are. */
  readonly clock: Clock;
  /** The same handler; the time until it first waits is reported. */
  timed(handler: JobHandler): JobHandler;
  /** The longest delay of the last 15 s, in milliseconds. */
  recentMs(): number;
}

/** Watches through the given clock, and warns of long delays, at most once a minute. */
export function createLoopDelay(clock: Clock, logger: Logger): LoopDelay {
  let worstMs = 0;
  let worstAt = Number.NEGATIVE_INFINITY;
  let toldAt = Number.NEGATIVE_INFINITY;

  const recentMs = (): number => (clock.now() - worstAt >= REMEMBERED_MS ? 0 : worstMs);
  const saw = (delayMs: number, facts: Readonly<Record<string, unknown>>): void => {
    const now = clock.now();
    if (delayMs > 0 && delayMs >= recentMs()) {
      worstMs = delayMs;
      worstAt = now;
    }
    if (delayMs < WORTH_TELLING_MS || now - toldAt < LONGEST_LOG_SILENCE_MS) return;
    toldAt = now;
    logger.warn("the event loop was blocked: heartbeats wait for it, and leases may have run out", {
      delayMs,
      ...facts,
    });
  };
  return {
    clock: {
      now: () => clock.now(),
      schedule: (at, run) => {
        const due = Math.max(at, clock.now());
        return clock.schedule(at, () => {
          saw(clock.now() - due, {});
          run();
        });
      },
    },
    timed: (handler) => (job) => {
      const since = clock.now();
      try {
        return handler(job);
      } finally {
        saw(clock.now() - since, { jobId: job.id, type: job.type });
      }
    },
    recentMs,
  };
}
