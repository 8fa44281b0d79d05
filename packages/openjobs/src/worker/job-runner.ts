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
  const line = new Line(concurrency, (holding, ended) => {
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
        slots.take();
        line.add(holding);
      }
      // A server that answers with more than was asked for must not push the worker over its concurrency.
      for (const holding of held.slice(room)) finish(holding, UNWANTED, false);
      line.advance();
    },
    handBackWaiting: () => {
      for (const holding of line.clear()) finish(holding, lateEnd(holding, clock) ?? UNWANTED);
    },
  };
}

/** Starts one and calls `ended`, once, when it has ended. */
type Start = (holding: Holding, ended: (tell: () => void) => void) => void;

/** Jobs that wait for their turn. */
class Line {
  readonly #concurrency: number;
  readonly #start: Start;
  readonly #waiting: Holding[] = [];
  #running = 0;
  #isStarting = false;

  constructor(concurrency: number, start: Start) {
    this.#concurrency = concurrency;
    this.#start = start;
  }

  add(holding: Holding): void {
    this.#waiting.push(holding);
  }

  /** Takes out all that wait. */
  clear(): readonly Holding[] {
    return this.#waiting.splice(0);
  }

  /**
   * Starts as many as may run. A handler may end before its start returns, so this is a loop: the next job would be started inside
   * of that one, and so on. A turn of the event loop starts no more than `concurrency`: others get theirs, and outcomes leave in
   * parts, of which the server stores one while the next jobs run.
   */
  advance(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    for (let started = 0; this.#hasRoom && started < this.#concurrency; started += 1) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#begin(next);
    }
    if (this.#waiting.length > 0 && this.#hasRoom) atEndOfTurn(() => this.#goOn());
    else this.#isStarting = false;
  }

  get #hasRoom(): boolean {
    return this.#running < this.#concurrency;
  }

  #begin(holding: Holding): void {
    this.#running += 1;
    this.#start(holding, (tell) => {
      this.#running -= 1;
      tell();
      this.advance();
    });
  }

  #goOn(): void {
    this.#isStarting = false;
    this.advance();
  }
}

/** How a job ends that may not be started any more when its turn comes; undefined = it may. */
function lateEnd(holding: Holding, clock: Clock): Outcome | undefined {
  if (holding.cause() === undefined && clock.now() >= holding.safeUntil()) holding.lose("lease_lost");
  const cause = holding.cause();
  if (cause === undefined) return undefined;
  return cause === "shutdown" ? UNWANTED : { kind: "silence" };
}
