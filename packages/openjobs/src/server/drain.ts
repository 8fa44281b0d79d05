/** Shutting down: parked fetches are answered at once, running requests are waited for. */

/** Counts what is going on and knows whether the end has begun. */
export interface Drain {
  readonly draining: boolean;
  /** Runs a request; {@link Drain.idle} waits for it. */
  track<T>(run: () => Promise<T>): Promise<T>;
  /** A signal for work that may wait long: aborted by the client's own signal or by the beginning of the end. */
  park(client: AbortSignal): { readonly signal: AbortSignal; leave(): void };
  /** From now on nothing may wait. */
  begin(): void;
  /** Resolves when no request is running. */
  idle(): Promise<void>;
}

/** Creates the state of one server. */
export function createDrain(): Drain {
  const parked = new Set<AbortController>();
  const listeners = new Set<() => void>();
  let draining = false;
  let running = 0;

  async function track<T>(run: () => Promise<T>): Promise<T> {
    running += 1;
    try {
      return await run();
    } finally {
      running -= 1;
      if (running === 0) settle();
    }
  }

  function settle(): void {
    for (const listener of listeners) listener();
    listeners.clear();
  }

  // By hand instead of AbortSignal.any: that keeps a reference from the long-lived signal to every request.
  function park(client: AbortSignal): { readonly signal: AbortSignal; leave(): void } {
    const controller = new AbortController();
    const abort = (): void => controller.abort(client.reason);
    if (client.aborted) abort();
    else if (draining) controller.abort();
    client.addEventListener("abort", abort, { once: true });
    parked.add(controller);
    const leave = (): void => {
      parked.delete(controller);
      client.removeEventListener("abort", abort);
    };
    return { signal: controller.signal, leave };
  }

  function begin(): void {
    draining = true;
    for (const controller of parked) controller.abort();
  }

  function idle(): Promise<void> {
    if (running === 0) return Promise.resolve();
    return new Promise((resolve) => listeners.add(resolve));
  }

  return {
    get draining() {
      return draining;
    },
    track,
    park,
    begin,
    idle,
  };
}
