/**
 * Milliseconds of this process's own work, garbage collection included. Unlike a stopwatch it does not count the time in which a
 * busy machine works for others, so a limit on it says something of the code.
 */
export function cpuTimeOf(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
