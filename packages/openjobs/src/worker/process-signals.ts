/** What POSIX signals mean to a worker (ojs-worker-protocol §9, ojs-graceful-shutdown §4). */
import type { SignalSource } from "./host-process.ts";

/** What each signal makes a worker do. */
export interface SignalActions {
  /** SIGTERM, SIGINT and, on Windows, Ctrl+Break: the first one. */
  readonly drain: () => void;
  /** The second one. */
  readonly stopAtOnce: () => void;
  /** SIGTSTP */
  readonly quiet: () => void;
  /** SIGCONT */
  readonly resume: () => void;
}

/** Listens until the returned function is called; an aborted signal of the caller drains too. */
export function listenToStops(
  source: SignalSource | undefined,
  signal: AbortSignal | undefined,
  actions: SignalActions,
): () => void {
  signal?.addEventListener("abort", actions.drain, { once: true });
  const leaveProcess = source === undefined ? undefined : listenToSignals(source, actions);
  return () => {
    signal?.removeEventListener("abort", actions.drain);
    leaveProcess?.();
  };
}

/** Listens until the returned function is called. A third SIGTERM or SIGINT meets the process's own default again. */
function listenToSignals(source: SignalSource, actions: SignalActions): () => void {
  let asked = 0;
  const onStop = (): void => {
    asked += 1;
    if (asked === 1) {
      actions.drain();
      return;
    }
    stopListening();
    actions.stopAtOnce();
  };
  const listeners = [
    ["SIGTERM", onStop],
    ["SIGINT", onStop],
    ["SIGBREAK", onStop],
    ["SIGTSTP", actions.quiet],
    ["SIGCONT", actions.resume],
  ] as const;
  const stopListening = (): void => {
    for (const [signal, listener] of listeners) source.off(signal, listener);
  };
  for (const [signal, listener] of listeners) source.on(signal, listener);
  return stopListening;
}
