/** The machine's own time, for calls that somebody waits for. */
import type { Clock } from "../core/clock.ts";

/** `setTimeout` fires at once for anything longer. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Wall-clock time and plain timers. They keep a Node process alive on purpose: each belongs to a call whose caller waits
 * for the answer or the timeout, and is cancelled as soon as that call is settled, so none outlives it.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(at, run) {
    let timer: ReturnType<typeof setTimeout>;
    const arm = (): void => {
      const left = Math.max(0, at - Date.now());
      timer = setTimeout(left > MAX_TIMEOUT_MS ? arm : run, Math.min(left, MAX_TIMEOUT_MS));
    };
    arm();
    return () => clearTimeout(timer);
  },
};
