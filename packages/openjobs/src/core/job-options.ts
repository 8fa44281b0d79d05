/** The options of an enqueue request, each checked and in its normal form (ojs-core §5.2, ojs-http-binding §7). */
import { formatIsoDuration } from "./duration.ts";
import type { JsonText } from "./job.ts";
import { type JobTimeouts, readJobTimeouts } from "./job-timeouts.ts";
import { laneOf } from "./lane.ts";
import { DEFAULTS, LIMITS } from "./limits.ts";
import { isQueueName } from "./queue-name.ts";
import { readRateLimit } from "./rate-limit.ts";
import {
  type Found,
  findOption,
  integerOf,
  type RequestFields,
  refused,
  stringOf,
  stringsOf,
} from "./request-fields.ts";
import { encodeRetryPolicy, type RetryPolicy, readRetryPolicy } from "./retry.ts";
import { type ResolvedTime, resolveTime } from "./time.ts";
import { readUniquePolicy, type WireUniquePolicy } from "./unique-policy.ts";

/** What the options say; null = nothing. Times are Unix milliseconds. */
export interface JobOptions {
  readonly queue: string;
  readonly priority: number | null;
  readonly timeouts: JobTimeouts;
  readonly scheduledAt: number | null;
  readonly expiresAt: number | null;
  readonly maxAttempts: number | null;
  readonly pending: boolean;
  readonly unique: PlacedPolicy | null;
  /** See `JobRequest`. */
  readonly lane: JsonText | null;
  /** What the job shows of them, as JSON values under their wire names. */
  readonly shown: readonly (readonly [name: string, value: unknown])[];
}

/** A uniqueness policy, and where it is in the request. */
export interface PlacedPolicy {
  readonly policy: WireUniquePolicy;
  readonly field: string;
}

const SCHEMA_CHARS = 2_048;

/**
 * Reads all options.
 *
 * @param now Unix milliseconds, what relative times count from.
 * @throws OjsError `invalid_request` that names the field, `validation_error` (422) for retry policies.
 */
export function readJobOptions(fields: RequestFields, now: number): JobOptions {
  const timeouts = readJobTimeouts(fields);
  const scheduled = readSchedule(fields, now);
  const expires = readTime(findOption(fields, "expires_at"), now);
  const retry = readRetry(fields);
  const unique = readUnique(fields);
  const queue = readQueue(findOption(fields, "queue"));
  const rateLimit = findOption(fields, "rate_limit");
  const shown: (readonly [string, unknown])[] = [...timeouts.shown];
  if (scheduled !== null) shown.push(["scheduled_at", scheduled.text]);
  if (expires !== null) shown.push(["expires_at", expires.text]);
  if (retry !== undefined) shown.push(["retry", encodeRetryPolicy(retry)]);
  if (unique !== null) shown.push(["unique", unique.policy]);
  // As it came: nobody has to find out how we spell it.
  if (rateLimit !== undefined) shown.push(["rate_limit", rateLimit.value]);
  readPassive(fields, shown);
  return {
    queue,
    priority: readPriority(findOption(fields, "priority")),
    timeouts,
    scheduledAt: scheduled?.at ?? null,
    expiresAt: expires?.at ?? null,
    maxAttempts: retry?.maxAttempts ?? null,
    pending: readPending(findOption(fields, "pending")),
    unique,
    lane: rateLimit === undefined ? null : laneOf(readRateLimit(rateLimit, queue)),
    shown,
  };
}

function readQueue(found: Found | undefined): string {
  if (found === undefined) return DEFAULTS.queue;
  const { value } = found;
  if (isQueueName(value)) return value;
  throw refused(
    found.field,
    `must be a queue name of 1 to ${LIMITS.queueChars} characters: a-z, 0-9, '-' and '.', starting with a letter or digit`,
    'Use a name like "email" or "reports.daily".',
  );
}

function readPriority(found: Found | undefined): number | null {
  return found === undefined ? null : integerOf(found, LIMITS.priorityMin, LIMITS.priorityMax);
}

function readPending(found: Found | undefined): boolean {
  if (found === undefined) return false;
  if (typeof found.value === "boolean") return found.value;
  throw refused(found.field, "must be true or false");
}

function readSchedule(fields: RequestFields, now: number): ResolvedTime | null {
  const found = findOption(fields, "delay_until", "scheduled_at", "delay");
  if (found?.name !== "delay" || typeof found.value !== "number") return readTime(found, now);
  // Our own `delay` in milliseconds: the server's clock decides when it is over, not the client's.
  const ms = integerOf(found, 0, Number.MAX_SAFE_INTEGER);
  return readTime({ name: found.name, value: formatIsoDuration(ms), field: found.field }, now);
}

function readTime(found: Found | undefined, now: number): ResolvedTime | null {
  if (found === undefined) return null;
  const { value, field } = found;
  const time = typeof value === "string" ? resolveTime(value, now) : undefined;
  if (time !== undefined) return time;
  throw refused(
    field,
    "must be an RFC 3339 timestamp with a zone, or an ISO 8601 duration from now",
    'Send "2030-01-31T09:30:00Z", "2030-01-31T09:30:00+02:00" or "+PT5M".',
  );
}

function readRetry(fields: RequestFields): RetryPolicy | undefined {
  const found = findOption(fields, "retry", "retry_policy");
  return found === undefined ? undefined : readRetryPolicy(found.value, found.field);
}

function readUnique(fields: RequestFields): PlacedPolicy | null {
  const found = findOption(fields, "unique");
  return found === undefined ? null : { policy: readUniquePolicy(found), field: found.field };
}

/** Adds options that this server keeps and shows, but does not act on. */
function readPassive(fields: RequestFields, shown: (readonly [string, unknown])[]): void {
  const schema = findOption(fields, "schema");
  const tags = findOption(fields, "tags");
  if (schema !== undefined) shown.push(["schema", stringOf(schema, SCHEMA_CHARS)]);
  if (tags !== undefined) shown.push(["tags", stringsOf(tags, LIMITS.tags, LIMITS.tagChars)]);
}
