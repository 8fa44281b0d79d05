/** Runs what is due, until nothing is (ojs-testing §7.1). */
import type { Transport } from "../client/transport.ts";
import type { JobRecord } from "../core/job.ts";
import type { OjsWorker } from "../worker/worker.ts";
import { PartingTransport } from "./parting-transport.ts";
import { turns } from "./test-clock.ts";

/** What a drain works with. */
export interface DrainDeps {
  readonly transport: Transport;
  readonly records: () => readonly JobRecord[];
  readonly now: () => number;
  /** A worker that is not started, with all handlers. */
  readonly workerFor: (queues: readonly string[], transport: Transport) => OjsWorker;
  readonly hasHandler: (type: string) => boolean;
  /** How many attempts have begun so far. */
  readonly attempts: () => number;
}

/** Where a drain ends; see `DrainOptions`. */
export interface DrainLimits {
  readonly queue: string | undefined;
  readonly maxJobs: number;
  readonly timeoutMs: number;
}

/** So many turns without anything happening mean that what is left may not run: paused queues, limits. */
const STALLED_TURNS = 60;
/** A handler that waits for the world outside gets this many turns at full speed; then we sleep between looks. */
const BUSY_TURNS = 300;

const PARTING_TURNS = 200;

/** Resolves with how many attempts there were. */
export async function drainAll(limits: DrainLimits, deps: DrainDeps): Promise<number> {
  const first = deps.attempts();
  const deadline = performance.now() + limits.timeoutMs;
  const done = (): number => deps.attempts() - first;
  for (;;) {
    const queues = dueQueues(limits.queue, deps);
    if (queues.length === 0) return done();
    const before = done();
    await drainRound(queues, () => checkLimits(done(), deadline, limits), deps);
    if (done() === before) return done();
  }
}

async function drainRound(queues: readonly string[], check: () => void, deps: DrainDeps): Promise<void> {
  const transport = new PartingTransport(deps.transport);
  const worker = deps.workerFor(queues, transport);
  await worker.start();
  try {
    await untilIdle(worker, queues, check, deps);
  } finally {
    const stopping = worker.stop({ grace: 0 });
    transport.part();
    // A handler that is deaf to its signal would have us wait for a time that does not pass.
    await Promise.race([stopping, turns(PARTING_TURNS)]);
  }
  const missing = [...transport.types].filter((type) => !deps.hasHandler(type));
  if (missing.length > 0)
    throw new Error(
      `Jobs without a handler: ${missing.join(", ")}. Register one: ojs.register("${missing[0]}", handler).`,
    );
}

async function untilIdle(
  worker: OjsWorker,
  queues: readonly string[],
  check: () => void,
  deps: DrainDeps,
): Promise<void> {
  let quietTurns = 0;
  let last = -1;
  for (let turn = 0; ; turn += 1) {
    await rest(turn);
    check();
    const isMoving = worker.activeJobs > 0 || deps.attempts() !== last;
    last = deps.attempts();
    quietTurns = isMoving ? 0 : quietTurns + 1;
    const patience = queues.some((queue) => dueQueues(queue, deps).length > 0) ? STALLED_TURNS : 3;
    if (quietTurns > patience) return;
  }
}

async function rest(turn: number): Promise<void> {
  if (turn < BUSY_TURNS) await turns(1);
  else await new Promise((resolve) => setTimeout(resolve, 1));
}

function dueQueues(only: string | undefined, { records, now }: DrainDeps): readonly string[] {
  const due = records().filter((job) => (only === undefined || job.queue === only) && isDue(job, now()));
  return [...new Set(due.map(({ queue }) => queue))];
}

function isDue({ state, availableAt }: JobRecord, now: number): boolean {
  if (state === "available") return true;
  return (state === "scheduled" || state === "retryable") && availableAt <= now;
}

function checkLimits(done: number, deadline: number, { maxJobs, timeoutMs }: DrainLimits): void {
  if (done > maxJobs) {
    throw new Error(
      `The drain has run ${maxJobs} jobs and there are more. Does a job enqueue itself? If so many are meant, set maxJobs.`,
    );
  }
  if (performance.now() > deadline) {
    throw new Error(
      `The drain has not ended within ${timeoutMs} ms. Does a handler wait for something that never comes? Time stands still until advance().`,
    );
  }
}
