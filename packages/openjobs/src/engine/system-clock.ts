/** The machine's own time, the only place of the engine that looks at it, and a store's in its stead. */
import type { Clock } from "../core/clock.ts";
import type { Storage } from "../storage/storage.ts";

/** `setTimeout` fires at once for anything longer. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Wall-clock time and unref'd timers: a server that only waits does not keep its process alive.
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

/**
 * The clock of an engine on this store, the default of `EngineOptions.clock`: the store's own if it has one, so that servers on
 * several machines agree on when a lease ends (design 3.7).
 */
export function clockOf({ clock }: Pick<Storage, "clock">): Clock {
  if (clock === undefined) return systemClock;
  return {
    now: () => clock.now(),
    // The two may come to differ by a little while it waits; whoever is called looks at the time anyway.
    schedule: (at, run) => systemClock.schedule(at - clock.now() + systemClock.now(), run),
  };
}
