/** How long a job may take, by every measure of ojs-timeouts §5: read from requests, shown in jobs, found again there. */
import type { OptionName } from "./attribute-names.ts";
import type { JobRecord } from "./job.ts";
import { isJsonObject } from "./json-object.ts";
import { LIMITS } from "./limits.ts";
import { findOption, integerOf, type RequestFields, refused } from "./request-fields.ts";

/** The time limits of a job, in milliseconds; null = none was named. */
export interface JobTimeouts {
  /** Of one attempt. */
  readonly timeoutMs: number | null;
  /** Of a worker's silence about the job. */
  readonly visibilityMs: number | null;
  /** From the end of `timeoutMs` to the moment when the server ends the attempt; 0 = none. */
  readonly graceMs: number;
  /** Of all attempts and the waits between them. */
  readonly totalMs: number | null;
  /** Of the wait for the first attempt. */
  readonly enqueueTtlMs: number | null;
  /** Between two heartbeats for the job. */
  readonly heartbeatMs: number | null;
  /** What the job shows of them, under their wire names. */
  readonly shown: readonly (readonly [name: string, value: number])[];
}

type Names = readonly [ms: OptionName, seconds: OptionName];

const TIMEOUT: Names = ["timeout_ms", "timeout"];
const VISIBILITY: Names = ["visibility_timeout_ms", "visibility_timeout"];
const GRACE: Names = ["grace_period_ms", "grace_period"];
const TOTAL: Names = ["total_timeout_ms", "total_timeout"];
const ENQUEUE_TTL: Names = ["enqueue_ttl_ms", "enqueue_ttl"];
const HEARTBEAT: Names = ["heartbeat_timeout_ms", "heartbeat_timeout"];

/**
 * Reads all of them: each in milliseconds (`timeout_ms`, as http-binding has it) or in seconds (`timeout`, as core and
 * ojs-timeouts do). 0 asks for the default.
 *
 * @throws OjsError `invalid_request` that names the field.
 */
export function readJobTimeouts(fields: RequestFields): JobTimeouts {
  const shown: (readonly [string, number])[] = [];
  const timeoutMs = readMs(fields, TIMEOUT, shown);
  const totalMs = readMs(fields, TOTAL, shown);
  if (totalMs !== null && totalMs < (timeoutMs ?? 0)) {
    throw refused(
      findOption(fields, ...TOTAL)?.field ?? TOTAL[0],
      "must be at least as long as the timeout",
      TOTAL_HINT,
    );
  }
  return {
    timeoutMs,
    visibilityMs: readMs(fields, VISIBILITY, shown),
    graceMs: readMs(fields, GRACE, shown) ?? 0,
    totalMs,
    enqueueTtlMs: readMs(fields, ENQUEUE_TTL, shown),
    heartbeatMs: readMs(fields, HEARTBEAT, shown),
    shown,
  };
}

const TOTAL_HINT = "The total timeout covers all attempts: make it the sum of those that you want to allow.";

/** The limits that a stored job no longer has in a field of its own. Parses JSON: only for jobs that passed a limit. */
export function timeLimitsOf({
  attributes,
}: Pick<JobRecord, "attributes">): Pick<JobTimeouts, "graceMs" | "totalMs" | "enqueueTtlMs"> {
  const shown: unknown = JSON.parse(attributes);
  const msOf = ([name]: Names): number | null => {
    const value = isJsonObject(shown) ? shown[name] : undefined;
    return typeof value === "number" ? value : null;
  };
  return { graceMs: msOf(GRACE) ?? 0, totalMs: msOf(TOTAL), enqueueTtlMs: msOf(ENQUEUE_TTL) };
}

/** Seconds are shown only to those who sent seconds: the official JS worker takes them for milliseconds. */
function readMs(fields: RequestFields, names: Names, shown: (readonly [string, number])[]): number | null {
  const found = findOption(fields, ...names);
  if (found === undefined) return null;
  const [msName, secondsName] = names;
  const unit = found.name === msName ? 1 : 1_000;
  const amount = integerOf(found, 0, LIMITS.timeoutMs / unit);
  if (amount === 0) return null;
  shown.push([msName, amount * unit]);
  if (unit !== 1) shown.push([secondsName, amount]);
  return amount * unit;
}
