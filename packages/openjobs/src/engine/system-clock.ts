/** The machine's own time: the only place of the engine that looks at it. */
import type { Clock } from "../core/clock.ts";

/** `setTimeout` fires at once for anything longer. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Wall-clock time and unref'd timers: a server that only waits does not keep its process alive.
 * The default of `EngineOptions.clock`.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(at, run) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = Math.max(0, at - Date.now());
      timer = setTimeout(left > MAX_TIMEOUT_MS ? arm : run, Math.min(left, MAX_TIMEOUT_MS));
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};
