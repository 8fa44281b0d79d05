/** Whether a worker consumes: what a probe needs to know, decided from what happened to its calls. */
import { formatTimestamp } from "../core/time.ts";
import type { WorkerSettings } from "./worker-options.ts";

/**
 * `consuming`: fetches are answered (or every slot is busy), outcomes and heartbeats get through · `failing`: they do not, or the
 * event loop was blocked for longer than a lease · `paused`: `quiet()` or the server's directive · `stopped`: not started,
 * stopping, or stopped.
 */
export type WorkerHealthStatus = "consuming" | "failing" | "paused" | "stopped";

/** What `worker.health()` tells. Times are RFC 3339; absent = never. JSON can carry all of it. */
export interface WorkerHealth {
  /** Whether this worker takes jobs: status `consuming`. A short interruption of a few seconds does not count. */
  readonly healthy: boolean;
  readonly status: WorkerHealthStatus;
  /** Why it is not healthy, in words; empty when it is. */
  readonly reasons: readonly string[];
  /** Since when calls get through without a failure in between; absent while they do not. */
  readonly consumingSince?: string;
  /** When the last fetch was sent. It may be waiting at the server for work. */
  readonly lastFetchAt?: string;
  /** When a fetch was last answered, with jobs or without. */
  readonly lastFetchOkAt?: string;
  readonly lastHeartbeatOkAt?: string;
  /** Fetches, outcomes and heartbeats that failed since the last one of their kind that did not. */
  readonly consecutiveFailures: number;
  /** The last failure of a call; it stays when they work again. */
  readonly lastError?: { readonly at: string; readonly code: string; readonly message: string };
  readonly activeJobs: number;
  readonly freeSlots: number;
  /** Longest time in the last 15 s during which the event loop did not turn, as far as timers and handlers have noticed. */
  readonly eventLoopDelayMs: number;
}

/** What happened to the calls of one kind. Unix milliseconds. */
export interface CallRecord {
  readonly lastAt: number | undefined;
  readonly lastOkAt: number | undefined;
  /** Since when one is under way; undefined = none is. */
  readonly pendingSince: number | undefined;
  /** The first failure after the last success. */
  readonly failingSince: number | undefined;
  /** The first success after the last failure. */
  readonly workingSince: number | undefined;
  readonly failures: number;
  /** Whether the last failure was a call that hung until it was given up. */
  readonly hung: boolean;
}

/** What a worker knows of itself at one moment. */
export interface HealthFacts {
  readonly now: number;
  readonly state: "idle" | "running" | "quiet" | "terminate" | "terminated";
  /** Undefined before the start. */
  readonly startedAt: number | undefined;
  readonly fetches: CallRecord;
  readonly heartbeats: CallRecord;
  /** Acks, nacks and exchanges. */
  readonly outcomes: CallRecord;
  readonly lastError: { readonly at: number; readonly code: string; readonly message: string } | undefined;
  readonly activeJobs: number;
  readonly loopDelayMs: number;
}

/** What a healthy worker may exceed neither. */
export type HealthLimits = Pick<WorkerSettings, "concurrency" | "fetchWaitMs" | "heartbeatMs" | "visibilityMs">;

/** A restart of the server is no illness. */
const TOLERATED_MS = 5_000;
/** A server that is down refuses sooner; one that has held a fetch for so long holds it until there is work. */
const HELD_MS = 1_000;
/** An outcome that cannot be told is tried again sooner than that; one whose lease ended is not tried any more. */
const RETRYING_MS = 10_000;
/** Two beats may fail before a lease is in danger. */
const TOLERATED_BEATS = 3;

/** Decides. */
export function judgeHealth(facts: HealthFacts, limits: HealthLimits): WorkerHealth {
  const reasons = facts.state === "running" ? troubles(facts, limits) : [`the worker is ${facts.state}`];
  const { fetches, heartbeats, lastError } = facts;
  const status = statusOf(facts, reasons);
  return {
    healthy: status === "consuming",
    status,
    reasons,
    ...at("consumingSince", status === "consuming" ? workingSince(facts) : undefined),
    ...at("lastFetchAt", fetches.lastAt),
    ...at("lastFetchOkAt", fetches.lastOkAt),
    ...at("lastHeartbeatOkAt", heartbeats.lastOkAt),
    consecutiveFailures: fetches.failures + heartbeats.failures + facts.outcomes.failures,
    ...(lastError === undefined ? {} : { lastError: { ...lastError, at: formatTimestamp(lastError.at) } }),
    activeJobs: facts.activeJobs,
    freeSlots: Math.max(0, limits.concurrency - facts.activeJobs),
    eventLoopDelayMs: facts.loopDelayMs,
  };
}

function statusOf({ state }: HealthFacts, reasons: readonly string[]): WorkerHealthStatus {
  if (state === "running") return reasons.length === 0 ? "consuming" : "failing";
  return state === "quiet" ? "paused" : "stopped";
}

function troubles(facts: HealthFacts, limits: HealthLimits): string[] {
  const { now, loopDelayMs } = facts;
  const { fetchWaitMs, heartbeatMs, visibilityMs } = limits;
  const found: string[] = [];
  const { failingSince, pendingSince } = facts.fetches;
  if (failingSince !== undefined && now - failingSince > TOLERATED_MS && !isHeld(facts.fetches, now)) {
    found.push(`fetches have failed for ${now - failingSince} ms`);
  } else if (pendingSince !== undefined && now - pendingSince > fetchWaitMs + TOLERATED_MS) {
    found.push(`a fetch has had no answer for ${now - pendingSince} ms`);
  }
  if (areUntold(facts.outcomes, now))
    found.push(`outcomes cannot be told for ${now - (facts.outcomes.failingSince ?? now)} ms`);
  const silenceMs = now - (facts.heartbeats.lastOkAt ?? facts.startedAt ?? now);
  if (silenceMs > TOLERATED_BEATS * heartbeatMs) found.push(`no heartbeat was answered for ${silenceMs} ms`);
  if (loopDelayMs > visibilityMs) found.push(`the event loop was blocked for ${loopDelayMs} ms`);
  return found;
}

/** After one that hung, only an answer proves anything. */
function isHeld({ pendingSince, hung }: CallRecord, now: number): boolean {
  return !hung && pendingSince !== undefined && now - pendingSince >= HELD_MS;
}

function areUntold({ failingSince, pendingSince, lastAt }: CallRecord, now: number): boolean {
  if (failingSince === undefined || now - failingSince <= TOLERATED_MS) return false;
  return pendingSince !== undefined || now - (lastAt ?? now) <= RETRYING_MS;
}

function workingSince({ fetches, heartbeats, startedAt }: HealthFacts): number | undefined {
  if (fetches.failingSince !== undefined || heartbeats.failingSince !== undefined) return undefined;
  const times = [fetches.workingSince ?? startedAt, heartbeats.workingSince ?? startedAt];
  return Math.max(...times.map((time) => time ?? 0));
}

function at<Name extends string>(name: Name, ms: number | undefined): { readonly [K in Name]?: string } {
  // The type cannot say that a computed key is this one.
  return ms === undefined ? {} : ({ [name]: formatTimestamp(ms) } as { readonly [K in Name]?: string });
}
