/** Jobs and workflows that somebody waits for. */

/** Somebody who waits. */
export interface Waiter<Outcome> {
  readonly ended: (outcome: Outcome) => void;
  readonly failed: (error: unknown) => void;
}

/** A job or a workflow that some wait for. */
export class Wait<Outcome> {
  readonly id: string;
  /** Of a job, once it is known. */
  queue: string | undefined;
  readonly waiters: Set<Waiter<Outcome>> = new Set();
  /** Aborted when nobody waits any more. */
  readonly left: AbortController = new AbortController();
  /** Whether it was looked at after a stream began to tell of it: a later end will be told. */
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

/** What waits have to do with channels. */
export type Waited = Pick<Wait<unknown>, "id" | "queue">;

/** By the id of the job or workflow. */
export type Waits<Outcome> = Map<string, Wait<Outcome>>;
