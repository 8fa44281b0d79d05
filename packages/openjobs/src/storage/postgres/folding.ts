import type { Database } from "./database.ts";

const FOLD = "SELECT @.fold_v1($1::integer)";

/** How long deltas may lie around after a commit. Reads add them up, so this is only about how many they are. */
const FOLD_AFTER_MS = 1_000;

/** Folds the deltas of counters now and then: after commits, never while nothing happens. */
export class Folding {
  readonly #database: Database;
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** There are new deltas. */
  note(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // Whoever comes next folds these as well.
      this.fold().catch(() => undefined);
    }, FOLD_AFTER_MS);
    this.#timer.unref();
  }

  /** Folds some; the rest follows by itself. */
  async fold(): Promise<void> {
    const folded = await this.#database.value(FOLD, [this.#database.settings.lockClass]);
    if (Number(folded) > 0) this.note();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
