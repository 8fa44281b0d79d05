/** What a worker can be told, and what it does when it is told nothing. */
import { fromEnvironment } from "../client/environment.ts";
import type { Logger } from "../client/logger.ts";
import { encodeMs, refuseUnknown } from "../core/codec/enqueue-options-encode.ts";
import type { Duration } from "../core/duration.ts";
import { ojsError } from "../core/errors.ts";
import { LIMITS } from "../core/limits.ts";
import { isQueueName } from "../core/queue-name.ts";
import type { ErrorReporting } from "./error-reporter.ts";

/** Behaviour of an `OjsWorker`; see its constructor for how it reaches the server. */
export interface WorkerBehaviour extends ErrorReporting {
  /**
   * Queues in order of preference (ojs-worker-protocol §6.3), each with a limit of its own if it has to have one. Default:
   * `OJS_QUEUE` (with commas), then `["default"]`.
   *
   * @example queues: ["critical", { name: "reports", concurrency: 2 }]
   */
  readonly queues?: readonly (string | QueueLimit)[];
  /** Jobs at a time (§8). Default: `OJS_CONCURRENCY`, then 10. */
  readonly concurrency?: number;
  /**
   * How many jobs to hold ready beside those that run, 0 to 1,000: for very short jobs, which then travel in larger groups
   * (docs/guides/postgres.md, "Sizes and upkeep"). To the server they are active: their leases are kept alive, and their `timeout` counts from
   * the fetch. A worker that stops hands them back. Default 0: nothing is fetched before it can run (§8.2).
   */
  readonly prefetch?: number;
  /** Unique name of this worker; a new one each time when absent. */
  readonly id?: string;
  /**
   * How long `stop()` waits for running jobs (§7.3). Default: `OJS_SHUTDOWN_TIMEOUT` (seconds), then 25 s. What comes after
   * it (stopping handlers, handing jobs back) takes at most 5 s more.
   */
  readonly gracePeriod?: Duration;
  /** Time between heartbeats (§4.2), at most 10 s. Default 5 s; shorter while a job's lease asks for it. */
  readonly heartbeatInterval?: Duration;
  /** Lease asked for with each fetch: after a crash, jobs are handed to others that soon. Default 30 s. */
  readonly visibilityTimeout?: Duration;
  /** How long the server may hold a fetch when there is no work. Default 20 s, at most 30 s. */
  readonly fetchWait?: Duration;
  /** Shortest time between fetches that bring nothing, for servers that do not hold them. Default 1 s. */
  readonly pollInterval?: Duration;
  /** Labels shown in the server's worker list. */
  readonly labels?: readonly string[];
  /**
   * Whether outcomes and the next fetch travel in one request, if the server's manifest lists the extension
   * `urn:ojs:ext:x:openjobs:worker-exchange`. Default true.
   */
  readonly exchange?: boolean;
  /** Whether SIGTERM and SIGINT drain, SIGTSTP quiets and SIGCONT resumes this worker (§9). Default true. */
  readonly handleSignals?: boolean;
  /** Default: what is at the level of `OJS_LOG_LEVEL` or above goes to `console`; without that, warnings and errors. */
  readonly logger?: Logger;
}

/** A queue of which a worker runs only so many jobs at a time. */
export interface QueueLimit {
  readonly name: string;
  /** Jobs of this queue at a time, in this worker. Default: as many as the worker's `concurrency`. */
  readonly concurrency?: number;
}

/** The same, decided. All times in milliseconds. */
export interface WorkerSettings extends ErrorReporting {
  readonly queues: readonly string[];
  /** Of the queues that have a limit. */
  readonly queueConcurrency: ReadonlyMap<string, number>;
  readonly concurrency: number;
  readonly prefetch: number;
  readonly gracePeriodMs: number;
  readonly heartbeatMs: number;
  readonly visibilityMs: number;
  readonly fetchWaitMs: number;
  readonly pollMs: number;
  readonly labels: readonly string[];
  readonly exchange: boolean;
  readonly handleSignals: boolean;
}

/** A third of the silence after which a server counts a worker as dead (§10.3). */
const LONGEST_HEARTBEAT_MS = 10_000;

/**
 * Fills in the defaults.
 *
 * @throws OjsValidationError for a value that cannot work.
 */
export function resolveSettings(behaviour: WorkerBehaviour): WorkerSettings {
  checkId(behaviour.id);
  const queues = behaviour.queues ?? fromEnvironment("OJS_QUEUE")?.split(",") ?? ["default"];
  return {
    queues: readQueues(queues),
    queueConcurrency: readQueueLimits(queues),
    concurrency: readConcurrency(behaviour.concurrency ?? Number(fromEnvironment("OJS_CONCURRENCY") ?? 10)),
    prefetch: readPrefetch(behaviour.prefetch ?? 0),
    gracePeriodMs: readMs("gracePeriod", behaviour.gracePeriod ?? `${fromEnvironment("OJS_SHUTDOWN_TIMEOUT") ?? 25}s`),
    heartbeatMs: readHeartbeat(behaviour.heartbeatInterval ?? 5_000),
    visibilityMs: positive("visibilityTimeout", behaviour.visibilityTimeout ?? 30_000),
    fetchWaitMs: Math.min(readMs("fetchWait", behaviour.fetchWait ?? 20_000), LIMITS.waitMaxMs),
    pollMs: positive("pollInterval", behaviour.pollInterval ?? 1_000),
    labels: behaviour.labels ?? [],
    exchange: behaviour.exchange ?? true,
    handleSignals: behaviour.handleSignals ?? true,
    backtrace: behaviour.backtrace ?? true,
    ...(behaviour.redactError === undefined ? {} : { redactError: behaviour.redactError }),
  };
}

function checkId(id: string | undefined): void {
  if (id === undefined || (id !== "" && id.length <= LIMITS.workerIdChars)) return;
  throw refused("id", `Give 1 to ${LIMITS.workerIdChars} characters.`);
}

function readQueues(queues: readonly (string | QueueLimit)[]): readonly string[] {
  if (!Array.isArray(queues) || queues.length === 0) throw refused("queues", "Name at least one queue, in an array.");
  const names = queues.map((queue: string | QueueLimit) => (typeof queue === "string" ? queue : queue?.name));
  const wrong = names.findIndex((name) => typeof name !== "string" || !isQueueName(name));
  if (wrong === -1) return [...new Set(names)];
  throw refused(
    "queues",
    `${JSON.stringify(names[wrong] ?? queues[wrong])} is no queue name: a-z, 0-9, "-" and ".", a letter or digit first.`,
  );
}

const QUEUE_NAMES: Readonly<Record<keyof QueueLimit, 1>> = { name: 1, concurrency: 1 };

/** Of a queue that is there twice, the last limit counts. */
function readQueueLimits(queues: readonly (string | QueueLimit)[]): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const [index, queue] of queues.entries()) {
    if (typeof queue === "string") continue;
    refuseUnknown(queue, QUEUE_NAMES, `queues[${index}].`);
    if (queue.concurrency === undefined) continue;
    limits.set(queue.name, readConcurrency(queue.concurrency, "queues"));
  }
  return limits;
}

/**
 * A number of jobs at a time.
 *
 * @throws OjsValidationError when it is none.
 */
export function readConcurrency(concurrency: number, field = "concurrency"): number {
  if (Number.isSafeInteger(concurrency) && concurrency >= 1) return concurrency;
  throw refused(field, "Give a whole number of at least 1 as concurrency.");
}

function readPrefetch(prefetch: number): number {
  if (Number.isSafeInteger(prefetch) && prefetch >= 0 && prefetch <= LIMITS.fetchCountMax) return prefetch;
  throw refused("prefetch", `Give a whole number from 0 to ${LIMITS.fetchCountMax}.`);
}

function readHeartbeat(value: Duration): number {
  const ms = positive("heartbeatInterval", value);
  if (ms <= LONGEST_HEARTBEAT_MS) return ms;
  throw refused("heartbeatInterval", "Give at most 10 s: servers count a worker that is silent for 30 s as dead.");
}

function positive(field: string, value: Duration): number {
  const ms = readMs(field, value);
  if (ms > 0) return ms;
  throw refused(field, "Give a duration above zero.");
}

function readMs(field: string, value: Duration): number {
  return encodeMs(field, value) ?? 0;
}

function refused(field: string, hint: string): Error {
  return ojsError("invalid_request", `The worker's option \`${field}\` cannot be used.`, { hint, details: { field } });
}
