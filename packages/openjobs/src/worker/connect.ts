/** From the options of a worker to its way to the server. */
import { type ConnectionDeps, type ConnectionOptions, connect } from "../client/connection.ts";
import type { Logger } from "../client/logger.ts";
import { readTimeout } from "../client/read-timeout.ts";
import type { Requester } from "../client/requester.ts";
import type { Clock } from "../core/clock.ts";
import type { Duration } from "../core/duration.ts";
import { type LogLevel, readLogLevel } from "./log-level.ts";
import { steadyClock } from "./steady-clock.ts";
import type { WorkerBehaviour } from "./worker-options.ts";

/** How an `OjsWorker` reaches its server: as an `OjsClient` does, but it has its own ways of trying again. */
export interface WorkerConnectionOptions extends Pick<ConnectionOptions, "url" | "transport" | "apiKey" | "headers"> {
  /** Longest wait for one answer, beyond the time that the server may hold a fetch. Default 10 s. */
  readonly requestTimeout?: Duration;
}

/** An open way to a server. */
export interface WorkerConnection {
  readonly workerId: string;
  readonly requester: Requester;
  /** For one answer, beyond the time that the server may hold a fetch. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** The user's own, or how much goes to the console. */
  readonly log: Logger | LogLevel;
  /** Lets go of idle connections, unless the transport was the caller's own. */
  close(): Promise<void>;
}

/** Shorter than the client's: a lease does not wait for an answer that is not coming. */
const DEFAULT_TIMEOUT_MS = 10_000;
/**
 * Prepares a connection; nothing is sent yet.
 *
 * @throws OjsValidationError when an option cannot work.
 */
export function connectWorker(
  options: WorkerConnectionOptions & Pick<WorkerBehaviour, "id" | "logger">,
  deps: ConnectionDeps = {},
): WorkerConnection {
  const timeoutMs = readTimeout("requestTimeout", options.requestTimeout) ?? DEFAULT_TIMEOUT_MS;
  const { url, transport, apiKey, headers } = options;
  const given = Object.entries({ url, transport, apiKey, headers }).filter(([, value]) => value !== undefined);
  const connection = connect(
    { ...Object.fromEntries(given), timeout: timeoutMs, retry: false },
    { clock: steadyClock, ...deps },
  );
  const { clock, requester, newId } = connection;
  return {
    workerId: options.id ?? `worker_${newId()}`,
    requester,
    timeoutMs,
    clock,
    random: deps.random ?? Math.random,
    log: options.logger ?? readLogLevel(),
    close: () => connection.close(),
  };
}
