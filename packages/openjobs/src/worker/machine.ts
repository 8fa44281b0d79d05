/**
 * Everything that moves in a worker. It is loaded when a worker starts: who imports the SDK to send jobs, or to register
 * handlers, has no use for it (docs/adr/041-what-is-loaded-when.md).
 */
import type { Logger } from "../client/logger.ts";
import type { Middleware } from "../middleware/middleware.ts";
import type { WorkerConnection } from "./connect.ts";
import type { Handlers } from "./handlers.ts";
import type { WorkerHealth } from "./health.ts";
import { createHealthMonitor } from "./health-monitor.ts";
import { type OjsWorkerState, reported } from "./lifecycle.ts";
import { createLoopDelay } from "./loop-delay.ts";
import type { WorkerState } from "./protocol.ts";
import { protocolOver } from "./protocol-over-http.ts";
import { Quotas } from "./quotas.ts";
import { runnableHandlers } from "./runnable-handlers.ts";
import { consoleLogger, consoleOfHandlers, harmless } from "./worker-logger.ts";
import { createLoop, type WorkerLoop } from "./worker-loop.ts";
import type { WorkerSettings } from "./worker-options.ts";

/** What a machine is made of. */
export interface MachineDeps {
  readonly settings: WorkerSettings;
  readonly connection: WorkerConnection;
  readonly handlers: Handlers;
  /** Frozen: a worker that was started does not change it. */
  readonly chain: readonly Middleware[];
  readonly state: () => OjsWorkerState;
  readonly onDirective: (directive: WorkerState) => void;
}

/** A worker's heartbeats, fetches, running jobs and outcomes. */
export interface Machine extends WorkerLoop {
  readonly logger: Logger;
  health(): WorkerHealth;
}

/** Nothing is sent before its `start`. */
export function createMachine({ settings, connection, handlers, chain, state, onDirective }: MachineDeps): Machine {
  const { workerId, random, log } = connection;
  const logger = harmless(typeof log === "string" ? consoleLogger(log) : log);
  const jobLogger = typeof log === "string" ? harmless(consoleOfHandlers) : logger;
  const loopDelay = createLoopDelay(connection.clock, logger, settings.visibilityMs);
  const { clock } = loopDelay;
  const monitor = createHealthMonitor(clock, settings);
  const quotas = new Quotas(settings.queues, settings.queueConcurrency);
  const loop = createLoop({
    ...{ workerId, clock, random, logger, jobLogger, settings, quotas, onDirective },
    protocol: monitor.watch(protocolOver(connection, settings, logger)),
    handlerOf: runnableHandlers(handlers, { chain, quotas, timed: loopDelay.timed }),
    state: () => reported(state()),
  });
  return {
    ...loop,
    logger,
    start: () => {
      monitor.started();
      loop.start();
    },
    health: () => monitor.health({ state: state(), activeJobs: loop.activeJobs(), loopDelayMs: loopDelay.recentMs() }),
  };
}
