/** How much each row does. The smoke run goes through the same code with next to nothing. */
export const FULL = {
  sequential: 10_000,
  sequentialMemory: 50_000,
  peerSequential: 3_000,
  concurrent: 50_000,
  batches: 100,
  drain: 20_000,
  /** Jobs before the clock starts, so that a compiler still at work is not what is measured. */
  warmUp: 4_000,
  pickups: 300,
  idleSeconds: 10,
  /** In the first seconds after its start V8 tidies up, which is not what an idle process costs. */
  settleSeconds: 15,
  crons: 10_000,
  finished: [100_000, 500_000],
  waiting: 1_000_000,
  postgres: { finished: 1_000_000, waiting: 300_000, held: 200_000 },
  due: { count: 100_000, leadMs: 15_000 },
  /** Jobs of the largest workflow. */
  workflow: 10_000,
  workflowWarmUp: 300,
  live: { waits: 10_000, connections: 1_000, fanOut: { readers: 100, perSecond: 5_000, seconds: 8 } },
};

export const SMOKE = {
  sequential: 200,
  sequentialMemory: 200,
  peerSequential: 100,
  concurrent: 1_000,
  batches: 2,
  drain: 1_000,
  warmUp: 200,
  pickups: 10,
  idleSeconds: 0.5,
  settleSeconds: 0.2,
  crons: 200,
  finished: [1_000, 2_000],
  waiting: 5_000,
  postgres: { finished: 2_000, waiting: 5_000, held: 2_000 },
  due: { count: 1_000, leadMs: 1_500 },
  workflow: 200,
  workflowWarmUp: 10,
  live: { waits: 200, connections: 20, fanOut: { readers: 5, perSecond: 1_000, seconds: 0.5 } },
};

/** Jobs in a batch, and calls in flight or jobs at a time. */
export const BATCH = 1_000;
export const CONCURRENCY = 50;

/** What the rows `*-prefetch` hold ready beside the jobs that run; graphile-worker's local queue has 500. */
export const PREFETCH = 200;
