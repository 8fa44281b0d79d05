/**
 * Notices a blocked event loop. No timer of its own: the timers that the worker has anyway tell by how late they are, and
 * handlers by how long they keep the thread before they first wait.
 */
import type { Logger } from "../client/logger.ts";
import type { Clock } from "../core/clock.ts";
import type { JobContext, JobHandler } from "../middleware/job-context.ts";

/** A thread that is busy for so long makes a lease unsafe or a probe time out: worth a line in the log. */
const WORTH_TELLING_MS = 1_000;
const LONGEST_LOG_SILENCE_MS = 60_000;
/** A probe that comes every 10 s sees a delay, and not three times in a row, after which it would restart the process. */
const REMEMBERED_MS = 15_000;

/** For so long after a block, answers come to light that were waiting while it lasted. */
const AFTERMATH_MS = 1_000;

/** See {@link createLoopDelay}. */
export interface LoopDelay {
  /** The same clock; its timers report how late they are. */
  readonly clock: Clock;
  /**
   * The same handler; the time until it first waits is reported. A job that comes to light right after a long block may
   * have lost its lease on the way, so the server is asked before the handler begins.
   */
  timed(handler: JobHandler): JobHandler;
  /** The longest delay of the last 15 s, in milliseconds. */
  recentMs(): number;
}

/** Watches through the given clock, and warns of long delays, at most once a minute. */
export function createLoopDelay(clock: Clock, logger: Logger, visibilityMs: number): LoopDelay {
  const timers = new Set<{ readonly due: number }>();
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
  const run = (handler: JobHandler, job: JobContext): unknown => {
    const since = clock.now();
    try {
      return handler(job);
    } finally {
      saw(clock.now() - since, { jobId: job.id, type: job.type });
    }
  };
  // Half a lease: a timer that was not due at once has seen only a part of the block.
  const wasBlocked = (): boolean => {
    const now = clock.now();
    if (worstMs > visibilityMs / 2 && now - worstAt < AFTERMATH_MS) return true;
    // After a block, answers are read before timers fire.
    for (const { due } of timers) if (now - due > visibilityMs / 2) return true;
    return false;
  };
  return {
    clock: {
      now: () => clock.now(),
      schedule: (at, run) => {
        const timer = { due: Math.max(at, clock.now()) };
        timers.add(timer);
        const cancel = clock.schedule(at, () => {
          timers.delete(timer);
          saw(clock.now() - timer.due, {});
          run();
        });
        return () => {
          timers.delete(timer);
          cancel();
        };
      },
    },
    timed: (handler) => (job) => (wasBlocked() ? stillOurs(job).then(() => run(handler, job)) : run(handler, job)),
    recentMs,
  };
}

/** Rejects when the server has given the job away; when it cannot be asked, the job counts as ours. */
async function stillOurs(job: JobContext): Promise<void> {
  try {
    await job.heartbeat();
  } catch (error) {
    if (job.signal.aborted) throw error;
  }
}
