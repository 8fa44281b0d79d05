/** A started worker: fetcher, heartbeat and runner around one set of holdings, and the way to end them in order. */
import type { Logger } from "../client/logger.ts";
import { type Clock, pause } from "../core/clock.ts";
import type { JobHandler } from "../middleware/job-context.ts";
import { createErrorReporter } from "./error-reporter.ts";
import { createExchangeSupport } from "./exchange-support.ts";
import { type FetcherDeps, fetchUntil } from "./fetcher.ts";
import { createHeartbeat } from "./heartbeat.ts";
import { createHoldings, type Holdings } from "./holdings.ts";
import { createJobContext } from "./job-context.ts";
import { createRunner } from "./job-runner.ts";
import type { ToolDeps } from "./job-tools.ts";
import { OutcomePipeline } from "./outcome-pipeline.ts";
import type { WorkerProtocol, WorkerState } from "./protocol.ts";
import type { Quotas } from "./quotas.ts";
import { createSettler } from "./settler.ts";
import { createSlots } from "./slots.ts";
import type { WorkerSettings } from "./worker-options.ts";

/** How long a handler may go on after its signal was aborted. */
const ABANDON_AFTER_MS = 1_000;
/** How long handlers may take to stop and their jobs to be handed back. With the goodbye and the default grace period, 29 s. */
const HAND_BACK_MS = 3_000;
/** How long each of the last two heartbeats may take. */
const GOODBYE_MS = 500;

/** What a loop is made of. */
export interface LoopDeps {
  readonly workerId: string;
  readonly settings: WorkerSettings;
  readonly protocol: WorkerProtocol;
  readonly quotas: Quotas;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** Where handlers write. */
  readonly jobLogger: Logger;
  readonly handlerOf: (type: string) => JobHandler | undefined;
  readonly state: () => WorkerState;
  readonly onDirective: (directive: WorkerState) => void;
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
  const { clock, settings } = deps;
  const holdings = createHoldings();
  const slots = createSlots(settings.concurrency + settings.prefetch);
  const { quotas } = deps;
  const halt = new AbortController();
  const heartbeat = createHeartbeat({ ...deps, holdings, intervalMs: settings.heartbeatMs });
  const tools: ToolDeps = { ...deps, logger: deps.jobLogger, halted: halt.signal, beatFor: heartbeat.beatFor };
  const support = createExchangeSupport(settings.exchange, { ...deps, halted: halt.signal });
  const pipeline = new OutcomePipeline({
    ...{ ...deps, support, halted: halt.signal, concurrency: settings.concurrency, prefetch: settings.prefetch },
    isFetching: () => fetching.isOn(),
    take: (jobs) => runner.take(jobs),
  });
  const runner = createRunner({
    ...{ clock, holdings, slots, quotas, random: deps.random, concurrency: settings.concurrency },
    isFetching: () => fetching.isOn(),
    executor: {
      clock,
      handlerOf: deps.handlerOf,
      contextOf: (holding) => createJobContext(holding, tools),
      abandonAfterMs: ABANDON_AFTER_MS,
      reportFailure: createErrorReporter(settings, deps.logger),
    },
    settle: createSettler({ ...deps, halted: halt.signal, send: (delivery) => pipeline.send(delivery) }),
    visibilityMs: settings.visibilityMs,
    onHeld: heartbeat.cover,
  });
  const fetching = createFetching({ ...deps, take: runner.take, slots, pollMs: settings.pollMs });
  const stopFetching = (): Promise<void> => {
    const stopped = fetching.stop();
    runner.handBackWaiting();
    return stopped;
  };
  return {
    start: () => {
      support.ask();
      heartbeat.start();
      fetching.start();
    },
    stopFetching: () => void stopFetching(),
    resumeFetching: fetching.start,
    finish: async (hurry) => {
      await stopFetching();
      await drain(holdings, hurry, clock);
      halt.abort();
      await heartbeat.farewell(GOODBYE_MS);
    },
    activeJobs: slots.used,
  };
}

/** Fetching that can be switched off and on; there is never more than one fetch on its way. */
interface Fetching {
  start(): void;
  isOn(): boolean;
  /** Resolves when no fetch is on its way any more; never rejects. */
  stop(): Promise<void>;
}

function createFetching(deps: FetcherDeps): Fetching {
  let current: AbortController | undefined;
  let ended: Promise<void> = Promise.resolve();
  return {
    start: () => {
      if (current !== undefined) return;
      current = new AbortController();
      const { signal } = current;
      ended = ended.then(() => fetchUntil(signal, deps));
    },
    isOn: () => current !== undefined,
    stop: () => {
      current?.abort();
      current = undefined;
      return ended;
    },
  };
}

async function drain(holdings: Holdings, hurry: AbortSignal, clock: Clock): Promise<void> {
  await Promise.race([holdings.empty(), aborted(hurry)]);
  for (const holding of holdings.all()) holding.abort("shutdown");
  const settled = new AbortController();
  void holdings.empty().then(() => settled.abort());
  await pause(clock, HAND_BACK_MS, settled.signal);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
