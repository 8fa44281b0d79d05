/** Cron jobs whose time has come. Sleeps until the next one is due: cron jobs that are not cost nothing (§7.3). */
import type { StoredRecord } from "../../storage/records.ts";
import { answered } from "../storage-trouble.ts";
import type { CronParts } from "./cron-parts.ts";
import { CRON_KIND } from "./cron-record.ts";
import { seeTo } from "./slot.ts";

/** Cron jobs looked at in one go; they share a commit, and the event loop turns between two batches. */
const BATCH = 50;

/** Others may write to the same store, and clocks jump: never go without a look for longer. */
const MAX_REST_MS = 30_000;

/** After cron jobs that are due but cannot be seen to: looking again at once would not help. */
const STUCK_MS = 1_000;

/** Finds the cron jobs that are due. */
export class CronWork {
  readonly #context: CronParts;
  readonly #wakeBy: (at: number) => void;
  /** No later than the soonest alarm in the storage; at first everything may be due. */
  #next = Number.NEGATIVE_INFINITY;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(context: CronParts, wakeBy: (at: number) => void) {
    this.#context = context;
    this.#wakeBy = wakeBy;
  }

  /** When to look again. */
  get next(): number {
    return Math.min(this.#next, this.#lookedAt + MAX_REST_MS);
  }

  /** A cron job is due at this moment. Answers whether that is sooner than all that was known. */
  expectAt(at: number): boolean {
    if (at >= this.#next) return false;
    this.#next = at;
    this.#wakeBy(at);
    return true;
  }

  /** Does everything that is due. Rejects with `backend_error` when the storage does not answer. */
  async finish(): Promise<void> {
    while (this.#isDue()) await this.#batch();
  }

  /** The timer rings for many reasons. */
  #isDue(): boolean {
    const now = this.#context.clock.now();
    return this.#next <= now || Math.abs(now - this.#lookedAt) >= MAX_REST_MS;
  }

  async #batch(): Promise<void> {
    const { storage, clock } = this.#context;
    const now = clock.now();
    this.#lookedAt = now;
    const slots = await answered(storage.records.due(CRON_KIND, now, BATCH));
    const moved = await Promise.all(slots.map((record) => this.#attempt(record)));
    if (slots.length === BATCH && moved.includes(true)) return;
    await this.#lookAhead(moved.length > 0 && !moved.includes(true) ? now + STUCK_MS : now + 1);
  }

  async #lookAhead(earliest: number): Promise<void> {
    const { records } = this.#context.storage;
    // From here on `expect` lowers a fresh value; what the query does not see yet is announced after it.
    this.#next = Number.POSITIVE_INFINITY;
    const next = await answered(records.nextDue(CRON_KIND)).catch((error: unknown) => {
      this.#next = earliest;
      throw error;
    });
    this.#next = Math.min(this.#next, Math.max(next ?? Number.POSITIVE_INFINITY, earliest));
  }

  /** One that cannot be seen to must not hold up the others. */
  async #attempt(record: StoredRecord): Promise<boolean> {
    try {
      return await seeTo(this.#context, record);
    } catch (error) {
      this.#context.onError(error, `cron job ${record.id}`);
      return false;
    }
  }
}
