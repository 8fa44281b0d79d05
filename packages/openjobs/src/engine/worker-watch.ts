/**
 * The lives of workers: their events, and their death (worker-protocol §10, decisions 1.2). A worker that has beaten and
 * then falls silent is dead; one that never beats only has the visibility timeout.
 */
import type { Clock } from "../core/clock.ts";
import type { JobRecord } from "../core/job.ts";
import { loseLease } from "../core/lifecycle/fail.ts";
import { DEFAULTS } from "../core/limits.ts";
import type { Storage, WorkerRecord } from "../storage/storage.ts";
import type { Announcer } from "./announcer.ts";
import type { Committer } from "./committer.ts";
import { move, nothing } from "./move.ts";
import { answered } from "./storage-trouble.ts";
import type { Decided, Decision } from "./submission.ts";

/** What the watch needs of an engine. */
export interface WorkerWatchParts {
  readonly storage: Pick<Storage, "jobs" | "workers">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly committer: Committer;
  readonly announcer: Announcer;
  /** Asks the timer for a ring at this moment or before. */
  readonly wakeBy: (at: number) => void;
}

const BATCH = 50;

/** Knows which workers there are, and when the next one could be dead. */
export class WorkerWatch {
  readonly #parts: WorkerWatchParts;
  /** Workers that have beaten here, as they were then, for events about changes. They leave it when they say goodbye or die. */
  readonly #known = new Map<string, Pick<WorkerRecord, "state" | "lastBeatAt">>();
  #next = Number.NEGATIVE_INFINITY;

  constructor(parts: WorkerWatchParts) {
    this.#parts = parts;
  }

  /** When to look for dead workers again. */
  get next(): number {
    return this.#next;
  }

  /** A heartbeat has been committed. */
  beaten(worker: WorkerRecord, leaving: boolean, at: number): void {
    const { announcer } = this.#parts;
    const before = this.#known.get(worker.id)?.state;
    if (before === undefined) announcer.worker("worker.started", worker, at);
    announcer.worker("worker.heartbeat", worker, at);
    if (worker.state === "quiet" && before !== "quiet") announcer.worker("worker.quiet", worker, at);
    if (leaving) {
      this.#gone(worker, "shutdown", at);
      return;
    }
    this.#known.set(worker.id, { state: worker.state, lastBeatAt: worker.lastBeatAt });
    this.#expect(worker.lastBeatAt + DEFAULTS.deadWorkerMs);
  }

  /** Releases the leases of dead workers. Rejects with `backend_error` when the storage does not answer. */
  async buryDead(): Promise<void> {
    const { storage, clock } = this.#parts;
    const now = clock.now();
    let silent: readonly WorkerRecord[];
    do {
      silent = await answered(storage.workers.silent(now - DEFAULTS.deadWorkerMs, BATCH));
      for (const worker of silent) await this.#bury(worker);
    } while (silent.length === BATCH);
    this.#forget(now - DEFAULTS.deadWorkerMs);
    // A beat that this does not see yet is committed, and expected, after it.
    this.#next = Number.POSITIVE_INFINITY;
    const oldest = (await answered(storage.workers.oldestBeat())) ?? Number.POSITIVE_INFINITY;
    this.#expect(Math.max(oldest + DEFAULTS.deadWorkerMs, now + 1));
  }

  /** Those that beat at another server now: they end there. */
  #forget(cutoff: number): void {
    for (const [id, { lastBeatAt }] of this.#known) if (lastBeatAt <= cutoff) this.#known.delete(id);
  }

  /** One commit: the worker is forgotten and its jobs are free, or it has beaten meanwhile and nothing happens. */
  async #bury(worker: WorkerRecord): Promise<void> {
    const { storage, committer } = this.#parts;
    const leased = await answered(storage.jobs.leasedBy(worker.id));
    await committer.decide(this.#death(worker, leased));
  }

  #death(worker: WorkerRecord, leased: readonly JobRecord[]): Decision<void> {
    const { announcer, random } = this.#parts;
    const { id, lastBeatAt } = worker;
    return {
      ids: leased.map((job) => job.id),
      decide: (jobs, { now, refused }): Decided<void> => {
        if (refused?.id === id) return nothing(undefined);
        const held = jobs.filter((job) => job !== undefined).filter((job) => diesWith(id, job, now));
        const moves = held.map((job) => move(announcer, job, loseLease(job, "worker_death", { now, random }), now));
        return {
          effects: [{ kind: "forget-worker", id, lastBeatAt }, ...moves.flatMap(({ effects }) => effects)],
          committed: () => {
            this.#gone(worker, "error", now);
            for (const { committed } of moves) committed();
          },
        };
      },
    };
  }

  #expect(death: number): void {
    if (death >= this.#next) return;
    this.#next = death;
    this.#parts.wakeBy(death);
  }

  #gone(worker: WorkerRecord, stopReason: "shutdown" | "error", at: number): void {
    this.#known.delete(worker.id);
    this.#parts.announcer.worker("worker.stopped", { ...worker, stopReason }, at);
  }
}

/** A job that names how long it may be silent, and has beaten, is held to that and not to its worker's beats. */
function diesWith(workerId: string, job: JobRecord, now: number): boolean {
  const hasPatience = job.stallAt !== null && job.stallAt > now;
  return job.state === "active" && job.workerId === workerId && !hasPatience;
}
