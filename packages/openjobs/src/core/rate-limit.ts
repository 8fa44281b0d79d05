/** Rate limits as jobs bring them (ojs-rate-limiting §6), in the spellings that are in use, checked and in one form. */
import { parseIsoDuration } from "./duration.ts";
import { joinPath } from "./json-path.ts";
import { LIMITS } from "./limits.ts";
import { type Found, findMember, integerOf, isMembers, type Members, refused } from "./request-fields.ts";

/** So many starts in so much time. */
export interface Pace {
  readonly limit: number;
  readonly periodMs: number;
}

/** What all jobs with this key have to share. A job starts when everything that is named here allows it. */
export interface RateLimit {
  readonly key: string;
  /** Jobs that run at the same time; 0 = none. */
  readonly concurrency?: number;
  /** Starts within any such period (§5.2). */
  readonly rate?: Pace;
  /** Starts evenly spaced, counted from the last one (§5.3). */
  readonly throttle?: Pace;
}

const MEMBERS = ["key", "concurrency", "rate", "throttle", "limit", "period", "max_per_second", "on_limit"] as const;

/** ojs-rate-limiting §6.2. */
const KEY = /^[a-zA-Z0-9][a-zA-Z0-9._:-]*$/;

/** Whether a value can be the key of a rate limit. */
export function isRateLimitKey(value: unknown): value is string {
  return typeof value === "string" && value.length <= LIMITS.rateLimitKeyChars && KEY.test(value);
}

/** Words that official suites use where the page has ISO 8601. */
const PERIODS: ReadonlyMap<unknown, number> = new Map([
  ["second", 1_000],
  ["minute", 60_000],
  ["hour", 3_600_000],
  ["day", 86_400_000],
]);

const HINT =
  'Send {"key": "stripe-api", "concurrency": 5} or {"key": "stripe-api", "rate": {"limit": 100, "period": "PT1M"}}.';

/**
 * Checks a rate limit. Besides the page's members: `limit` with `period`, and `rate: 1` with `period: "second"`, for
 * `rate: {limit, period}`; `max_per_second` for a throttle, whose key may be left out and then is the queue.
 *
 * @param queue The job's.
 * @throws OjsError `invalid_request` that names the member, also for `on_limit` other than `wait`.
 */
export function readRateLimit({ value, field }: Found, queue: string): RateLimit {
  if (!isMembers(value)) throw refused(field, "must be an object", HINT);
  refuseUnknown(value, field);
  refuseOtherActions(findMember(value, "on_limit", field));
  const concurrency = findMember(value, "concurrency", field);
  const rate = readRate(value, field);
  const throttle = readThrottle(value, field);
  if (concurrency.value === null && rate === undefined && throttle === undefined) {
    throw refused(field, "limits nothing: it needs concurrency, rate or throttle", HINT);
  }
  return {
    key: readKey(value, field, queue),
    ...(concurrency.value === null ? {} : { concurrency: integerOf(concurrency, 0, LIMITS.rateLimit) }),
    ...(rate === undefined ? {} : { rate }),
    ...(throttle === undefined ? {} : { throttle }),
  };
}

/** A misspelt member would switch the limit off, and nobody would notice before it is too late. */
function refuseUnknown(members: Members, field: string): void {
  const unknown = Object.keys(members).find((name) => !MEMBERS.some((known) => known === name));
  if (unknown === undefined) return;
  throw refused(joinPath(field, unknown), "is no member of a rate limit", `Members are ${MEMBERS.join(", ")}.`);
}

function refuseOtherActions({ value, field }: Found): void {
  if (value === null || value === "wait") return;
  throw refused(
    field,
    'must be "wait": to reschedule or to drop jobs is not supported',
    "Leave it out; a job that is worth less when it is late can have expires_at or enqueue_ttl.",
  );
}

function readKey(members: Members, field: string, queue: string): string {
  const { value, field: keyField } = findMember(members, "key", field);
  if (isRateLimitKey(value)) return value;
  // What the level 4 case of the official suite sends; the name is the page's for limits of a queue (§7.1).
  if (value === null && findMember(members, "max_per_second", field).value !== null) return `queue:${queue}`;
  throw refused(
    keyField,
    value === null
      ? "is missing: it says which jobs share the limit"
      : `must be 1 to ${LIMITS.rateLimitKeyChars} characters: letters, digits, '.', '_', ':' and '-', starting with a letter or digit`,
    `Use a key like "stripe-api" or "queue:${queue}".`,
  );
}

/** The window, wherever it is: of three places at most one. */
function readRate(members: Members, field: string): Pace | undefined {
  const rate = findMember(members, "rate", field);
  const limit = findMember(members, "limit", field);
  const period = findMember(members, "period", field);
  if (isMembers(rate.value)) {
    const other = [limit, period].find(({ value }) => value !== null);
    if (other !== undefined) throw refused(other.field, `is said twice: ${rate.field} has it`);
    return readPace(rate.value, rate.field);
  }
  if (rate.value !== null && limit.value !== null) throw refused(limit.field, `is said twice: ${rate.field} is it`);
  const count = rate.value === null ? limit : rate;
  if (count.value !== null) return paceOf(count, period);
  if (period.value !== null) throw refused(period.field, "needs a limit beside it", HINT);
  return undefined;
}

function readThrottle(members: Members, field: string): Pace | undefined {
  const throttle = findMember(members, "throttle", field);
  const perSecond = findMember(members, "max_per_second", field);
  if (throttle.value !== null && perSecond.value !== null) {
    throw refused(perSecond.field, `is said twice: ${throttle.field} has it`);
  }
  if (perSecond.value !== null) return { limit: integerOf(perSecond, 1, MAX_PER_SECOND), periodMs: 1_000 };
  if (throttle.value === null) return undefined;
  if (!isMembers(throttle.value)) throw refused(throttle.field, "must be an object", HINT);
  const pace = readPace(throttle.value, throttle.field);
  if (pace.periodMs >= pace.limit) return pace;
  throw refused(throttle.field, "must leave a millisecond or more between two starts", "Use rate for more than that.");
}

/** Starts that are a millisecond apart: nothing finer is measured. */
const MAX_PER_SECOND = 1_000;

function readPace(members: Members, field: string): Pace {
  const unknown = Object.keys(members).find((name) => name !== "limit" && name !== "period");
  if (unknown !== undefined) throw refused(joinPath(field, unknown), "is no member: these are limit and period");
  return paceOf(findMember(members, "limit", field), findMember(members, "period", field));
}

function paceOf(limit: Found, period: Found): Pace {
  return { limit: integerOf(limit, 1, LIMITS.rateLimit), periodMs: periodOf(period) };
}

function periodOf({ value, field }: Found): number {
  const ms = typeof value === "string" ? (PERIODS.get(value) ?? parseIsoDuration(value) ?? 0) : 0;
  if (ms >= 1 && ms <= LIMITS.timeoutMs) return ms;
  throw refused(
    field,
    value === null ? "is missing" : "must be an ISO 8601 duration from PT0.001S to a year",
    `Send "PT1M", or one of ${[...PERIODS.keys()].join(", ")}.`,
  );
}
