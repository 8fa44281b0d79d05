/** Settings of a queue (ojs-queue-config §6, §9.1) as a client sets and sees them. */
import type { JsonText } from "../job.ts";
import { stringifyJson } from "../json.ts";
import { isMembers, type Members } from "../request-fields.ts";
import { objectAt, readObject } from "./answer-shape.ts";
import type { EnqueueOptions } from "./enqueue-options.ts";
import { encodeMembers, encodeMs, encodePriority, encodeRetry, refuseUnknown } from "./enqueue-options-encode.ts";
import { decodeFacts, type JobFacts, readRetry } from "./job-decode.ts";
import { integer, present, strings, text } from "./wire-values.ts";

type Limit = "timeout" | "gracePeriod" | "totalTimeout" | "enqueueTtl" | "heartbeatTimeout" | "visibilityTimeout";

/** Wire names of the settings that are time limits. */
const LIMIT_NAMES: Readonly<Record<Limit, string>> = {
  timeout: "default_timeout_ms",
  gracePeriod: "default_grace_period_ms",
  totalTimeout: "default_total_timeout_ms",
  enqueueTtl: "default_enqueue_ttl_ms",
  heartbeatTimeout: "default_heartbeat_timeout_ms",
  visibilityTimeout: "visibility_timeout_ms",
};

type Setting = Limit | "priority" | "retry";

type OrNull<T> = { readonly [K in keyof T]?: NonNullable<T[K]> | null };

/** How many jobs may wait in a queue before more are refused with `QUEUE_FULL` (ojs-backpressure §6). */
export interface QueueBoundOptions {
  /** 0 = any number. */
  readonly maxDepth: number;
  /** From this part of it on, answers to an enqueue have a warning: 0 to 1, 0.8 unless given. */
  readonly warningThreshold?: number;
}

/**
 * What jobs of a queue get that do not say it themselves: {@link EnqueueOptions} of the same names. Null removes a setting,
 * what is left out stays as it is.
 *
 * @example
 * await client.updateQueueConfig("thumbnails", { timeout: "1m", retry: { maxAttempts: 2 }, enqueueTtl: null });
 */
export interface QueueConfigChanges extends OrNull<Pick<EnqueueOptions, Setting>> {
  /** The bound of the queue. */
  readonly backpressure?: QueueBoundOptions | null;
  /** Any other settings under their wire names, such as `max_size`; `ignored` of the answer tells which have no effect. */
  readonly others?: Readonly<Record<string, unknown>>;
}

/** What jobs of a queue get that leave it open: its settings, and those of the default policy where it has none. */
export interface QueueDefaults
  extends Pick<
    JobFacts,
    | "timeoutMs"
    | "gracePeriodMs"
    | "totalTimeoutMs"
    | "enqueueTtlMs"
    | "heartbeatTimeoutMs"
    | "visibilityTimeoutMs"
    | "retry"
  > {
  readonly priority?: number;
  /** The bound of the queue. */
  readonly backpressure?: QueueBoundOptions;
}

/** The settings of a queue, and what follows from them. */
export interface QueueConfig {
  readonly name: string;
  /** As they were set, under their wire names; empty when none ever was. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly applied: QueueDefaults;
  /** Members of `config` that the server keeps and does not act on. */
  readonly ignored: readonly string[];
  /** RFC 3339; absent when none ever was set. */
  readonly updatedAt?: string;
}

const KNOWN: Readonly<Record<keyof QueueConfigChanges, unknown>> = {
  ...LIMIT_NAMES,
  priority: true,
  retry: true,
  backpressure: true,
  others: true,
};

const BOUND_NAMES: Readonly<Record<keyof QueueBoundOptions, string>> = {
  maxDepth: "max_depth",
  warningThreshold: "warning_threshold",
};

/**
 * Writes a change of settings.
 *
 * @throws OjsValidationError for a setting that does not exist or has a value that makes no sense.
 */
export function encodeQueueConfigChanges(changes: QueueConfigChanges): JsonText {
  refuseUnknown(changes, KNOWN, "");
  const { priority, retry, backpressure, others } = changes;
  const limits = Object.entries(LIMIT_NAMES).map(([name, wireName]) => {
    const value = changes[name as Limit]; // the table has no other names
    return [wireName, value === null ? null : encodeMs(name, value)] as const;
  });
  return stringifyJson({
    ...Object.fromEntries(limits),
    default_priority: priority === null ? null : encodePriority(priority),
    default_retry: retry === null ? null : encodeRetry(retry),
    backpressure: backpressure === null ? null : encodeMembers(backpressure, BOUND_NAMES, "backpressure"),
    ...others,
  });
}

/** Reads settings; throws a plain Error when the answer is none. */
export function decodeQueueConfig(answer: unknown, name: string): QueueConfig {
  const members = readObject(answer, "the answer");
  if (!isMembers(members.config)) throw new Error("the answer has no settings");
  return present<QueueConfig>({
    name: text(members.name) ?? text(members.queue) ?? name,
    config: members.config,
    applied: decodeDefaults(objectAt(members, "applied")),
    ignored: strings(members.ignored) ?? [],
    updatedAt: text(members.updated_at),
  });
}

/** A server tells them under the names that they have in a job. */
function decodeDefaults(applied: Members): QueueDefaults {
  const facts = decodeFacts(applied, readRetry(applied.retry));
  return present<QueueDefaults>({
    timeoutMs: facts.timeoutMs,
    gracePeriodMs: facts.gracePeriodMs,
    totalTimeoutMs: facts.totalTimeoutMs,
    enqueueTtlMs: facts.enqueueTtlMs,
    heartbeatTimeoutMs: facts.heartbeatTimeoutMs,
    visibilityTimeoutMs: facts.visibilityTimeoutMs,
    priority: integer(applied.priority),
    retry: facts.retry,
    backpressure: decodeBound(applied.backpressure),
  });
}

function decodeBound(wire: unknown): QueueBoundOptions | undefined {
  const bound: Members = isMembers(wire) ? wire : {};
  const maxDepth = integer(bound.max_depth);
  if (maxDepth === undefined) return undefined;
  const { warning_threshold: threshold } = bound;
  return typeof threshold === "number" ? { maxDepth, warningThreshold: threshold } : { maxDepth };
}
