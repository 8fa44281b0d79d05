/** Runs fetched jobs: holds each from its arrival until its outcome is settled. */
import type { Clock } from "../core/clock.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { type ExecutorDeps, execute } from "./executor.ts";
import { report } from "./failure-report.ts";
import type { Holding, Holdings } from "./holdings.ts";
import { Line } from "./line.ts";
import type { Outcome } from "./outcome.ts";
import type { Quotas } from "./quotas.ts";
import type { Settle } from "./settler.ts";
import type { Slots } from "./slots.ts";

/** What the runner works with. */
export interface RunnerDeps {
  readonly clock: Clock;
  readonly holdings: Holdings;
  readonly slots: Slots;
  readonly quotas: Quotas;
  /** In [0, 1). */
  readonly random: () => number;
  readonly concurrency: number;
  readonly executor: ExecutorDeps;
  readonly settle: Settle;
  /** Lease of jobs that brought no visibility timeout of their own. */
  readonly visibilityMs: number;
  /** Whether the worker takes jobs now. */
  readonly isFetching: () => boolean;
  /** Called with every new holding, so that heartbeats come early enough for it. */
  readonly onHeld: (holding: Holding) => void;
}

const UNWANTED: Outcome = {
  kind: "nack",
  error: report("shutdown", "the worker did not start the job", { code: "shutdown" }),
  requeue: true,
};

/** For how long a job is put aside whose type or queue is full: it has lost its place anyway. */
const ASIDE_MS = 1_000;

/**
 * Both words for "not now": a server that does not know the code takes the job back into its queue. `chance` keeps a crowd
 * from coming back at once.
 */
function full(chance: number): Outcome {
  const why = report("worker_full", "the worker runs as many of these jobs as it may", { code: "SNOOZE" });
  return { kind: "nack", error: { ...why, retryAfterMs: Math.round(ASIDE_MS * (0.5 + chance)) }, requeue: true };
}

/** See {@link createRunner}. */
export interface Runner {
  /**
   * Takes jobs that came from the server: as many as there are free slots are run or wait for their turn, the others are
   * returned without losing an attempt. All are, when the worker does not take jobs any more.
   */
  take(jobs: readonly Job[]): void;
  /** Returns the jobs that wait for their turn. */
  handBackWaiting(): void;
}

/** Runs at most `concurrency` jobs at a time; the slots say how many may be held. */
export function createRunner(deps: RunnerDeps): Runner {
  const { clock, holdings, slots, quotas, settle, executor, concurrency } = deps;
  const hold = (job: Job): Holding => {
    const leaseMs = job.visibilityTimeoutMs ?? deps.visibilityMs;
    const holding = holdings.add(job, leaseMs, clock.now() + leaseMs);
    deps.onHeld(holding);
    return holding;
  };
  const finish = (holding: Holding, outcome: Outcome, holdsSlot = true): void =>
    settle(holding, outcome, holdsSlot, () => {
      holdings.remove(holding);
      if (holdsSlot) slots.give();
    });
  const line = new Line(concurrency, quotas, (holding, ended) => {
    const late = lateEnd(holding, clock);
    if (late === undefined) execute(holding, executor, (outcome) => ended(() => finish(holding, outcome)));
    else ended(() => finish(holding, late));
  });
  return {
    take: (jobs) => {
      const room = deps.isFetching() ? slots.free() : 0;
      // Held before the first one runs: a handler may keep the thread for long, and heartbeats must know them all by then.
      const held = jobs.map(hold);
      for (const holding of held.slice(0, room)) {
        if (quotas.admit(holding)) {
          slots.take();
          line.add(holding);
        } else finish(holding, full(deps.random()), false);
      }
      // A server that answers with more than was asked for must not push the worker over its concurrency.
      for (const holding of held.slice(room)) finish(holding, UNWANTED, false);
      line.advance();
    },
    handBackWaiting: () => {
      for (const holding of line.clear()) {
        quotas.released(holding, false);
        finish(holding, lateEnd(holding, clock) ?? UNWANTED);
      }
    },
  };
}

/** How a job ends that may not be started any more when its turn comes; undefined = it may. */
function lateEnd(holding: Holding, clock: Clock): Outcome | undefined {
  if (holding.cause() === undefined && clock.now() >= holding.safeUntil()) holding.lose("lease_lost");
  const cause = holding.cause();
  if (cause === undefined) return undefined;
  return cause === "shutdown" ? UNWANTED : { kind: "silence" };
}
