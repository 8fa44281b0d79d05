/** What a worker can be told, and what it does when it is told nothing. */
import { toMilliseconds } from "../core/duration.ts";
import { OjsError } from "../core/errors.ts";
import type { WorkerLogger } from "./logger.ts";

/** A length of time: milliseconds, or text such as `"30s"`, `"5m"`, `"PT1H"`. */
export type Duration = number | string;

/** Behaviour of an `OjsWorker`; see its constructor for how it reaches the server. */
export interface WorkerBehaviour {
  /** Queues in order of preference (ojs-worker-protocol §6.3). Default `["default"]`. */
  readonly queues?: readonly string[];
  /** Jobs at a time (§8). Default 10. */
  readonly concurrency?: number;
  /** Unique name of this worker; a new one per process when absent. */
  readonly id?: string;
  /** How long `stop()` waits for running jobs (§7.3). Default 25 s. */
  readonly gracePeriod?: Duration;
  /** Time between heartbeats (§4.2). Default 5 s; shorter while a job's lease asks for it. */
  readonly heartbeatInterval?: Duration;
  /** Lease asked for with each fetch: after a crash, jobs are handed to others that soon. Default 30 s. */
  readonly visibilityTimeout?: Duration;
  /** How long the server may hold a fetch when there is no work. Default 20 s, at most 30 s. */
  readonly fetchWait?: Duration;
  /** Pause between fetches at a server that answers empty fetches at once. Default 1 s. */
  readonly pollInterval?: Duration;
  /** Labels shown in the server's worker list. */
  readonly labels?: readonly string[];
  /** Whether SIGTERM and SIGINT drain, SIGTSTP quiets and SIGCONT resumes this worker. Default true. */
  readonly handleSignals?: boolean;
  /** Default: warnings and errors go to `console`. */
  readonly logger?: WorkerLogger;
}

/** The same, decided. All times in milliseconds. */
export interface WorkerSettings {
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly gracePeriodMs: number;
  readonly heartbeatMs: number;
  readonly visibilityMs: number;
  readonly fetchWaitMs: number;
  readonly pollMs: number;
  readonly labels: readonly string[];
  readonly handleSignals: boolean;
}

const LONGEST_FETCH_WAIT_MS = 30_000;

/** Fills in the defaults; throws an `OjsError` for values that cannot work. */
export function resolveSettings(behaviour: WorkerBehaviour): WorkerSettings {
  const queues = behaviour.queues ?? ["default"];
  const concurrency = behaviour.concurrency ?? 10;
  if (queues.length === 0) throw refused("queues", "name at least one queue");
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw refused("concurrency", "give a whole number of at least 1");
  }
  return {
    queues,
    concurrency,
    gracePeriodMs: toMilliseconds(behaviour.gracePeriod ?? 25_000),
    heartbeatMs: positive("heartbeatInterval", behaviour.heartbeatInterval ?? 5_000),
    visibilityMs: positive("visibilityTimeout", behaviour.visibilityTimeout ?? 30_000),
    fetchWaitMs: Math.min(toMilliseconds(behaviour.fetchWait ?? 20_000), LONGEST_FETCH_WAIT_MS),
    pollMs: positive("pollInterval", behaviour.pollInterval ?? 1_000),
    labels: behaviour.labels ?? [],
    handleSignals: behaviour.handleSignals ?? true,
  };
}

function positive(field: string, value: Duration): number {
  const ms = toMilliseconds(value);
  if (ms <= 0) throw refused(field, "give a duration above zero");
  return ms;
}

function refused(field: string, hint: string): OjsError {
  return new OjsError("invalid_request", `the worker option "${field}" cannot be used: ${hint}`, {
    details: { field },
  });
}
