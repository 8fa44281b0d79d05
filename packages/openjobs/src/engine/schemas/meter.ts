/** Counts the work of one check, so that no schema and no arguments hold the event loop for long. */

/** Thrown when a check has used up its steps. */
export class TooMuchWork extends Error {
  override readonly name: string = "TooMuchWork";
}

/** See above. Checks do not overlap: they are synchronous. */
export class Meter {
  #left = 0;

  /** Begins a check that may take so many steps. */
  start(steps: number): void {
    this.#left = steps;
  }

  /** @throws TooMuchWork when there are no steps left. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new TooMuchWork("The check takes too many steps.");
  }
}
