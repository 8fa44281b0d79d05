/**
 * How many cases a random test draws. `npm test` draws few, because it has to be over within two minutes; `npm run test:slow` draws
 * as many as it takes to believe a promise. With the same seed the few are the first of the many.
 *
 * `OPENJOBS_RUNS=full npx vitest run FILE` draws the many anywhere.
 */
const RUNS = {
  // Engines among rivals and crashes, test/suites/engine.
  "engine stories": { quick: 10, full: 1_000 },
  "workflow stories": { quick: 20, full: 1_000 },
  "unique stories": { quick: 10, full: 1_000 },
  "cron stories": { quick: 5, full: 1_000 },
  "limit stories": { quick: 10, full: 1_000 },
  // Drivers beside a naive model, test/suites/storage.
  "storage groups": { quick: 10, full: 1_000 },
  "storage workflows": { quick: 20, full: 1_000 },
  // Each for every day on which a clock is changed.
  "schedules of a day": { quick: 8, full: 100 },
  "schedules from any moment": { quick: 30, full: 300 },
  "sequences of moves": { quick: 300, full: 3_000 },
  "requests for jobs": { quick: 500, full: 5_000 },
  "receipts of jobs": { quick: 200, full: 2_000 },
  "requests to a route": { quick: 100, full: 1_000 },
} as const;

/** A random test, by what it draws. */
export type Drawn = keyof typeof RUNS;

const FULL = process.env.OPENJOBS_RUNS === "full";

/** How many cases this run of the tests draws. */
export function runsOf(drawn: Drawn): number {
  return RUNS[drawn][FULL ? "full" : "quick"];
}

/** How long a test of stories may take; it says nothing of the machine, only that something hangs. */
export const STORIES_TIMEOUT_MS = FULL ? 480_000 : 60_000;

/** What fast-check has to know in order to tell stories. */
export interface Telling {
  readonly seed: number;
  readonly numRuns: number;
  readonly interruptAfterTimeLimit: number;
  readonly markInterruptAsFailure: true;
}

/** As many as this run of the tests tells. A failure is shrunk for as long as the test may take, and no longer. */
export function telling(drawn: Drawn, seed: number): Telling {
  const interruptAfterTimeLimit = STORIES_TIMEOUT_MS - 10_000;
  return { seed, numRuns: runsOf(drawn), interruptAfterTimeLimit, markInterruptAsFailure: true };
}

/** For planted faults: as many as there are until one fails, whose counterexample nobody reads. */
export function untilOneFails(drawn: Drawn): { readonly numRuns: number; readonly endOnFailure: true } {
  return { numRuns: RUNS[drawn].full, endOnFailure: true };
}
