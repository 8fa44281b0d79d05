/** The clock of a measurement, which the parent is told about so that it can read the server's. */

/** Milliseconds of a clock that all processes of a machine share. */
export function sharedNow() {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Waits until the parent has read the servers' clocks, then starts ours. */
export async function startClock() {
  const ready = new Promise((resolve) => process.once("message", resolve));
  process.send({ type: "begin" });
  await ready;
  return runningClock();
}

/** The same in the middle of the work: the parent reads a moment later, which both ends have in common. */
export function startClockNow() {
  process.send({ type: "begin" });
  return runningClock();
}

function runningClock() {
  const cpu = process.cpuUsage();
  const from = performance.now();
  /** Stops it: what `jobs` jobs have cost. */
  return (jobs) => {
    const seconds = (performance.now() - from) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    process.send({ type: "done" });
    const rssClient = process.memoryUsage.rss() / 2 ** 20;
    return { jobs, seconds, rate: jobs / seconds, clientCpu: user + system, rssClient };
  };
}
