/** Failed attempts: what a worker reports, and what the job remembers of it (ojs-core §8, ojs-retry §7, §10.1). */
import { ojsError } from "./errors.ts";
import type { JobRecord, JsonText } from "./job.ts";
import { isJsonObject, type JsonObject } from "./json-object.ts";
import { DEFAULTS } from "./limits.ts";
import { formatTimestamp } from "./time.ts";

/**
 * What a handler asks for instead of the policy's decision (ojs-retry §7.1). `SNOOZE` is ours (docs/adr/033-what-a-handler-can-do.md): the attempt does not count, and
 * the job runs again after a while. A server that does not know it sees a failed attempt like any other.
 */
export const FAILURE_ACTIONS = ["RETRY", "DISCARD", "DEAD_LETTER", "FAIL", "SNOOZE"] as const;

/** One of {@link FAILURE_ACTIONS}. */
export type FailureAction = (typeof FAILURE_ACTIONS)[number];

/** Why an attempt failed, normalised and bounded. */
export interface Failure {
  /** Class or dot-namespaced type of the error; what `non_retryable_errors` is matched against. */
  readonly type: string;
  /** As the worker sent it, so that clients that look for it find it: `handler_error`, `DISCARD` … */
  readonly code: string;
  readonly message: string;
  /** The reporter's own opinion; null when it has none. */
  readonly retryable: boolean | null;
  /** Handler response code; null = let the policy decide. */
  readonly action: FailureAction | null;
  /** Any JSON value. */
  readonly details?: unknown;
  readonly backtrace?: readonly string[];
  /** Delay before the next attempt that the handler asked for, in milliseconds; beats the policy's backoff. */
  readonly retryAfterMs?: number;
  /** More members of the stored error object. */
  readonly extra?: TimeLimitFacts;
}

/** Which time limit was passed (ojs-timeouts §8). */
export type TimeoutKind = "execution" | "total" | "enqueue_ttl" | "stalled";

/** What the error of a passed time limit tells beside its type and message, under the wire names (ojs-timeouts §8). */
export interface TimeLimitFacts {
  readonly timeout_kind: TimeoutKind;
  readonly limit_seconds: number;
  readonly elapsed_seconds: number;
}

/** One element of a job's `errors`, as it is stored and travels. */
export interface FailureEntry extends Partial<TimeLimitFacts> {
  readonly type: string;
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: unknown;
  readonly backtrace?: readonly string[];
  readonly attempt: number;
  /** RFC 3339. */
  readonly occurred_at: string;
  /** The same moment under the name that ojs-retry §10.1 gives it. */
  readonly timestamp: string;
}

/** After these there is no other attempt. */
const FINAL: ReadonlySet<FailureAction> = new Set(["DISCARD", "DEAD_LETTER", "FAIL"]);

const MAX_NAME_CHARS = 255;
const MAX_MESSAGE_CHARS = 10_000;
const MAX_DETAILS_CHARS = 16_384;
const FALLBACK_CODE = "handler_error";

/**
 * Reads the `error` of a nack. It is lenient, because a failure that is refused leaves the job running until its lease
 * ends: a bare string is a message (the official JS serverless adapter sends that), unusable members count as absent,
 * and what is too long is cut.
 *
 * @throws OjsError `invalid_request` when `error` is neither an object nor a string.
 */
export function readFailure(error: unknown): Failure {
  if (typeof error === "string") return readMembers({ message: error });
  if (isJsonObject(error)) return readMembers(error);
  throw ojsError("invalid_request", "error must be an object with type or code, and message.", {
    details: { field: "error" },
    hint: 'Send {"error": {"code": "handler_error", "message": "what went wrong", "retryable": true}}.',
  });
}

/** A failure that the server itself diagnosed; `retryable` null leaves it to the policy. */
export function serverFailure(type: string, message: string, retryable: boolean | null = null): Failure {
  return { type, code: type, message, retryable, action: null };
}

/** A passed time limit as a failure. */
export function timeLimitFailure(
  { type, message, retryable = null }: { type: string; message: string; retryable?: boolean | null },
  { kind, limitMs, elapsedMs }: { kind: TimeoutKind; limitMs: number; elapsedMs: number },
): Failure {
  const extra = { timeout_kind: kind, limit_seconds: limitMs / 1_000, elapsed_seconds: elapsedMs / 1_000 };
  return { ...serverFailure(type, message, retryable), extra };
}

/** The history entry of a failure of this attempt. */
export function failureEntry(failure: Failure, job: Pick<JobRecord, "attempt">, now: number): FailureEntry {
  const at = formatTimestamp(now);
  return {
    ...failure.extra,
    type: failure.type,
    code: failure.code,
    message: failure.message,
    retryable: failure.retryable ?? (failure.action === null || !FINAL.has(failure.action)),
    ...(failure.details === undefined ? {} : { details: failure.details }),
    ...(failure.backtrace === undefined ? {} : { backtrace: failure.backtrace }),
    attempt: job.attempt,
    occurred_at: at,
    timestamp: at,
  };
}

/** Adds an entry to a history and drops the oldest ones beyond {@link DEFAULTS}`.errorHistory` (ojs-retry §10.1). */
export function appendFailure(errors: JsonText | null, entry: FailureEntry): JsonText {
  const history: unknown = errors === null ? [] : JSON.parse(errors);
  const entries = Array.isArray(history) ? history : [];
  return JSON.stringify([...entries, entry].slice(-DEFAULTS.errorHistory));
}

function readMembers(error: JsonObject): Failure {
  const details = error.details;
  const code = name(error.code) ?? FALLBACK_CODE;
  const action = FAILURE_ACTIONS.find((known) => known === code) ?? null;
  const type = name(error.type) ?? errorClass(details) ?? (action === null ? code : FALLBACK_CODE);
  const message = typeof error.message === "string" ? cut(error.message, MAX_MESSAGE_CHARS) : type;
  const retryable = typeof error.retryable === "boolean" ? error.retryable : null;
  const backtrace = readBacktrace(error.backtrace ?? error.stack_trace);
  const retryAfterMs = error.retry_after_ms;
  return {
    type,
    code,
    message,
    retryable,
    action,
    ...(details === undefined || details === null ? {} : { details: boundDetails(details) }),
    ...(backtrace === undefined ? {} : { backtrace }),
    ...(isDelay(retryAfterMs) ? { retryAfterMs } : {}),
  };
}

/** The class of the error, which http-binding §10 puts into `details` because its `code` is always `handler_error`. */
export function errorClass(details: unknown): string | undefined {
  return isJsonObject(details) ? name(details.error_class) : undefined;
}

/** Details beyond the bound are replaced as a whole: half of a JSON value is worth nothing. */
function boundDetails(details: unknown): unknown {
  const size = JSON.stringify(details).length;
  if (size <= MAX_DETAILS_CHARS) return details;
  const type = errorClass(details);
  return { truncated: true, size, ...(type === undefined ? {} : { error_class: type }) };
}

/** Frames as an array (core §8.1) or as one text with a frame per line (events §4.1 `stack_trace`). */
function readBacktrace(value: unknown): readonly string[] | undefined {
  const lines = typeof value === "string" ? value.split("\n") : value;
  if (!Array.isArray(lines)) return undefined;
  const frames: string[] = [];
  let room: number = DEFAULTS.backtraceChars;
  for (const line of lines) {
    if (frames.length === DEFAULTS.backtraceFrames || room <= 0) break;
    if (typeof line !== "string") continue;
    frames.push(cut(line, room));
    room -= line.length;
  }
  return frames.length === 0 ? undefined : frames;
}

function name(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? cut(value, MAX_NAME_CHARS) : undefined;
}

/** The beginning of a text; never leaves half of a surrogate pair behind. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = /[\uD800-\uDBFF]/.test(text.charAt(max - 1)) ? max - 1 : max;
  return text.slice(0, end);
}

function isDelay(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
