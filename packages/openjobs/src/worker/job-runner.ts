/** Runs fetched jobs: holds each from its arrival until its outcome is settled. */

import { atEndOfTurn } from "../client/end-of-turn.ts";
import type { Clock } from "../core/clock.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { type ExecutorDeps, execute } from "./executor.ts";
import { report } from "./failure-report.ts";
import type { Holding, Holdings } from "./holdings.ts";
import type { Outcome } from "./outcome.ts";
import type { Settle } from "./settler.ts";
import type { Slots } from "./slots.ts";

/** What the runner works with. */
export interface RunnerDeps {
  readonly clock: Clock;
  readonly holdings: Holdings;
  readonly slots: Slots;
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
  const { clock, holdings, slots, settle, executor, concurrency } = deps;
  const waiting: Holding[] = [];
  let running = 0;
  let isStarting = false;
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
  const start = (holding: Holding): void => {
    const late = lateEnd(holding, clock);
    if (late !== undefined) {
      finish(holding, late);
      return;
    }
    running += 1;
    execute(holding, executor, (outcome) => {
      running -= 1;
      finish(holding, outcome);
      startWaiting();
    });
  };
  /**
   * A handler may end before `start` returns, so this is a loop: the next job would be started inside of that one, and so on. A turn
   * of the event loop starts no more than `concurrency`: others get theirs, and outcomes leave in parts, of which the server
   * stores one while the next jobs run.
   */
  const startWaiting = (): void => {
    if (isStarting) return;
    isStarting = true;
    for (let started = 0; running < concurrency && started < concurrency; started += 1) {
      const next = waiting.shift();
      if (next === undefined) break;
      start(next);
    }
    if (waiting.length > 0 && running < concurrency) atEndOfTurn(goOn);
    else isStarting = false;
  };
  const goOn = (): void => {
    isStarting = false;
    startWaiting();
  };
  return {
    take: (jobs) => {
      const room = deps.isFetching() ? slots.free() : 0;
      // Held before the first one runs: a handler may keep the thread for long, and heartbeats must know them all by then.
      const held = jobs.map(hold);
      for (const holding of held.slice(0, room)) {
        slots.take();
        waiting.push(holding);
      }
      // A server that answers with more than was asked for must not push the worker over its concurrency.
      for (const holding of held.slice(room)) finish(holding, UNWANTED, false);
      startWaiting();
    },
    handBackWaiting: () => {
      for (const holding of waiting.splice(0)) finish(holding, lateEnd(holding, clock) ?? UNWANTED);
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
