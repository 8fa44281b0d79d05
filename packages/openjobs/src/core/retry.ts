/** Retry policies: reading, checking and completing them, and their wire form (ojs-retry §2, §4, §8, §11). */
import { formatIsoDuration, parseIsoDuration } from "./duration.ts";
import { type OjsError, ojsError } from "./errors.ts";
import type { JobRecord } from "./job.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";

/** How the delay grows from retry to retry (ojs-retry §3). `none` and `constant` are the same thing. */
export const BACKOFF_STRATEGIES = ["none", "constant", "linear", "exponential", "polynomial"] as const;

/** One of {@link BACKOFF_STRATEGIES}. */
export type BackoffStrategy = (typeof BACKOFF_STRATEGIES)[number];

/** What becomes of a job without attempts left (ojs-retry §2.2). */
export const EXHAUSTION_ACTIONS = ["discard", "dead_letter"] as const;

/** One of {@link EXHAUSTION_ACTIONS}. */
export type ExhaustionAction = (typeof EXHAUSTION_ACTIONS)[number];

/** A complete policy; intervals are whole milliseconds. */
export interface RetryPolicy {
  /** All attempts, the first one included; 0 and 1 both mean that a failure is final. */
  readonly maxAttempts: number;
  readonly initialIntervalMs: number;
  readonly backoffCoefficient: number;
  readonly backoffStrategy: BackoffStrategy;
  readonly maxIntervalMs: number;
  readonly jitter: boolean;
  /** Error types, exact or with a trailing `.*`. */
  readonly nonRetryableErrors: readonly string[];
  readonly onExhaustion: ExhaustionAction;
}

/** A policy as it travels. */
export interface WireRetryPolicy {
  readonly max_attempts: number;
  readonly initial_interval: string;
  readonly backoff_coefficient: number;
  readonly max_interval: string;
  readonly jitter: boolean;
  readonly non_retryable_errors: readonly string[];
  readonly on_exhaustion: ExhaustionAction;
  /** Our extension field (ojs-retry §3); absent when exponential, because that is the spec's default. */
  readonly backoff_strategy?: BackoffStrategy;
}

/** The policy of a job that brings none (ojs-retry §8). */
export const DEFAULT_RETRY: RetryPolicy = {
  maxAttempts: 3,
  initialIntervalMs: 1_000,
  backoffCoefficient: 2,
  backoffStrategy: "exponential",
  maxIntervalMs: 300_000,
  jitter: true,
  nonRetryableErrors: [],
  onExhaustion: "discard",
};

/** Fits the 32-bit counters of every driver and SDK. */
const MAX_ATTEMPTS = 2_147_483_647;
/** A hundred years: keeps every computed time a valid RFC 3339 timestamp. */
export const MAX_RETRY_INTERVAL_MS: number = 36_500 * 86_400_000;

/**
 * Checks a policy from a request and completes it with the defaults (ojs-retry §8.1, §11). An explicit null counts as
 * absent, fields that we do not know are ignored, and `*_interval_ms` (http-binding §5, the Go SDK) is as good as the
 * ISO 8601 spelling, which wins if both are there.
 *
 * @param input The value as it came; undefined or null give the default policy.
 * @param field Where it was found, for error messages: `options.retry`.
 * @throws OjsError `validation_error` (422) that names the wire field.
 */
export function readRetryPolicy(input: unknown, field: string): RetryPolicy {
  if (input === undefined || input === null) return DEFAULT_RETRY;
  if (!isJsonObject(input)) throw invalid(field, "must be an object", 'Send {"max_attempts": 3}.');
  return {
    maxAttempts: read(input, field, "max_attempts", isAttempts, WANTED.attempts) ?? DEFAULT_RETRY.maxAttempts,
    ...readIntervals(input, field),
    backoffCoefficient:
      read(input, field, "backoff_coefficient", isCoefficient, WANTED.coefficient) ?? DEFAULT_RETRY.backoffCoefficient,
    backoffStrategy:
      read(input, field, "backoff_strategy", oneOf(BACKOFF_STRATEGIES), listOf(BACKOFF_STRATEGIES)) ??
      DEFAULT_RETRY.backoffStrategy,
    jitter: read(input, field, "jitter", isBoolean, "must be true or false") ?? DEFAULT_RETRY.jitter,
    nonRetryableErrors:
      read(input, field, "non_retryable_errors", isTypeList, WANTED.types) ?? DEFAULT_RETRY.nonRetryableErrors,
    onExhaustion:
      read(input, field, "on_exhaustion", oneOf(EXHAUSTION_ACTIONS), listOf(EXHAUSTION_ACTIONS)) ??
      DEFAULT_RETRY.onExhaustion,
  };
}

/** The wire form; reading it back gives the same policy. */
export function encodeRetryPolicy(policy: RetryPolicy): WireRetryPolicy {
  const { backoffStrategy } = policy;
  return {
    max_attempts: policy.maxAttempts,
    initial_interval: formatIsoDuration(policy.initialIntervalMs),
    backoff_coefficient: policy.backoffCoefficient,
    max_interval: formatIsoDuration(policy.maxIntervalMs),
    jitter: policy.jitter,
    non_retryable_errors: policy.nonRetryableErrors,
    on_exhaustion: policy.onExhaustion,
    ...(backoffStrategy === "exponential" ? {} : { backoff_strategy: backoffStrategy }),
  };
}

/** The policy that a stored job was accepted with. Parses JSON: only for attempts that failed. */
export function policyOf(job: Pick<JobRecord, "attributes">): RetryPolicy {
  const attributes: unknown = JSON.parse(job.attributes);
  return readRetryPolicy(isJsonObject(attributes) ? attributes.retry : undefined, "retry");
}

const WANTED = {
  attempts: `must be an integer from 0 to ${MAX_ATTEMPTS}`,
  coefficient: "must be a number of at least 1.0",
  types: "must be an array of non-empty strings",
  isoInterval: "must be an ISO 8601 duration above zero and up to 100 years, such as PT5S",
  msInterval: "must be a number of milliseconds above zero and up to 100 years",
} as const;

/**
 * Only a client that names both intervals can contradict itself. When one is named, the other one's default gives way,
 * so that `{"initial_interval": "PT1H"}` alone is a policy and not a riddle.
 */
function readIntervals(input: JsonObject, field: string): Pick<RetryPolicy, "initialIntervalMs" | "maxIntervalMs"> {
  const initial = readInterval(input, field, "initial_interval");
  const max = readInterval(input, field, "max_interval");
  if (initial !== undefined && max !== undefined && max < initial) {
    throw invalid(`${field}.max_interval`, "must be at least initial_interval");
  }
  return {
    initialIntervalMs: initial ?? Math.min(DEFAULT_RETRY.initialIntervalMs, max ?? DEFAULT_RETRY.maxIntervalMs),
    maxIntervalMs: max ?? Math.max(DEFAULT_RETRY.maxIntervalMs, initial ?? 0),
  };
}

function readInterval(input: JsonObject, field: string, name: string): number | undefined {
  const text = read(input, field, name, isIsoInterval, WANTED.isoInterval);
  const ms =
    text === undefined ? read(input, field, `${name}_ms`, isInterval, WANTED.msInterval) : parseIsoDuration(text);
  return ms === undefined ? undefined : Math.max(1, Math.round(ms));
}

function read<T>(
  input: JsonObject,
  field: string,
  name: string,
  accepts: (value: unknown) => value is T,
  wanted: string,
): T | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (accepts(value)) return value;
  throw invalid(`${field}.${name}`, wanted);
}

function invalid(field: string, wanted: string, hint?: string): OjsError {
  return ojsError("validation_error", `${field} ${wanted}.`, {
    details: { field },
    ...(hint === undefined ? {} : { hint }),
  });
}

function isAttempts(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_ATTEMPTS;
}

function isCoefficient(value: unknown): value is number {
  return typeof value === "number" && value >= 1 && Number.isFinite(value);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isInterval(value: unknown): value is number {
  return typeof value === "number" && value > 0 && value <= MAX_RETRY_INTERVAL_MS;
}

function isIsoInterval(value: unknown): value is string {
  return typeof value === "string" && isInterval(parseIsoDuration(value));
}

function isTypeList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string" && entry !== "");
}

function oneOf<T extends string>(choices: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => choices.some((choice) => choice === value);
}

function listOf(choices: readonly string[]): string {
  return `must be one of ${choices.join(", ")}`;
}
