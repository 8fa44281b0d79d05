/** A storage like a database that works on two commits at a time, and on the second one faster. */
import type { Storage } from "../../src/storage/storage.ts";
import { wrapStorage } from "./storage-wrapper.ts";

export class OvertakenStorage {
  readonly storage: Storage;
  #armed = false;
  #held: (() => void) | undefined;

  constructor(inner: Storage) {
    this.storage = wrapStorage(inner, {
      traits: { ...inner.traits, synchronous: false },
      commit: async (group) => {
        if (this.#armed) {
          this.#armed = false;
          await new Promise<void>((resolve) => {
            this.#held = resolve;
          });
          return inner.commit(group);
        }
        const outcome = await inner.commit(group);
        this.#held?.();
        return outcome;
      },
    });
  }

  /** The next commit is applied when the one after it has been. */
  arm(): void {
    this.#armed = true;
  }
}
