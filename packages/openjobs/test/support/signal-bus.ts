/** Several engines on one storage, told of each other as a shared store would do it. */
import type { SignalListener, Signals } from "../../src/storage/signals.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { wrapStorage } from "./storage-wrapper.ts";

/** What connects them; a test may listen in, and cut it. */
export class SignalBus {
  readonly #listeners = new Set<SignalListener>();
  /** Everything that was published, lost or not. */
  readonly texts: string[] = [];
  /** While true, nothing arrives. */
  isCut = false;

  /** The same storage as one of several servers sees it, and how that server is cut off for good. */
  connect(inner: Storage): { readonly storage: Storage; cut(): void } {
    const own = new Set<SignalListener>();
    const others = (): SignalListener[] => [...this.#listeners].filter((listener) => !own.has(listener));
    const cut = (): void => {
      for (const listener of own) this.#listeners.delete(listener);
      own.clear();
    };
    const signals: Signals = {
      get company() {
        return others().length > 0;
      },
      get others() {
        return others().length;
      },
      publish: async (text) => {
        this.texts.push(text);
        if (!this.isCut && own.size > 0) for (const { heard } of others()) heard(text);
      },
      subscribe: (listener) => {
        own.add(listener);
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
    };
    return { storage: wrapStorage(inner, { signals }), cut };
  }

  /** Publishes something that no server has written. */
  inject(text: string): void {
    for (const { heard } of this.#listeners) heard(text);
  }

  /** The way is open again. */
  mend(): void {
    this.isCut = false;
    for (const { missed } of this.#listeners) missed();
  }
}
