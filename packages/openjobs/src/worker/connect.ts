/** From the options of a worker to its view of the server. */
import { manifestCall } from "../client/calls/system.ts";
import { type ConnectionDeps, type ConnectionOptions, connect } from "../client/connection.ts";
import { fromEnvironment } from "../client/environment.ts";
import type { Logger } from "../client/logger.ts";
import type { Requester } from "../client/requester.ts";
import type { Clock } from "../core/clock.ts";
import { type Duration, toMilliseconds } from "../core/duration.ts";
import { formatTimestamp } from "../core/time.ts";
import { checkpointCall, progressCall } from "./companion-calls.ts";
import { exchangeCall } from "./exchange-call.ts";
import { hostProcess } from "./host-process.ts";
import type { WorkerProtocol } from "./protocol.ts";
import { steadyClock } from "./steady-clock.ts";
import { ackCall, fetchCall, heartbeatCall, nackCall } from "./worker-calls.ts";
import { consoleLogger, consoleOfHandlers, harmless } from "./worker-logger.ts";
import type { WorkerBehaviour, WorkerSettings } from "./worker-options.ts";

/** How an `OjsWorker` reaches its server: as an `OjsClient` does, but it has its own ways of trying again. */
export interface WorkerConnectionOptions extends Pick<ConnectionOptions, "url" | "transport" | "apiKey" | "headers"> {
  /** Longest wait for one answer, beyond the time that the server may hold a fetch. Default 10 s. */
  readonly requestTimeout?: Duration;
}

/** An open way to a server. */
export interface WorkerConnection {
  readonly workerId: string;
  readonly protocol: WorkerProtocol;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Where handlers write. */
  readonly jobLogger: Logger;
  /** Lets go of idle connections, unless the transport was the caller's own. */
  close(): Promise<void>;
}

/** Shorter than the client's: a lease does not wait for an answer that is not coming. */
const DEFAULT_TIMEOUT_MS = 10_000;
/** How long a fetch waits that leaves full queues out: by then one of them may have room. */
const PARTIAL_WAIT_MS = 1_000;

/**
 * Prepares a connection; nothing is sent yet.
 *
 * @throws OjsValidationError when an option cannot work.
 */
export function connectWorker(
  options: WorkerConnectionOptions & Pick<WorkerBehaviour, "id" | "logger">,
  settings: WorkerSettings,
  deps: ConnectionDeps = {},
): WorkerConnection {
  const timeoutMs = toMilliseconds(options.requestTimeout ?? DEFAULT_TIMEOUT_MS);
  const { url, transport, apiKey, headers } = options;
  const given = Object.entries({ url, transport, apiKey, headers }).filter(([, value]) => value !== undefined);
  const connection = connect(
    { ...Object.fromEntries(given), timeout: timeoutMs, retry: false },
    { clock: steadyClock, ...deps },
  );
  const { clock, requester, newId } = connection;
  const workerId = options.id ?? `worker_${newId()}`;
  const logger = harmless(options.logger ?? consoleLogger());
  const facts = factsOf(settings, clock.now());
  return {
    workerId,
    protocol: protocolOver(requester, { workerId, settings, facts, logger, timeoutMs }),
    clock,
    random: deps.random ?? Math.random,
    logger,
    jobLogger: options.logger === undefined ? harmless(consoleOfHandlers) : logger,
    close: () => connection.close(),
  };
}

interface Identity {
  readonly workerId: string;
  readonly settings: WorkerSettings;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly logger: Logger;
  readonly timeoutMs: number;
}

function protocolOver(requester: Requester, identity: Identity): WorkerProtocol {
  const { workerId, settings, facts, logger, timeoutMs } = identity;
  const { visibilityMs, fetchWaitMs } = settings;
  const skipped = (error: unknown): void =>
    logger.error("a fetched job cannot be read; it is left to its lease's end", { error });
  return {
    fetch: (wanted, request) => {
      const waitMs = wanted.isPartial ? Math.min(fetchWaitMs, PARTIAL_WAIT_MS) : fetchWaitMs;
      const call = fetchCall(wanted, { workerId, visibilityMs, waitMs }, skipped);
      return requester.run(call, { timeout: waitMs + timeoutMs, ...request });
    },
    ack: (lease, result, request) => requester.run(ackCall(workerId, lease, result), request),
    nack: (lease, error, requeue, request) => requester.run(nackCall(workerId, lease, error, requeue), request),
    exchange: (outcomes, wanted, request) =>
      requester.run(exchangeCall(outcomes, wanted, { workerId, visibilityMs }, skipped), request),
    extensions: async (request) => (await requester.run(manifestCall(), request)).extensions,
    progress: (lease, report, request) => requester.run(progressCall(workerId, lease, report), request),
    checkpoint: (lease, state, request) => requester.run(checkpointCall(workerId, lease, state), request),
    heartbeat: (call, request) => requester.run(heartbeatCall(workerId, facts, call), request),
  };
}

/** What the server's list of workers shows (ojs-worker-protocol §4.2); undefined members do not travel. */
function factsOf({ queues, concurrency, labels }: WorkerSettings, now: number): Identity["facts"] {
  return {
    queues,
    concurrency,
    labels,
    pid: hostProcess()?.pid,
    hostname: fromEnvironment("HOSTNAME", "COMPUTERNAME"),
    started_at: formatTimestamp(now),
  };
}
