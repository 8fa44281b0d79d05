/** Jobs that somebody waits for. */
import type { JobOutcome } from "../calls/results.ts";

/** Somebody who waits. */
export interface Waiter {
  readonly ended: (outcome: JobOutcome) => void;
  readonly failed: (error: unknown) => void;
}

/** A job that some wait for. */
export class Wait {
  readonly id: string;
  /** Once it is known. */
  queue: string | undefined;
  readonly waiters: Set<Waiter> = new Set();
  /** Aborted when nobody waits any more. */
  readonly left: AbortController = new AbortController();
  /** Whether the job was looked at after a stream began to tell of it: a later end will be told. */
  isSure = false;
  /** Whether its end was told; the look at it is on its way. */
  isEnding = false;
  /** Whether somebody is looking at it. */
  isInSight = false;
  /** Whether something was told during the look. */
  mustLookAgain = false;

  constructor(id: string, queue: string | undefined) {
    this.id = id;
    this.queue = queue;
  }
}

/** By the id of the job. */
export type Waits = Map<string, Wait>;
