/**
 * A storage that is torn away from its engine, as by kill −9: at a chosen commit, before it or after it. Nothing changes between two
 * commits, so that these are all the moments between storage calls that can be told apart afterwards.
 */
import type { Storage } from "../../src/storage/storage.ts";
import { wrapCalls, wrapStorage } from "./storage-wrapper.ts";

/** Whether the commit at which the crash happens still becomes durable. */
export type CrashPoint = "before" | "after";

export class CrashingStorage {
  readonly storage: Storage;
  #crashed = false;
  #armed: { readonly point: CrashPoint; left: number } | undefined;

  constructor(inner: Storage) {
    const commit: Storage["commit"] = async (group) => {
      const point = this.#crashPoint();
      if (point === "before") throw crash();
      const outcome = await inner.commit(group);
      if (point === "after") throw crash();
      return outcome;
    };
    this.storage = wrapCalls(wrapStorage(inner, { commit }), (call) => (...args) => {
      return this.#crashed ? Promise.reject(crash()) : call(...args);
    });
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  /** Crashes now. */
  crash(): void {
    this.#crashed = true;
  }

  /** Crashes at the commit after `spared` more. */
  arm(point: CrashPoint, spared: number): void {
    this.#armed ??= { point, left: spared };
  }

  #crashPoint(): CrashPoint | undefined {
    if (this.#armed === undefined) return undefined;
    if (this.#armed.left > 0) {
      this.#armed.left -= 1;
      return undefined;
    }
    this.#crashed = true;
    return this.#armed.point;
  }
}

function crash(): Error {
  return new Error("The process was killed.");
}
