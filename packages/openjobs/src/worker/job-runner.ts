/** Runs fetched jobs in slots: holds each from its arrival until its outcome is settled. */

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

/**
 * Takes jobs that came from the server: as many as there are free slots are run, the others are returned without losing
 * an attempt. All are, when the worker does not take jobs any more.
 */
export function createRunner(deps: RunnerDeps): (jobs: readonly Job[]) => void {
  const { holdings, slots, settle, executor } = deps;
  const hold = (job: Job): Holding => {
    const leaseMs = job.visibilityTimeoutMs ?? deps.visibilityMs;
    const holding = holdings.add(job, leaseMs, deps.clock.now() + leaseMs);
    deps.onHeld(holding);
    return holding;
  };
  const start = (holding: Holding): void => {
    slots.take();
    execute(holding, executor, (outcome) =>
      settle(holding, outcome, true, () => {
        holdings.remove(holding);
        slots.give();
      }),
    );
  };
  const handBack = (holding: Holding): void => settle(holding, UNWANTED, false, () => holdings.remove(holding));
  return (jobs) => {
    const room = deps.isFetching() ? slots.free() : 0;
    // Held before the first one runs: a handler may keep the thread for long, and heartbeats must know them all by then.
    const held = jobs.map(hold);
    for (const holding of held.slice(0, room)) start(holding);
    // A server that answers with more than was asked for must not push the worker over its concurrency.
    for (const holding of held.slice(room)) handBack(holding);
  };
}
