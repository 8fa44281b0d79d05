/** How to take back what a commit has done so far, in case it cannot be finished. */
export class Journal {
  readonly #undo: (() => void)[] = [];

  /** Notes how to take back the change that is made right after this call. */
  note(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** Takes everything back, the latest change first. */
  rollback(): void {
    for (const undo of this.#undo.reverse()) undo();
  }
}
