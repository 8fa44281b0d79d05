/** A fast wrong answer is no result: each run counts what it did. */

/** Throws unless both numbers are the same. */
export function expectEqual(what, actual, expected) {
  if (actual !== expected) throw new Error(`${what}: ${actual} instead of ${expected}`);
}

/** Remembers which of the jobs 0 … size-1 ran. */
export class Ledger {
  #seen;
  #twice = 0;
  handled = 0;

  constructor(size) {
    this.#seen = new Uint8Array(size);
  }

  note(n) {
    this.handled += 1;
    if (this.#seen[n] === 1) this.#twice += 1;
    this.#seen[n] = 1;
  }

  get isFull() {
    return this.handled >= this.#seen.length;
  }

  /** Throws unless each job ran once. */
  check() {
    const missing = this.#seen.reduce((count, seen) => count + (seen === 0 ? 1 : 0), 0);
    if (missing + this.#twice > 0) throw new Error(`${missing} jobs never ran, ${this.#twice} ran twice`);
  }
}
