/** Lets as many tests work at the same time as this process keeps up with. */

/** How long it rests before each; what a rest takes beyond that is how late this process is. */
const REST_MS = 10;
const LATE_MS = 30;
/** So many work at once on the busiest machine: most of a test is waiting. */
const FEW = 4;

/**
 * Forty tests at once are right on a quiet machine. On a busy one they would only make each other's requests late, and what a test
 * sees then is not the fault that it is about.
 */
export class Admission {
  #inside = 0;
  #last: Promise<void> = Promise.resolve();

  /** Resolves when it is this one's turn, in the order of calls. Whoever was let in says {@link leave} once. */
  enter(): Promise<void> {
    this.#last = this.#last.then(() => this.#admit());
    return this.#last;
  }

  leave(): void {
    this.#inside -= 1;
  }

  async #admit(): Promise<void> {
    while ((await latenessOfRest()) > LATE_MS && this.#inside >= FEW);
    this.#inside += 1;
  }
}

async function latenessOfRest(): Promise<number> {
  const since = performance.now();
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  return performance.now() - since - REST_MS;
}
