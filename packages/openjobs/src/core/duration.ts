/** Durations: ISO 8601 on the wire (ojs-retry §4), numbers of milliseconds and short texts in the API. */
import { ojsError } from "./errors.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A year counts 365 days and a month 30: ojs-retry §4.2 wants both and says that they are vague. */
const ISO_UNITS = [365 * DAY, 30 * DAY, 7 * DAY, DAY, HOUR, MINUTE, SECOND] as const;
const N = "(\\d{1,15}(?:[.,]\\d{1,9})?)";
const ISO = new RegExp(`^P(?=.)(?:${N}Y)?(?:${N}M)?(?:${N}W)?(?:${N}D)?(?:T(?=.)(?:${N}H)?(?:${N}M)?(?:${N}S)?)?$`);

const SHORT_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
  d: DAY,
  w: 7 * DAY,
};
const SHORT = /^(?:\d{1,15}(?:\.\d{1,9})?(?:ms|[smhdw]))+$/;
const SHORT_PART = /(\d+(?:\.\d+)?)(ms|[smhdw])/g;

/** A length of time in the API: milliseconds, or text as {@link toMilliseconds} reads it: `"30s"`, `"1h30m"`, `"PT5M"`. */
export type Duration = number | string;

/**
 * Reads an ISO 8601 duration such as `PT1M30S`, `PT0.5S` or `P1D`, to whole milliseconds. Only the smallest part may
 * have a fraction; negative durations do not exist here.
 *
 * @returns Milliseconds, or undefined when the text is no such duration.
 */
export function parseIsoDuration(text: string): number | undefined {
  const parts = ISO.exec(text)?.slice(1);
  if (parts === undefined) return undefined;
  const given = parts.filter((part) => part !== undefined);
  if (given.slice(0, -1).some((part) => /[.,]/.test(part))) return undefined;
  const ms = parts.reduce(
    (sum, part, index) => sum + Number((part ?? "0").replace(",", ".")) * (ISO_UNITS[index] ?? 0),
    0,
  );
  return wholeMs(ms);
}

/**
 * Writes milliseconds as an ISO 8601 duration of hours, minutes and seconds, the units that every reader must know.
 * Fractions of a millisecond are rounded; negative values are zero.
 */
export function formatIsoDuration(ms: number): string {
  const total = Math.max(0, Math.round(ms));
  const hours = Math.floor(total / HOUR);
  const minutes = Math.floor((total % HOUR) / MINUTE);
  const seconds = (total % MINUTE) / SECOND;
  const text = part(hours, "H") + part(minutes, "M") + part(seconds, "S");
  return `PT${text === "" ? "0S" : text}`;
}

/**
 * Reads a duration of the API: a number of milliseconds, a short text (`"250ms"`, `"30s"`, `"1h30m"`, `"2d"`) or an
 * ISO 8601 text (`"PT5M"`).
 *
 * @returns Whole milliseconds, zero or more.
 * @throws OjsError `invalid_request` when it is none of these.
 * @example
 * toMilliseconds("1h30m"); // 5_400_000
 */
export function toMilliseconds(input: Duration): number {
  const ms = typeof input === "number" ? wholeMs(input) : parseDurationText(input);
  if (ms !== undefined) return ms;
  throw ojsError("invalid_request", `${JSON.stringify(input) ?? String(input)} is not a duration.`, {
    hint: 'Give milliseconds (1500), a short text ("30s", "1h30m", "250ms", "2d") or ISO 8601 ("PT5M").',
  });
}

/**
 * Reads a duration that is text: short (`"250ms"`, `"1h30m"`) or ISO 8601 (`"PT5M"`).
 *
 * @returns Whole milliseconds, or undefined when it is no such text.
 */
export function parseDurationText(input: unknown): number | undefined {
  if (typeof input !== "string") return undefined;
  return input.startsWith("P") ? parseIsoDuration(input) : parseShort(input);
}

function parseShort(text: string): number | undefined {
  if (!SHORT.test(text)) return undefined;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(SHORT_PART)) ms += Number(amount) * (SHORT_UNITS[unit ?? ""] ?? 0);
  return wholeMs(ms);
}

function wholeMs(ms: number): number | undefined {
  const whole = Math.round(ms);
  return Number.isSafeInteger(whole) && ms >= 0 ? whole : undefined;
}

function part(amount: number, unit: string): string {
  return amount === 0 ? "" : `${amount}${unit}`;
}
