/** The module of an isolated handler: its default export runs in a thread of its own. */
import type { JobContext } from "openjobs";

/** Counts primes, and lets nothing else happen in its thread meanwhile. */
export default function countPrimes(job: JobContext): number {
  const below = Number(job.arg("below"));
  job.log.debug("counting", { below });
  let count = 0;
  for (let candidate = 2; candidate < below; candidate += 1) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= candidate && isPrime; divisor += 1) isPrime = candidate % divisor !== 0;
    if (isPrime) count += 1;
  }
  return count;
}
