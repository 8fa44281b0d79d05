/** Tells whether somebody else uses the machine: their load would be measured as our slowness. */
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMicros, machineMicros } from "./proc.mjs";

/** Share of all cores that others may use. */
export const QUIET = 0.1;

const WINDOW_MS = 400;

/** Starts to watch; the returned function gives the share of all cores that others have used since. */
export function watchOthers() {
  const from = reading();
  return () => othersShare(from, reading());
}

function reading() {
  return { at: performance.now(), machine: machineMicros(), own: cpuMicros(process.pid) };
}

/** Zero where the kernel does not tell. */
export function othersShare(from, to, cores = availableParallelism()) {
  if (from.machine === undefined || to.machine === undefined) return 0;
  const elapsed = (to.at - from.at) * 1_000 * cores;
  return Math.max(0, (to.machine - from.machine - (to.own - from.own)) / elapsed);
}

/** Waits until others are quiet, for at most `patienceSeconds`; resolves with whether they are. */
export async function quietMachine(patienceSeconds) {
  const until = performance.now() + patienceSeconds * 1_000;
  while (performance.now() < until) {
    const others = watchOthers();
    await sleep(WINDOW_MS);
    if (others() < QUIET) return true;
  }
  return patienceSeconds === 0 ? undefined : false;
}
