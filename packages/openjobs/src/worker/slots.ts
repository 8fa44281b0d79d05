/** Counts the jobs that a worker holds against those that it may hold, and wakes whoever waits for a change. */

/** See {@link createSlots}. */
export interface Slots {
  /** How many more jobs may be asked for now. */
  free(): number;
  /** How many are held. */
  used(): number;
  take(): void;
  give(): void;
  /** Sets free slots aside for jobs that are on their way, so that nobody else asks for jobs for them. */
  reserve(count: number): void;
  unreserve(count: number): void;
  /** Resolves at the next `give`, or when the signal is aborted. */
  freed(signal: AbortSignal): Promise<void>;
}

/** Slots for so many jobs at a time: the concurrency (ojs-worker-protocol §8), and those that are fetched ahead. */
export function createSlots(count: number): Slots {
  let used = 0;
  let reserved = 0;
  const waiting = new Set<() => void>();
  return {
    free: () => count - used - reserved,
    used: () => used,
    take: () => {
      used += 1;
    },
    give: () => {
      used -= 1;
      for (const wake of waiting) wake();
    },
    reserve: (count) => {
      reserved += count;
    },
    unreserve: (count) => {
      reserved -= count;
    },
    freed: (signal) =>
      new Promise((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        if (signal.aborted) return resolve();
        waiting.add(wake);
        signal.addEventListener("abort", wake, { once: true });
      }),
  };
}
