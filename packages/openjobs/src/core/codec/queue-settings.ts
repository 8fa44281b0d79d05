/** Settings of a queue (ojs-queue-config §6, §9.1) as a client sets and sees them. */
import type { JsonText } from "../job.ts";
import { stringifyJson } from "../json.ts";
import { isMembers, type Members } from "../request-fields.ts";
import { objectAt, readObject } from "./answer-shape.ts";
import type { EnqueueOptions } from "./enqueue-options.ts";
import { encodeMs, encodePriority, encodeRetry, refuseUnknown } from "./enqueue-options-encode.ts";
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

/**
 * What jobs of a queue get that do not say it themselves: {@link EnqueueOptions} of the same names. Null removes a setting,
 * what is left out stays as it is.
 *
 * @example
 * await client.updateQueueConfig("thumbnails", { timeout: "1m", retry: { maxAttempts: 2 }, enqueueTtl: null });
 */
export interface QueueConfigChanges extends OrNull<Pick<EnqueueOptions, Setting>> {
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
  others: true,
};

/**
 * Writes a change of settings.
 *
 * @throws OjsValidationError for a setting that does not exist or has a value that makes no sense.
 */
export function encodeQueueConfigChanges(changes: QueueConfigChanges): JsonText {
  refuseUnknown(changes, KNOWN, "");
  const { priority, retry, others } = changes;
  const limits = Object.entries(LIMIT_NAMES).map(([name, wireName]) => {
    const value = changes[name as Limit]; // the table has no other names
    return [wireName, value === null ? null : encodeMs(name, value)] as const;
  });
  return stringifyJson({
    ...Object.fromEntries(limits),
    default_priority: priority === null ? null : encodePriority(priority),
    default_retry: retry === null ? null : encodeRetry(retry),
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
  });
}
