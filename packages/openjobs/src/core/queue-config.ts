/** Settings of a queue (ojs-queue-config §6, §7): checked, merged, and given to jobs that do not say otherwise. */
import { type OjsError, ojsError } from "./errors.ts";
import type { JsonText } from "./job.ts";
import type { NewJob } from "./job-request.ts";
import { checkDepth, stringifyJson } from "./json.ts";
import type { JsonObject } from "./json-object.ts";
import { LIMITS } from "./limits.ts";
import { encodeQueueBound, type QueueBound, readQueueBound } from "./queue-bound.ts";
import { type Found, findMember, integerOf, isMembers } from "./request-fields.ts";
import { encodeRetryPolicy, type RetryPolicy, readRetryPolicy } from "./retry.ts";

/** What the settings say about jobs that do not say it themselves, and about the queue; null = nothing. Times are milliseconds. */
export interface QueueDefaults {
  readonly timeoutMs: number | null;
  readonly graceMs: number | null;
  readonly totalMs: number | null;
  readonly enqueueTtlMs: number | null;
  readonly heartbeatMs: number | null;
  readonly visibilityMs: number | null;
  readonly priority: number | null;
  readonly retry: RetryPolicy | null;
  /** How many jobs may wait. */
  readonly bound: QueueBound | null;
  /** Whether jobs have to bring an attestation. */
  readonly attested: boolean | null;
}

/** The name under which the settings of all queues are kept that have none of their own (§7.1). No queue can have it. */
export const DEFAULT_POLICY = "_default";

type LimitField = Exclude<keyof QueueDefaults, "priority" | "retry" | "bound" | "attested">;

/** Of each limit: its name in milliseconds and in seconds as a setting, and its name in a job. */
const TIME_LIMITS: Readonly<Record<LimitField, readonly [ms: string, seconds: string, inJob: string]>> = {
  timeoutMs: ["default_timeout_ms", "default_timeout", "timeout_ms"],
  graceMs: ["default_grace_period_ms", "default_grace_period", "grace_period_ms"],
  totalMs: ["default_total_timeout_ms", "default_total_timeout", "total_timeout_ms"],
  enqueueTtlMs: ["default_enqueue_ttl_ms", "default_enqueue_ttl", "enqueue_ttl_ms"],
  heartbeatMs: ["default_heartbeat_timeout_ms", "default_heartbeat_timeout", "heartbeat_timeout_ms"],
  visibilityMs: ["visibility_timeout_ms", "visibility_timeout", "visibility_timeout_ms"],
};

const LIMIT_ENTRIES = Object.entries(TIME_LIMITS) as [LimitField, (typeof TIME_LIMITS)[LimitField]][];

/** Settings that are kept and that this server does not act on, but whose values it can tell from nonsense. */
const COUNTS = ["concurrency", "max_size", "max_size_bytes", "dead_letter_max_size"] as const;

const ENFORCED: ReadonlySet<string> = new Set([
  ...LIMIT_ENTRIES.flatMap(([, [ms, seconds]]) => [ms, seconds]),
  "default_priority",
  "default_retry",
  "backpressure",
  "attest_policy",
]);

const MAX_CONFIG_BYTES = 65_536;

/** Nothing is said about anything. */
export const NO_DEFAULTS: QueueDefaults = {
  timeoutMs: null,
  graceMs: null,
  totalMs: null,
  enqueueTtlMs: null,
  heartbeatMs: null,
  visibilityMs: null,
  priority: null,
  retry: null,
  bound: null,
  attested: null,
};

/**
 * Changes settings: members that are named replace those that were there, null removes one, the others stay.
 *
 * @throws OjsError `invalid_request` or, for retry policies, `validation_error`, each naming the member; nothing changes then.
 */
export function changeQueueConfig(before: JsonObject, change: JsonObject): JsonObject {
  checkDepth(change, LIMITS.depth, "");
  const gone = new Set(Object.keys(change).flatMap((name) => [name, ...otherSpelling(name)]));
  const kept = Object.entries(before).filter(([name]) => !gone.has(name));
  const config: JsonObject = Object.fromEntries([
    ...kept,
    ...Object.entries(change).filter(([, value]) => value !== null),
  ]);
  readQueueDefaults(config);
  for (const name of COUNTS) {
    const found = memberOf(config, name);
    if (found !== undefined) integerOf(found, 1, Number.MAX_SAFE_INTEGER);
  }
  const bytes = stringifyJson(config).length;
  if (bytes > MAX_CONFIG_BYTES) throw tooLarge(bytes);
  return config;
}

/** Reads what settings say about jobs. Throws as {@link changeQueueConfig}. */
export function readQueueDefaults(config: JsonObject): QueueDefaults {
  const priority = memberOf(config, "default_priority");
  const retry = memberOf(config, "default_retry");
  const bound = memberOf(config, "backpressure");
  return {
    timeoutMs: readLimit(config, "timeoutMs"),
    graceMs: readLimit(config, "graceMs"),
    totalMs: readLimit(config, "totalMs"),
    enqueueTtlMs: readLimit(config, "enqueueTtlMs"),
    heartbeatMs: readLimit(config, "heartbeatMs"),
    visibilityMs: readLimit(config, "visibilityMs"),
    priority: priority === undefined ? null : integerOf(priority, LIMITS.priorityMin, LIMITS.priorityMax),
    retry: retry === undefined ? null : readRetryPolicy(retry.value, retry.field),
    bound: bound === undefined ? null : readQueueBound(bound),
    attested: readAttestPolicy(config),
  };
}

/** The settings that this server keeps and returns, but does not act on. */
export function ignoredMembers(config: JsonObject): readonly string[] {
  return Object.keys(config).filter((name) => !ENFORCED.has(name));
}

/** A queue's own settings before those of the default policy, member by member (§7.2). */
export function layered(own: QueueDefaults, policy: QueueDefaults): QueueDefaults {
  return {
    timeoutMs: own.timeoutMs ?? policy.timeoutMs,
    graceMs: own.graceMs ?? policy.graceMs,
    totalMs: own.totalMs ?? policy.totalMs,
    enqueueTtlMs: own.enqueueTtlMs ?? policy.enqueueTtlMs,
    heartbeatMs: own.heartbeatMs ?? policy.heartbeatMs,
    visibilityMs: own.visibilityMs ?? policy.visibilityMs,
    priority: own.priority ?? policy.priority,
    retry: own.retry ?? policy.retry,
    bound: own.bound ?? policy.bound,
    attested: own.attested ?? policy.attested,
  };
}

/** The defaults under the names that they have in a job, for whoever wants to know what applies. */
export function shownDefaults(defaults: QueueDefaults): JsonObject {
  const { priority, retry, bound, attested } = defaults;
  const limits = LIMIT_ENTRIES.flatMap(([field, [, , name]]) => member(name, defaults[field]));
  const policy = retry === null ? null : encodeRetryPolicy(retry);
  const backpressure = bound === null ? null : encodeQueueBound(bound);
  const attestPolicy = attested === null ? null : { required: attested };
  const others = { priority, retry: policy, backpressure, attest_policy: attestPolicy };
  return Object.fromEntries([...limits, ...Object.entries(others).flatMap(([name, value]) => member(name, value))]);
}

type DefaultedRequest = Pick<NewJob, LimitField | "priority" | "maxAttempts" | "attributes">;

/**
 * The request with what it leaves open filled in. The job shows it, and keeps it when the settings change: they apply to
 * jobs that come after (§4).
 */
export function withQueueDefaults<T extends DefaultedRequest>(request: T, defaults: QueueDefaults): T {
  const shown: (readonly [name: string, value: unknown])[] = [];
  const limits: Partial<Record<LimitField, number>> = {};
  for (const [field, [, , name]] of LIMIT_ENTRIES) {
    const value = defaults[field];
    // A grace period of nothing is what a request has that names none.
    if (value === null || (request[field] ?? 0) !== 0) continue;
    limits[field] = value;
    shown.push([name, value]);
  }
  const { retry } = defaults;
  const policy = request.maxAttempts === null ? retry : null;
  if (policy !== null) shown.push(["retry", encodeRetryPolicy(policy)]);
  return {
    ...request,
    ...limits,
    priority: request.priority ?? defaults.priority,
    maxAttempts: request.maxAttempts ?? policy?.maxAttempts ?? null,
    attributes: withMembers(request.attributes, shown),
  };
}

function withMembers(attributes: JsonText, members: readonly (readonly [name: string, value: unknown])[]): JsonText {
  if (members.length === 0) return attributes;
  const added = members.map(([name, value]) => `"${name}":${stringifyJson(value)}`).join(",");
  return attributes === "{}" ? `{${added}}` : `${attributes.slice(0, -1)},${added}}`;
}

/** Who sets a limit in seconds does not want the one that was set in milliseconds, nor the other way round. */
function otherSpelling(name: string): readonly string[] {
  const pair = LIMIT_ENTRIES.find(([, [ms, seconds]]) => name === ms || name === seconds);
  return pair === undefined ? [] : pair[1].slice(0, 2).filter((other) => other !== name);
}

function readLimit(config: JsonObject, field: LimitField): number | null {
  const [ms, seconds] = TIME_LIMITS[field];
  const inMs = memberOf(config, ms);
  if (inMs !== undefined) return integerOf(inMs, 1, LIMITS.timeoutMs);
  const inSeconds = memberOf(config, seconds);
  return inSeconds === undefined ? null : 1_000 * integerOf(inSeconds, 1, LIMITS.timeoutMs / 1_000);
}

function readAttestPolicy(config: JsonObject): boolean | null {
  const found = memberOf(config, "attest_policy");
  if (found === undefined) return null;
  const required = isMembers(found.value) ? found.value.required : undefined;
  if (typeof required === "boolean") return required;
  throw ojsError("invalid_request", "attest_policy.required must be true or false.", {
    details: { field: "attest_policy.required", expected: "boolean" },
  });
}

function memberOf(config: JsonObject, name: string): Found | undefined {
  const found = findMember(config, name, "");
  return found.value === null ? undefined : found;
}

function member(name: string, value: unknown): (readonly [string, unknown])[] {
  return value === null ? [] : [[name, value]];
}

function tooLarge(actual: number): OjsError {
  return ojsError("payload_too_large", `The settings have ${actual} bytes of JSON; ${MAX_CONFIG_BYTES} are allowed.`, {
    details: { field: "", actual, max: MAX_CONFIG_BYTES },
  });
}
