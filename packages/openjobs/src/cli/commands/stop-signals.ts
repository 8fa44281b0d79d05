/** SIGTERM and SIGINT: the first asks to stop, the second insists. */
import { constants } from "node:os";

/** Signals that stop a server. */
const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** One of the signals that stop a server. */
export type StopSignal = (typeof SIGNALS)[number];

/** Resolves with the first signal. From then on, the next one ends the process at once with status 128 + number. */
export function stopRequested(): Promise<StopSignal> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (signal: StopSignal): void => {
      if (asked) process.exit(128 + constants.signals[signal]);
      asked = true;
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, stop);
  });
}
