/**
 * Makes commits durable off the event loop. SQLite with `synchronous=FULL` syncs its log inside of COMMIT, while nothing
 * else can run; with NORMAL it leaves that out, and keeps all other syncs, those of a checkpoint and of a log that starts
 * anew. Then the missing one is a sync of the `-wal` file, which a thread can do, and nobody is answered before it. Requests
 * that come meanwhile make the next group (ADR 10).
 */
import { type OjsError, ojsError } from "../../core/errors.ts";
import type { Disk } from "./disk.ts";

/** A caller and the commit that the disk must have before it may go on. */
interface Waiting {
  readonly commit: number;
  readonly resolve: () => void;
  readonly reject: (error: OjsError) => void;
}

/**
 * Up to this long, in milliseconds, the sync for a caller who is alone is done on the event loop: the way to a thread and
 * back costs 0.08 ms, next to 0.2 ms for the sync. A slower disk is waited for in a thread, whoever waits.
 */
const SHORT_MS = 1;

/**
 * While the loop stands still nobody can come, so a caller would seem alone for ever. Every so many syncs one is done in a
 * thread all the same, and whoever comes meanwhile is company.
 */
const LOOK_UP_EVERY = 16;

/** Syncs the log of one database. Its owner counts the commits, from 1 on. */
export class LogSync {
  readonly #file: string;
  readonly #disk: Disk;
  readonly #handle: number;
  #waiting: Waiting[] = [];
  #busy = false;
  /** Those whom the sync under way covers, and the last commit that it does. */
  #round: Waiting[] = [];
  #covered = 0;
  /** Settles when no sync is under way. */
  #rounds: Promise<void> = Promise.resolve();
  /** The disk has all commits up to this one. */
  #durable = 0;
  /** How long the last sync took. */
  #lastMs = 0;
  /** How many syncs in a row were done on the loop. */
  #onLoop = 0;
  #failure: OjsError | undefined;

  /**
   * @param file The database; its log exists by now. A process that was killed may have left commits in it that never
   * reached the disk, and that everybody is going to see: they are synced here.
   */
  constructor(file: string, disk: Disk) {
    this.#file = file;
    this.#disk = disk;
    this.#handle = disk.open(`${file}-wal`);
    disk.syncNow(this.#handle);
  }

  /** @throws OjsError `backend_error` after a sync has failed: nobody knows what is on the disk since then. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Resolves when the disk has all commits up to this one; undefined when it has them.
   *
   * @param alone Whether nobody came while the commit before was under way.
   */
  cover(commit: number, alone: boolean): Promise<void> | undefined {
    this.check();
    if (commit <= this.#durable) return undefined;
    if (alone && this.#mayStopLoop()) return this.#syncNow(commit);
    this.#onLoop = 0;
    return new Promise((resolve, reject) => {
      // A read of what is being synced need not wait for another sync.
      const line = this.#busy && commit <= this.#covered ? this.#round : this.#waiting;
      line.push({ commit, resolve, reject });
      if (!this.#busy) this.#rounds = this.#syncAll();
    });
  }

  /** Resolves when no sync is under way. */
  rest(): Promise<void> {
    return this.#rounds;
  }

  /**
   * Only after the database: closing any handle of a file ends the POSIX locks that this process has on that file. SQLite
   * locks none on its log, and this way it would not matter if it did.
   */
  close(): void {
    this.#disk.close(this.#handle);
  }

  #mayStopLoop(): boolean {
    return !this.#busy && this.#lastMs <= SHORT_MS && this.#onLoop < LOOK_UP_EVERY - 1;
  }

  #syncNow(commit: number): undefined {
    const start = performance.now();
    try {
      this.#disk.syncNow(this.#handle);
    } catch (cause) {
      throw this.#fail(cause);
    }
    this.#lastMs = performance.now() - start;
    this.#onLoop += 1;
    this.#durable = commit;
  }

  /** One sync after the other while somebody waits; each covers every commit that was done before it started. */
  async #syncAll(): Promise<void> {
    this.#busy = true;
    for (let last = this.#waiting.at(-1); last !== undefined; last = this.#waiting.at(-1)) {
      this.#round = this.#waiting;
      this.#waiting = [];
      this.#covered = last.commit;
      await this.#sync();
    }
    this.#busy = false;
  }

  async #sync(): Promise<void> {
    const start = performance.now();
    try {
      await this.#disk.sync(this.#handle);
    } catch (cause) {
      const failure = this.#fail(cause);
      for (const { reject } of this.#round.concat(this.#waiting)) reject(failure);
      this.#waiting = [];
      return;
    }
    this.#lastMs = performance.now() - start;
    this.#durable = this.#covered;
    for (const { resolve } of this.#round) resolve();
  }

  /** A sync is never tried again: the system may have dropped what it could not write, and then says that all is well. */
  #fail(cause: unknown): OjsError {
    this.#failure = ojsError("backend_error", `SQLite file ${this.#file}: the disk did not take what was committed.`, {
      hint: "Look at the disk and at the system's log, then restart. Until then nothing is read or written; what was not answered may have happened or not.",
      cause,
    });
    return this.#failure;
  }
}
