/**
 * POSIX signals (ojs-worker-protocol §9), where the runtime has them. `process` is looked up on the global object so that
 * the SDK stays importable everywhere.
 */

/** The part of Node's `process` that is used. */
export interface SignalSource {
  on(signal: string, listener: () => void): unknown;
  off(signal: string, listener: () => void): unknown;
}

/** What each signal means to a worker. */
export interface SignalActions {
  /** SIGTERM and SIGINT: drain; the second one: stop at once. */
  readonly drain: () => void;
  readonly stopAtOnce: () => void;
  /** SIGTSTP */
  readonly quiet: () => void;
  /** SIGCONT */
  readonly resume: () => void;
}

/** The signals of this process; undefined where there are none. */
export function processSignals(): SignalSource | undefined {
  const candidate: unknown = Reflect.get(globalThis, "process");
  return isSignalSource(candidate) ? candidate : undefined;
}

/** Listens until the returned function is called. A third SIGTERM or SIGINT meets the process's own default again. */
export function listenToSignals(source: SignalSource, actions: SignalActions): () => void {
  let asked = 0;
  const onStop = (): void => {
    asked += 1;
    if (asked === 1) return actions.drain();
    stopListening();
    actions.stopAtOnce();
  };
  const listeners = [
    ["SIGTERM", onStop],
    ["SIGINT", onStop],
    ["SIGTSTP", actions.quiet],
    ["SIGCONT", actions.resume],
  ] as const;
  const stopListening = (): void => {
    for (const [signal, listener] of listeners) source.off(signal, listener);
  };
  for (const [signal, listener] of listeners) source.on(signal, listener);
  return stopListening;
}

function isSignalSource(value: unknown): value is SignalSource {
  return (
    typeof value === "object" &&
    value !== null &&
    "on" in value &&
    typeof value.on === "function" &&
    "off" in value &&
    typeof value.off === "function" &&
    "pid" in value
  );
}
