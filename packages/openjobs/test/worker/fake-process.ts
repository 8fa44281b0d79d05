/** A process that gets the signals that a test sends. */
import type { SignalSource } from "../../src/worker/host-process.ts";

export class FakeProcess implements SignalSource {
  readonly #listeners = new Map<string, Set<() => void>>();

  on(signal: string, listener: () => void): void {
    const listeners = this.#listeners.get(signal) ?? new Set();
    this.#listeners.set(signal, listeners.add(listener));
  }

  off(signal: string, listener: () => void): void {
    this.#listeners.get(signal)?.delete(listener);
  }

  /** False when nobody listens: the process would do what it does by default. */
  send(signal: string): boolean {
    const listeners = [...(this.#listeners.get(signal) ?? [])];
    for (const listener of listeners) listener();
    return listeners.length > 0;
  }

  get listening(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }
}
