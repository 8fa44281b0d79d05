/** Runs fetched jobs in slots: holds each from its arrival until its outcome is settled. */

import type { Clock } from "../core/clock.ts";
import type { Job } from "../core/codec/job-decode.ts";
import { type ExecutorDeps, execute } from "./executor.ts";
import { report } from "./failure-report.ts";
import type { Holding, Holdings } from "./holdings.ts";
import type { Outcome } from "./outcome.ts";
import { type SettlerDeps, settle } from "./settler.ts";
import type { Slots } from "./slots.ts";

/** What the runner works with. */
export interface RunnerDeps {
  readonly clock: Clock;
  readonly holdings: Holdings;
  readonly slots: Slots;
  readonly executor: ExecutorDeps;
  readonly settler: SettlerDeps;
  /** Lease of jobs that brought no visibility timeout of their own. */
  readonly visibilityMs: number;
  /** Called with every new holding, so that heartbeats come early enough for it. */
  readonly onHeld: (holding: Holding) => void;
}

/** See {@link createRunner}. */
export interface Runner {
  /** Runs the job in a slot. */
  start(job: Job): void;
  /** Returns jobs that will not be run; no attempt is lost. */
  handBack(jobs: readonly Job[]): void;
}

const UNWANTED: Outcome = {
  kind: "nack",
  error: report("shutdown", "the worker did not start the job", { code: "shutdown" }),
  requeue: true,
};

/** A runner over the given holdings and slots. */
export function createRunner(deps: RunnerDeps): Runner {
  const hold = (job: Job): Holding => {
    const leaseMs = job.visibilityTimeoutMs ?? deps.visibilityMs;
    const holding = deps.holdings.add(job, leaseMs, deps.clock.now() + leaseMs);
    deps.onHeld(holding);
    return holding;
  };
  const runOne = async (holding: Holding): Promise<void> => {
    try {
      const outcome = await execute(holding, deps.executor);
      await settle(holding, outcome, deps.settler);
    } finally {
      deps.holdings.remove(holding);
      deps.slots.give();
    }
  };
  const handBackOne = async (holding: Holding): Promise<void> => {
    await settle(holding, UNWANTED, deps.settler);
    deps.holdings.remove(holding);
  };
  return {
    start: (job) => {
      deps.slots.take();
      void runOne(hold(job)); // neither rejects: the executor and the settler answer with values
    },
    handBack: (jobs) => {
      for (const job of jobs) void handBackOne(hold(job));
    },
  };
}
