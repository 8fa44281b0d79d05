/** The jobs this worker holds right now: from the fetch until their outcome is settled. */
import type { Job } from "../core/codec/job-decode.ts";
import { type AbortCause, JobAbortError } from "./abort-reason.ts";
import type { LeaseRef } from "./protocol.ts";

/** A held job. */
export interface Holding {
  readonly job: Job;
  readonly ref: LeaseRef;
  /** How long one extension lasts. */
  readonly leaseMs: number;
  readonly signal: AbortSignal;
  /** Until when, on this machine's clock, the server certainly keeps the job for us. */
  safeUntil(): number;
  extend(until: number): void;
  /** Tells the handler to stop; the first cause stays. */
  abort(cause: AbortCause): void;
}

/** See {@link createHoldings}. */
export interface Holdings {
  add(job: Job, leaseMs: number, safeUntil: number): Holding;
  remove(holding: Holding): void;
  get(jobId: string): Holding | undefined;
  all(): readonly Holding[];
  size(): number;
  /** Resolves once nothing is held. */
  empty(): Promise<void>;
}

/** An empty set of holdings. */
export function createHoldings(): Holdings {
  const held = new Map<string, Holding>();
  const waiting: (() => void)[] = [];
  return {
    add: (job, leaseMs, safeUntil) => {
      const holding = createHolding(job, leaseMs, safeUntil);
      held.set(job.id, holding);
      return holding;
    },
    remove: (holding) => {
      // A job can come back (lease lost, claimed again by us) before its first run has ended.
      if (held.get(holding.job.id) === holding) held.delete(holding.job.id);
      if (held.size === 0) for (const wake of waiting.splice(0)) wake();
    },
    get: (jobId) => held.get(jobId),
    all: () => [...held.values()],
    size: () => held.size,
    empty: () =>
      held.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
  };
}

function createHolding(job: Job, leaseMs: number, until: number): Holding {
  const controller = new AbortController();
  let safeUntil = until;
  return {
    job,
    ref: { jobId: job.id, lease: job.lease },
    leaseMs,
    signal: controller.signal,
    safeUntil: () => safeUntil,
    extend: (later) => {
      safeUntil = Math.max(safeUntil, later);
    },
    abort: (cause) => controller.abort(new JobAbortError(cause)),
  };
}
