/** A started worker: fetcher, heartbeat and runner around one set of holdings, and the way to end them in order. */
import { type Clock, pause } from "../core/clock.ts";
import { fetchUntil } from "./fetcher.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { createHoldings, type Holdings } from "./holdings.ts";
import { createJobContext, type JobHandler } from "./job-context.ts";
import { createRunner, type Runner } from "./job-runner.ts";
import type { WorkerLogger } from "./logger.ts";
import type { HeartbeatCall, WorkerProtocol } from "./protocol.ts";
import { createSlots, type Slots } from "./slots.ts";
import type { WorkerSettings } from "./worker-options.ts";

/** How long a handler may go on after its signal was aborted. */
const ABANDON_AFTER_MS = 1_000;
/** How long handing jobs back and saying goodbye may take when the server does not answer. */
const GOODBYE_MS = 5_000;

/** What a loop is made of. */
export interface LoopDeps {
  readonly workerId: string;
  readonly settings: WorkerSettings;
  readonly protocol: WorkerProtocol;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: WorkerLogger;
  readonly handlerOf: (type: string) => JobHandler | undefined;
  readonly state: () => HeartbeatCall["state"];
  readonly onDirective: (directive: "running" | "quiet" | "terminate") => void;
}

/** See {@link createLoop}. */
export interface WorkerLoop {
  /** Starts heartbeats and fetching. */
  start(): void;
  stopFetching(): void;
  resumeFetching(): void;
  /** Waits for running jobs until `hurry` is aborted, hands the rest back, says goodbye. Never rejects. */
  finish(hurry: AbortSignal): Promise<void>;
  activeJobs(): number;
}

/** The moving parts of one worker. */
export function createLoop(deps: LoopDeps): WorkerLoop {
  const holdings = createHoldings();
  const slots = createSlots(deps.settings.concurrency);
  const halt = new AbortController();
  const heartbeat = createHeartbeat({ ...deps, holdings, intervalMs: deps.settings.heartbeatMs });
  const runner = createRunner({
    clock: deps.clock,
    holdings,
    slots,
    executor: {
      clock: deps.clock,
      handlerOf: deps.handlerOf,
      contextOf: (holding) => createJobContext(holding, deps.workerId, heartbeat.beat),
      abandonAfterMs: ABANDON_AFTER_MS,
    },
    settler: { ...deps, halted: halt.signal },
    visibilityMs: deps.settings.visibilityMs,
    onHeld: heartbeat.cover,
  });
  const fetching = createFetching(deps, slots, runner);
  return {
    start: () => {
      heartbeat.start();
      fetching.start();
    },
    stopFetching: fetching.stop,
    resumeFetching: fetching.start,
    finish: async (hurry) => {
      fetching.stop();
      await drain(holdings, hurry, deps.clock);
      halt.abort();
      heartbeat.stop();
      await sayGoodbye(deps);
    },
    activeJobs: slots.used,
  };
}

/** Starting while it runs and stopping while it stands still do nothing. */
function createFetching(deps: LoopDeps, slots: Slots, runner: Runner): { start: () => void; stop: () => void } {
  let current: AbortController | undefined;
  return {
    start: () => {
      if (current !== undefined) return;
      current = new AbortController();
      void fetchUntil(current.signal, {
        ...deps,
        slots,
        start: runner.start,
        handBack: runner.handBack,
        waitMs: deps.settings.fetchWaitMs,
        pollMs: deps.settings.pollMs,
      });
    },
    stop: () => {
      current?.abort();
      current = undefined;
    },
  };
}

async function drain(holdings: Holdings, hurry: AbortSignal, clock: Clock): Promise<void> {
  await Promise.race([holdings.empty(), aborted(hurry)]);
  for (const holding of holdings.all()) holding.abort("shutdown");
  const settled = new AbortController();
  void holdings.empty().then(() => settled.abort());
  await pause(clock, GOODBYE_MS, settled.signal);
}

/** The last heartbeat lets the server forget the worker at once; without it, it notices after a while by itself. */
async function sayGoodbye(deps: LoopDeps): Promise<void> {
  const done = new AbortController();
  const call = deps.protocol
    .heartbeat({ state: "terminate", jobs: [] })
    .catch((error: unknown) => deps.logger.debug("the last heartbeat was not answered", { error }));
  void call.then(() => done.abort());
  await pause(deps.clock, GOODBYE_MS, done.signal);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
