/** RFC 3339 timestamps (ojs-core §5.5, ojs-json-format §5.3) and Unix milliseconds. */
import { parseIsoDuration } from "./duration.ts";

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const MINUTE = 60_000;
const DAY = 86_400_000;

/** The years that RFC 3339 can write: 0000 to 9999. */
const FIRST = -62_167_219_200_000;
const LAST = 253_402_300_799_999;

/**
 * Reads an RFC 3339 timestamp with a zone, a real calendar date and any length of fraction. What is finer than a
 * millisecond is cut off. A leap second is the same moment as the second after it.
 *
 * @returns Unix milliseconds, or undefined when the text is no such timestamp.
 */
export function parseTimestamp(text: string): number | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const midnight = midnightOf(year, month, day);
  const offset = offsetOf(match[8], Number(match[9] ?? 0), Number(match[10] ?? 0));
  if (midnight === undefined || offset === undefined || hour > 23 || minute > 59 || second > 60) return undefined;
  const whole = midnight + ((hour * 60 + minute) * 60 + second) * 1_000 - offset;
  if (second === 60 && whole % DAY !== 0) return undefined;
  const at = whole + Number((match[7] ?? "").slice(0, 3).padEnd(3, "0"));
  return isWritable(at) ? at : undefined;
}

/**
 * The seconds that were formatted lately, by their last bits. A job has several moments (created, started, end of the
 * lease) and shares them with its neighbours: with one remembered second instead, they pushed each other out, and this
 * took 5% of a drain.
 */
const REMEMBERED = 64;
const seconds = new Float64Array(REMEMBERED).fill(Number.NaN);
const prefixes: string[] = new Array<string>(REMEMBERED).fill("");

/**
 * Writes Unix milliseconds as an RFC 3339 timestamp in UTC with three digits of fraction.
 *
 * @throws RangeError outside of the years 0000 to 9999.
 */
export function formatTimestamp(ms: number): string {
  const second = Math.floor(ms / 1_000);
  const fraction = Math.floor(ms) - second * 1_000;
  return `${prefixOf(second, ms)}${fraction < 10 ? "00" : fraction < 100 ? "0" : ""}${fraction}Z`;
}

/** Up to the point before the fraction. */
function prefixOf(second: number, ms: number): string {
  const place = second & (REMEMBERED - 1);
  const known = prefixes[place];
  if (seconds[place] === second && known !== undefined) return known;
  if (!isWritable(ms)) throw new RangeError(`${ms} is outside of the time that RFC 3339 can write`);
  const prefix = new Date(second * 1_000).toISOString().slice(0, 20);
  seconds[place] = second;
  prefixes[place] = prefix;
  return prefix;
}

/** A moment and the text it came as. */
export interface ResolvedTime {
  /** Unix milliseconds. */
  readonly at: number;
  /** RFC 3339, the sender's own offset and precision where it sent a timestamp. */
  readonly text: string;
}

/**
 * Reads a time of a request: a timestamp, or an ISO 8601 duration from now on. The official suites write such a duration
 * `+PT2S`, the official JS SDK `PT2S`.
 *
 * @returns undefined when the text is neither.
 */
export function resolveTime(text: string, now: number): ResolvedTime | undefined {
  const at = parseTimestamp(text);
  // Strict readers know neither lower-case letters nor leap seconds; everything else goes back as it came.
  if (at !== undefined) return { at, text: text.slice(17, 19) === "60" ? formatTimestamp(at) : text.toUpperCase() };
  const delay = parseIsoDuration(text.startsWith("+") ? text.slice(1) : text);
  if (delay === undefined || !isWritable(now + delay)) return undefined;
  return { at: now + delay, text: formatTimestamp(now + delay) };
}

function isWritable(ms: number): boolean {
  return ms >= FIRST && ms <= LAST;
}

function midnightOf(year: number, month: number, day: number): number | undefined {
  // `Date.UTC` takes years below 100 for the twentieth century.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() : undefined;
}

function offsetOf(sign: string | undefined, hours: number, minutes: number): number | undefined {
  if (hours > 23 || minutes > 59) return undefined;
  return (hours * 60 + minutes) * MINUTE * (sign === "-" ? -1 : 1);
}
