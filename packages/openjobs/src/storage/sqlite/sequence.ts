import type { Database } from "./database.ts";

const LAST_SEQ = "SELECT max(coalesce((SELECT max(seq) FROM jobs), 0), (SELECT last_seq FROM removals))";

/** Numbers for new jobs. They grow and never repeat; those of refused inserts are left out. */
export class Sequence {
  #last: number;

  constructor(database: Database) {
    this.#last = Number(database.value(LAST_SEQ));
  }

  /** The last number that was given out. */
  get last(): number {
    return this.#last;
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}
