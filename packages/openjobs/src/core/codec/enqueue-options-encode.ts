/**
 * The `options` of an enqueue request (ojs-http-binding §9.1), in the spellings that every OJS server understands: times
 * are absolute, retry and unique intervals ISO 8601, timeouts milliseconds.
 */
import { type Duration, formatIsoDuration, toMilliseconds } from "../duration.ts";
import { OjsError, OjsValidationError } from "../errors.ts";
import { stringifyJson } from "../json.ts";
import { formatTimestamp } from "../time.ts";
import type {
  EnqueueOptions,
  PaceOptions,
  PriorityLevel,
  RateLimitOptions,
  RetryOptions,
  UniqueOptions,
} from "./enqueue-options.ts";

const PRIORITIES: Readonly<Record<PriorityLevel, number>> = { high: 10, normal: 0, low: -10 };

/** Wire names of the members of a nested option. */
type WireNames<T> = Readonly<Record<keyof T, string>>;

const RETRY_NAMES: WireNames<RetryOptions> = {
  maxAttempts: "max_attempts",
  initialInterval: "initial_interval",
  backoffCoefficient: "backoff_coefficient",
  backoffStrategy: "backoff_strategy",
  maxInterval: "max_interval",
  jitter: "jitter",
  nonRetryableErrors: "non_retryable_errors",
  onExhaustion: "on_exhaustion",
};

const UNIQUE_NAMES: WireNames<UniqueOptions> = {
  keys: "keys",
  argsKeys: "args_keys",
  metaKeys: "meta_keys",
  period: "period",
  states: "states",
  onConflict: "on_conflict",
  fingerprint: "fingerprint",
};

const RATE_LIMIT_NAMES: WireNames<RateLimitOptions> = {
  key: "key",
  concurrency: "concurrency",
  rate: "rate",
  throttle: "throttle",
};

const PACE_NAMES: WireNames<PaceOptions> = { limit: "limit", period: "period" };

/** Members of nested options that are durations. */
const INTERVALS: ReadonlySet<string> = new Set(["initialInterval", "maxInterval", "period"]);

const OPTION_NAMES: Readonly<Record<keyof EnqueueOptions, true>> = {
  id: true,
  meta: true,
  schema: true,
  queue: true,
  priority: true,
  delay: true,
  scheduledAt: true,
  expiresAt: true,
  timeout: true,
  gracePeriod: true,
  totalTimeout: true,
  enqueueTtl: true,
  heartbeatTimeout: true,
  visibilityTimeout: true,
  retry: true,
  unique: true,
  rateLimit: true,
  tags: true,
  pending: true,
};

/**
 * The members of the wire's `options` as text, without braces; empty when none is set. Only what is set is written,
 * without an object of all of them, most undefined.
 *
 * @param now Unix milliseconds; `delay` counts from here. Null = from the moment when it is the job's turn.
 * @throws OjsValidationError for an option that does not exist or has a value that makes no sense.
 */
export function encodeOptions(options: EnqueueOptions, now: number | null): string {
  refuseUnknown(options, OPTION_NAMES, "");
  const text =
    member("queue", options.queue) +
    member("priority", encodePriority(options.priority)) +
    member("delay_until", encodeStart(options, now)) +
    member("expires_at", encodeTime("expiresAt", options.expiresAt)) +
    member("timeout_ms", encodeMs("timeout", options.timeout)) +
    member("grace_period_ms", encodeMs("gracePeriod", options.gracePeriod)) +
    member("total_timeout_ms", encodeMs("totalTimeout", options.totalTimeout)) +
    member("enqueue_ttl_ms", encodeMs("enqueueTtl", options.enqueueTtl)) +
    member("heartbeat_timeout_ms", encodeMs("heartbeatTimeout", options.heartbeatTimeout)) +
    member("visibility_timeout_ms", encodeMs("visibilityTimeout", options.visibilityTimeout)) +
    member("retry", encodeRetry(options.retry)) +
    member("unique", encodeUnique(options.unique)) +
    member("rate_limit", encodeRateLimit(options.rateLimit)) +
    member("tags", options.tags) +
    member("pending", options.pending);
  return text.slice(1);
}

function member(name: string, value: unknown): string {
  return value === undefined ? "" : `,"${name}":${stringifyJson(value)}`;
}

/** The priority as a number; undefined when none is given. */
export function encodePriority(priority: EnqueueOptions["priority"]): number | undefined {
  if (typeof priority !== "string") {
    if (priority === undefined || Number.isInteger(priority)) return priority;
    throw refusedOption("priority", `The priority ${priority} is not a whole number.`);
  }
  if (Object.hasOwn(PRIORITIES, priority)) return PRIORITIES[priority];
  throw refusedOption("priority", `'${priority}' is no priority.`, "Use high, normal, low or a whole number.");
}

function encodeStart({ delay, scheduledAt }: EnqueueOptions, now: number | null): string | undefined {
  const delayMs = encodeMs("delay", delay);
  if (delayMs === undefined) return encodeTime("scheduledAt", scheduledAt);
  if (scheduledAt !== undefined) throw refusedOption("delay", "`delay` and `scheduledAt` exclude each other.");
  // "Now" by a clock that is fast would be the future for the server.
  if (delayMs === 0) return undefined;
  return now === null ? `+${formatIsoDuration(delayMs)}` : formatTimestamp(now + delayMs);
}

/** The retry policy under its wire names; undefined when none is given. */
export function encodeRetry(retry: RetryOptions | undefined): object | undefined {
  return encodeMembers(retry, RETRY_NAMES, "retry");
}

/** The uniqueness policy under its wire names; undefined when none is given. */
export function encodeUnique(unique: UniqueOptions | undefined): object | undefined {
  return encodeMembers(unique, UNIQUE_NAMES, "unique");
}

/** Text travels as it is: the server checks it and keeps its offset and precision. */
export function encodeTime(field: string, time: Date | string | undefined): string | undefined {
  if (!(time instanceof Date)) return time;
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw refusedOption(field, `\`${field}\` is an invalid Date.`);
}

/** Renames the members of a nested option and writes its durations as ISO 8601. */
export function encodeMembers<T extends object>(
  members: T | undefined,
  names: WireNames<T>,
  field: string,
): object | undefined {
  if (members === undefined) return undefined;
  refuseUnknown(members, names, `${field}.`);
  const entries = Object.entries(members).map(([name, value]) => {
    const wireName = names[name as keyof T]; // refuseUnknown has proved the name
    return [wireName, INTERVALS.has(name) ? encodeInterval(`${field}.${name}`, value) : value];
  });
  return Object.fromEntries(entries);
}

/** A misspelt option would otherwise be dropped without a word, and so would what is no object at all. */
export function refuseUnknown(members: object, names: object, prefix: string): void {
  const isObject = typeof members === "object" && members !== null;
  const unknown = isObject ? Object.keys(members).find((name) => !Object.hasOwn(names, name)) : "";
  if (unknown === undefined) return;
  const field = isObject ? prefix + unknown : prefix.slice(0, -1) || "options";
  throw refusedOption(
    field,
    isObject ? `There is no option '${field}'.` : `\`${field}\` has to be an object.`,
    `Options are ${Object.keys(names).join(", ")}.`,
  );
}

function encodeRateLimit(limit: RateLimitOptions | undefined): object | undefined {
  if (limit === undefined) return undefined;
  return {
    ...encodeMembers(limit, RATE_LIMIT_NAMES, "rateLimit"),
    rate: encodeMembers(limit.rate, PACE_NAMES, "rateLimit.rate"),
    throttle: encodeMembers(limit.throttle, PACE_NAMES, "rateLimit.throttle"),
  };
}

function encodeInterval(field: string, duration: Duration | undefined): string | undefined {
  const ms = encodeMs(field, duration);
  return ms === undefined ? undefined : formatIsoDuration(ms);
}

/** A duration in milliseconds; undefined when none is given. Throws an error that names `field` when it is none. */
export function encodeMs(field: string, duration: Duration | undefined): number | undefined {
  if (duration === undefined) return undefined;
  try {
    return toMilliseconds(duration);
  } catch (cause) {
    const text = JSON.stringify(duration) ?? String(duration);
    const hint = cause instanceof OjsError ? cause.hint : undefined;
    throw refusedOption(field, `\`${field}\` is ${text}, which is not a duration.`, hint, cause);
  }
}

/** An option or an argument that is refused before anything is sent. */
export function refusedOption(field: string, message: string, hint?: string, cause?: unknown): OjsError {
  return new OjsValidationError("invalid_request", message, {
    details: { field },
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}
