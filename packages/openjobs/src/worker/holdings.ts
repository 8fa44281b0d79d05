/** The jobs this worker holds right now: from the fetch until their outcome is settled. */
import type { Job } from "../core/codec/job-decode.ts";
import { type AbortCause, JobAbortError } from "./abort-reason.ts";
import type { Ending } from "./outcome.ts";
import type { LeaseRef } from "./protocol.ts";

/** A job under one lease. The same job under a later lease is another holding. */
export interface Holding {
  readonly job: Job;
  readonly ref: LeaseRef;
  /** How long one extension lasts. */
  readonly leaseMs: number;
  /** What the handler listens to; made when somebody asks for it, which few handlers do. */
  readonly signal: AbortSignal;
  /** Until when, by this machine's clock, the server should keep the job for us. */
  safeUntil(): number;
  extend(until: number): void;
  /** Tells the handler to stop, if it still runs; the first cause stays. */
  abort(cause: AbortCause): void;
  /** Why the handler was told to stop; undefined when it was not. */
  cause(): AbortCause | undefined;
  /** Calls the listener, of which there is one, when the handler is told to stop. */
  onAbort(listener: () => void): void;
  /** The server has given the job away: the handler is told, and heartbeats do not list it any more. */
  lose(cause: "cancelled" | "lease_lost"): void;
  isLost(): boolean;
  /** The handler has ended; its signal stays as it is from now on. */
  endRun(): void;
  /** What is left to do between the end of the handler and its outcome; undefined for most jobs. Never rejects. */
  conclude: ((ending: Ending) => Promise<Ending>) | undefined;
}

/** See {@link createHoldings}. */
export interface Holdings {
  add(job: Job, leaseMs: number, safeUntil: number): Holding;
  remove(holding: Holding): void;
  all(): readonly Holding[];
  /** Those that the server may still count as ours; no job is among them twice. */
  kept(): readonly Holding[];
  /** Resolves once nothing is held. */
  empty(): Promise<void>;
}

/** An empty set of holdings. */
export function createHoldings(): Holdings {
  const held = new Set<Holding>();
  const latest = new Map<string, Holding>();
  const waiting: (() => void)[] = [];
  return {
    add: (job, leaseMs, safeUntil) => {
      // A job that is handed out again while we run it was taken from us, even if no heartbeat has told so yet.
      latest.get(job.id)?.lose("lease_lost");
      const holding = new HeldJob(job, leaseMs, safeUntil);
      latest.set(job.id, holding);
      held.add(holding);
      return holding;
    },
    remove: (holding) => {
      held.delete(holding);
      if (latest.get(holding.job.id) === holding) latest.delete(holding.job.id);
      if (held.size === 0) for (const wake of waiting.splice(0)) wake();
    },
    all: () => [...held],
    kept: () => [...held].filter((holding) => !holding.isLost()),
    empty: () => (held.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}

class HeldJob implements Holding {
  readonly job: Job;
  readonly ref: LeaseRef;
  readonly leaseMs: number;
  conclude: Holding["conclude"] = undefined;
  #safeUntil: number;
  #lost = false;
  #running = true;
  #cause: AbortCause | undefined;
  #controller: AbortController | undefined;
  #listener: (() => void) | undefined;

  constructor(job: Job, leaseMs: number, safeUntil: number) {
    this.job = job;
    this.ref = { jobId: job.id, lease: job.lease, attempt: job.attempt };
    this.leaseMs = leaseMs;
    this.#safeUntil = safeUntil;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#cause !== undefined) this.#controller.abort(new JobAbortError(this.#cause));
    }
    return this.#controller.signal;
  }

  safeUntil(): number {
    return this.#safeUntil;
  }

  extend(until: number): void {
    this.#safeUntil = Math.max(this.#safeUntil, until);
  }

  abort(cause: AbortCause): void {
    if (!this.#running || this.#cause !== undefined) return;
    this.#cause = cause;
    this.#controller?.abort(new JobAbortError(cause));
    this.#listener?.();
  }

  cause(): AbortCause | undefined {
    return this.#cause;
  }

  onAbort(listener: () => void): void {
    this.#listener = listener;
  }

  lose(cause: "cancelled" | "lease_lost"): void {
    this.#lost = true;
    this.abort(cause);
  }

  isLost(): boolean {
    return this.#lost;
  }

  endRun(): void {
    this.#running = false;
    this.#listener = undefined;
  }
}
