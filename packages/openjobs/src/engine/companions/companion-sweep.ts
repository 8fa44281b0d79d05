/** Removes what is left of jobs that are gone. */
import type { Clock } from "../../core/clock.ts";
import type { StoredRecord } from "../../storage/records.ts";
import type { Effect, Storage } from "../../storage/storage.ts";
import type { Committer } from "../committer.ts";
import { answered } from "../storage-trouble.ts";
import { COMPANION_KINDS, type CompanionKind, companionIn, LOOK_AGAIN_MS } from "./companion.ts";

/** What the sweep needs of an engine. */
export interface SweepParts {
  readonly storage: Pick<Storage, "jobs" | "records">;
  readonly clock: Clock;
  readonly committer: Committer;
  readonly newId: () => string;
  readonly onError: (error: unknown, context: string) => void;
}

const BATCH = 100;

/** Nobody waits for it, so it is a question now and then, also while there is nothing to find. */
const EVERY_MS = 60 * 60 * 1_000;

/** After trouble. */
const TRY_AGAIN_MS = 60_000;

/** Looks every hour at the companions whose jobs were not looked for since a day. */
export class CompanionSweep {
  readonly #parts: SweepParts;
  #next: number;

  constructor(parts: SweepParts) {
    this.#parts = parts;
    this.#next = parts.clock.now() + EVERY_MS;
  }

  /** When to sweep again. */
  get next(): number {
    return this.#next;
  }

  /** Takes one step, a batch of each kind. Never rejects: what goes wrong is told, and tried again later. */
  async sweep(): Promise<void> {
    const { clock, onError } = this.#parts;
    const now = clock.now();
    if (now < this.#next) return;
    this.#next = now + EVERY_MS;
    try {
      for (const kind of COMPANION_KINDS) {
        if ((await this.#look(kind, now)) === BATCH) this.#next = now;
      }
    } catch (error) {
      this.#next = now + TRY_AGAIN_MS;
      onError(error, "companions of jobs");
    }
  }

  async #look(kind: CompanionKind, now: number): Promise<number> {
    const { storage, committer } = this.#parts;
    const records = await answered(storage.records.due(kind, now, BATCH));
    const ids = records.map(({ id }) => id);
    if (ids.length === 0) return 0;
    const jobs = await answered(storage.jobs.get(ids));
    // Each for itself: one that was changed meanwhile is looked at again in a day, and keeps none of the others.
    await Promise.all(
      records.map((record, index) =>
        committer.insert({ effects: [this.#effectOn(record, jobs[index]?.createdAt, now)] }, ONE, () => undefined),
      ),
    );
    return records.length;
  }

  #effectOn(record: StoredRecord, jobCreatedAt: number | undefined, now: number): Effect {
    const { kind, id, revision } = record;
    if (companionIn(record).jobCreatedAt === jobCreatedAt) {
      const later = { ...record, revision: this.#parts.newId(), dueAt: now + LOOK_AGAIN_MS };
      return { kind: "put-record", record: later, before: revision };
    }
    return { kind: "remove-record", key: { kind, id }, before: revision };
  }
}

const ONE = { weight: 1, bytes: 0 };
