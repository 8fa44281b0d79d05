/** What somebody who watches commits finds wrong with them, kept until the story is over: the engine must not take it for trouble of the storage. */
export class Violations {
  readonly #found: unknown[] = [];

  /** Waits for a look at a commit, which rejects when something is wrong. */
  async of(look: Promise<void>): Promise<void> {
    await look.catch((error: unknown) => this.#found.push(error));
  }

  /** Throws the first. */
  check(): void {
    const [violation] = this.#found;
    if (violation !== undefined) throw violation;
  }
}
