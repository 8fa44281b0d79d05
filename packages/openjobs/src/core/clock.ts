/** Time as a dependency: everything that waits or stamps takes a clock, so that tests hold it in their hand. */
import { onAbort } from "./abort-listeners.ts";

/** A source of time and timers. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Runs `run` once at `at` (at once when that is past) and returns a function that cancels it. */
  schedule(at: number, run: () => void): () => void;
}

/**
 * Resolves after `ms` on the given clock, or as soon as `signal` is aborted: waking early is for the caller to notice.
 */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = (): void => {
      cancel();
      stopListening();
      resolve();
    };
    const stopListening = onAbort(signal, wake);
    const cancel = clock.schedule(clock.now() + ms, wake);
  });
}
