/**
 * Jobs whose time has come: schedules, retries, expiry, lease ends, timeouts (design 3.7). The timer does them all; a
 * fetch does what is due before it claims; reading a job does that one.
 */
import type { Clock } from "../core/clock.ts";
import type { JobRecord } from "../core/job.ts";
import { decideDue } from "../core/lifecycle/due.ts";
import type { LifecycleContext, Transition } from "../core/lifecycle/transition.ts";
import type { Storage } from "../storage/storage.ts";
import type { Announcer } from "./announcer.ts";
import type { Committer } from "./committer.ts";
import { move, nothing } from "./move.ts";
import { answered } from "./storage-trouble.ts";

/** What due work needs of an engine. */
export interface DueWorkParts {
  readonly storage: Pick<Storage, "jobs">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly committer: Committer;
  readonly announcer: Announcer;
  readonly onError: (error: unknown, context: string) => void;
  /** Asks the timer for a ring at this moment or before. */
  readonly wakeBy: (at: number) => void;
  /** Whether other servers may look at the same jobs. */
  readonly hasCompany: () => boolean;
}

/**
 * Jobs looked at in one go; they share a commit, and the event loop turns between two batches: a few milliseconds, so that
 * nobody notices when a hundred thousand are due in the same second.
 */
const BATCH = 125;

/** What a fetch does at most before it claims, so that a mountain of due jobs does not keep it waiting. */
const CATCH_UP_BATCHES = 8;

/** After jobs that are due but cannot be moved: something is wrong with them, and looking at once would not help. */
const STUCK_MS = 1_000;

/**
 * How much later a server looks after another one was faster, until it finds something that nobody has seen to. So one of a
 * fleet does the work, and if it dies another one is late by this much, once.
 */
const LAG_MS = 200;

/** Finds and moves due jobs. Knows when the next one is due without asking the storage each time. */
export class DueWork {
  readonly #parts: DueWorkParts;
  /** No later than the soonest `dueAt` in the storage; at first everything may be due. */
  #next = Number.NEGATIVE_INFINITY;
  #batch: Promise<void> | undefined;
  #lagMs = 0;

  constructor(parts: DueWorkParts) {
    this.#parts = parts;
  }

  /** When to look again. */
  get next(): number {
    return this.#next + this.#lagMs;
  }

  /** A job is due at this moment. Answers whether that is sooner than all that was known. */
  expect(at: number): boolean {
    if (at >= this.#next) return false;
    this.#next = at;
    this.#parts.wakeBy(this.next);
    return true;
  }

  /** Does what is due, within bounds. Rejects with `backend_error` when the storage does not answer. */
  async catchUp(): Promise<void> {
    for (let batch = 0; batch < CATCH_UP_BATCHES && this.#isDue(); batch += 1) await this.#runBatch();
  }

  /** Asks the storage, which others may have written to, and does everything that is due. Rejects as `catchUp`. */
  async finish(): Promise<void> {
    do await this.#runBatch();
    while (this.#isDue());
  }

  /** Moves this job if its time has come, and answers it as it is then; undefined when there is no such job. */
  settle(id: string): Promise<JobRecord | undefined> {
    const { committer, announcer, random } = this.#parts;
    return committer.decide({
      ids: [id],
      decide([job], { now }) {
        const transition = job === undefined ? null : decideDue(job, { now, random });
        return job === undefined || transition === null ? nothing(job) : move(announcer, job, transition, now);
      },
    });
  }

  #isDue(): boolean {
    return this.next <= this.#parts.clock.now();
  }

  /** Fetches and the timer share a batch that is under way. */
  #runBatch(): Promise<void> {
    this.#batch ??= this.#moveSome().finally(() => {
      this.#batch = undefined;
    });
    return this.#batch;
  }

  async #moveSome(): Promise<void> {
    const { storage, clock } = this.#parts;
    const now = clock.now();
    const due = await answered(storage.jobs.due(now - this.#lagMs, BATCH));
    const moved = due.length > 0 && (await this.#moveAll(due));
    if (due.length === BATCH && moved) return;
    // From here on `expect` lowers a fresh value; what the query below does not see yet is announced after it.
    this.#next = Number.POSITIVE_INFINITY;
    const next = await answered(storage.jobs.nextDue()).catch((error: unknown) => {
      this.#next = now;
      throw error;
    });
    const earliest = due.length > 0 && !moved ? now + STUCK_MS : now - this.#lagMs + 1;
    this.#next = Math.min(this.#next, Math.max(next ?? Number.POSITIVE_INFINITY, earliest));
  }

  /** Whether any of them was moved. One by one only when somebody else was faster with one of them. */
  async #moveAll(due: readonly JobRecord[]): Promise<boolean> {
    const together = await this.#moveTogether(due);
    this.#lagMs = together === undefined && this.#parts.hasCompany() ? LAG_MS : 0;
    if (together !== undefined) return together;
    return (await Promise.all(due.map((job) => this.#tryToMove(job)))).includes(true);
  }

  /**
   * All in one unit, decided over what was read just now: a third of the price of as many units, each of which reads its
   * job again. Undefined when a job has changed meanwhile.
   */
  #moveTogether(due: readonly JobRecord[]): Promise<boolean | undefined> {
    const { committer, announcer, random } = this.#parts;
    return committer.decide<boolean | undefined>({
      ids: [],
      rows: due.length,
      decide: (_jobs, { now, refused }) => {
        if (refused !== undefined) return nothing(undefined);
        const moves = due.flatMap((job) => {
          const transition = this.#decide(job, { now, random });
          return transition === null ? [] : [move(announcer, job, transition, now)];
        });
        return {
          effects: moves.flatMap(({ effects }) => effects),
          committed: () => {
            for (const { committed } of moves) committed();
            return moves.length > 0;
          },
        };
      },
    });
  }

  /** One job about which nothing can be decided must not hold up the others. */
  #decide(job: JobRecord, context: LifecycleContext): Transition | null {
    try {
      return decideDue(job, context);
    } catch (error) {
      this.#parts.onError(error, `due job ${job.id}`);
      return null;
    }
  }

  /** One job that cannot be moved must not hold up the others. */
  async #tryToMove(job: JobRecord): Promise<boolean> {
    try {
      const after = await this.settle(job.id);
      return after?.revision !== job.revision;
    } catch (error) {
      this.#parts.onError(error, `due job ${job.id}`);
      return false;
    }
  }
}
