/**
 * The process that the worker runs in, where there is one. It is looked up on the global object, so that the SDK stays
 * importable everywhere.
 */

/** Where signals come from; Node's `process` is one. */
export interface SignalSource {
  on(signal: string, listener: () => void): unknown;
  off(signal: string, listener: () => void): unknown;
}

/** The part of Node's `process` that a worker uses. */
export interface HostProcess extends SignalSource {
  readonly pid: number;
}

/** Undefined in browsers and edge workers. */
export function hostProcess(): HostProcess | undefined {
  const candidate: unknown = Reflect.get(globalThis, "process");
  return isHostProcess(candidate) ? candidate : undefined;
}

function isHostProcess(value: unknown): value is HostProcess {
  return (
    typeof value === "object" &&
    value !== null &&
    "on" in value &&
    typeof value.on === "function" &&
    "off" in value &&
    typeof value.off === "function" &&
    "pid" in value &&
    typeof value.pid === "number"
  );
}
