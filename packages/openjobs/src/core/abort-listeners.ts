/**
 * Listening to an abort signal that many share. A program has one signal for its shutdown and ten thousand calls under way;
 * each with a listener of its own would make Node warn of a leak, and removing one from a long list is slow.
 */

const listenersBySignal = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `listener` once when the signal is aborted (not when it already is), and returns a function that prevents it. There
 * is one real listener for each signal, and none while nobody listens.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined;
  const listeners = listenersBySignal.get(signal) ?? listenTo(signal);
  const own = (): void => listener(); // the same function may listen twice
  listeners.add(own);
  return () => {
    if (!listeners.delete(own) || listeners.size > 0 || listenersBySignal.get(signal) !== listeners) return;
    listenersBySignal.delete(signal);
    signal.removeEventListener("abort", notifyAll);
  };
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>();
  listenersBySignal.set(signal, listeners);
  signal.addEventListener("abort", notifyAll, { once: true });
  return listeners;
}

function notifyAll(this: AbortSignal): void {
  const listeners = listenersBySignal.get(this) ?? [];
  listenersBySignal.delete(this);
  for (const listener of listeners) listener();
}
