/**
 * Cron expressions as text (ojs-cron §3, §4): checked field by field, so that whoever wrote one learns which part of it
 * is wrong, and brought into one form. When an expression fires is for the engine to say.
 */
import { parseDurationText } from "./duration.ts";
import { type OjsError, ojsError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/** An expression that can be evaluated. */
export type CronExpression =
  | {
      readonly kind: "calendar";
      /** Six fields, seconds first, with numbers for names. */
      readonly pattern: string;
      /** Whether it fires in every hour of the day: then it follows the hours that pass, not those that clocks show. */
      readonly everyHour: boolean;
    }
  | { readonly kind: "interval"; readonly everyMs: number };

/** The finest interval: schedules are looked at once a second (§7.3). */
const MIN_INTERVAL_MS = 1_000;

const ALIASES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Values by their names, upper case. */
  readonly names?: readonly string[];
  /** What stands for days that differ from month to month; the first group is a number of the field. */
  readonly special?: RegExp;
}

const MONTHS = ["", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const FIELDS: readonly Field[] = [
  { name: "second", min: 0, max: 59 },
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of the month", min: 1, max: 31, special: /^(?:L|LW|(\w+)W)$/ },
  { name: "month", min: 1, max: 12, names: MONTHS },
  { name: "day of the week", min: 0, max: 7, names: WEEKDAYS, special: /^(\w+)(?:L|#[1-5])$/ },
];
const HOUR = 2;

const HINT = 'Write "minute hour day month weekday", such as "0 9 * * MON-FRI", or "@daily", "@every 30m".';

/**
 * Reads an expression: five fields, six with seconds first, an alias such as `@daily`, or `@every` and a duration.
 *
 * @param field Where it is in its request, for the error.
 * @throws OjsError `invalid_request` that says which part is wrong and why.
 */
export function readCronExpression(text: string, field: string): CronExpression {
  const trimmed = text.trim();
  if (trimmed === "") throw badExpression(field, "is empty");
  if (trimmed.length > LIMITS.cronExpressionChars)
    throw badExpression(field, `is longer than ${LIMITS.cronExpressionChars} characters`);
  if (/^@every(?:\s|$)/i.test(trimmed)) return readInterval(trimmed.slice("@every".length).trim(), field);
  if (trimmed.startsWith("@")) return readCalendar(aliased(trimmed, field), field);
  return readCalendar(trimmed, field);
}

/** The error for an expression; `problem` goes on after the field's name. */
export function badExpression(field: string, problem: string): OjsError {
  return ojsError("invalid_request", `${field} ${problem}.`, { details: { field }, hint: HINT });
}

function aliased(text: string, field: string): string {
  const meaning = ALIASES[text.toLowerCase()];
  if (meaning !== undefined) return meaning;
  throw badExpression(
    field,
    `has the unknown alias "${text}"; there are ${Object.keys(ALIASES).join(", ")} and @every`,
  );
}

function readInterval(text: string, field: string): CronExpression {
  const everyMs = parseDurationText(text);
  if (everyMs === undefined) {
    throw badExpression(field, `needs a duration after @every, such as 90s, 1h30m or PT5M, not "${text}"`);
  }
  if (everyMs >= MIN_INTERVAL_MS) return { kind: "interval", everyMs };
  throw badExpression(field, `has an interval of ${everyMs} ms; the shortest is one second`);
}

function readCalendar(text: string, field: string): CronExpression {
  const given = text.split(/\s+/);
  if (given.length !== 5 && given.length !== 6) {
    const year = given.length === 7 ? "; there is no field for the year" : "";
    throw badExpression(field, `has ${given.length} fields where 5, or 6 with seconds first, are possible${year}`);
  }
  const texts = given.length === 5 ? ["0", ...given] : given;
  const parsed = FIELDS.map((spec, index) => readField(texts[index] ?? "", spec, field));
  const everyHour = hoursOf(parsed[HOUR] ?? "").size === 24;
  return { kind: "calendar", pattern: parsed.join(" "), everyHour };
}

/** A list, in a form that every reader of expressions understands. */
function readField(text: string, spec: Field, field: string): string {
  const parts = text.toUpperCase().split(",");
  return parts.map((part) => readPart(part, spec, (problem) => fieldError(field, spec, problem))).join(",");
}

type Refuse = (problem: string) => OjsError;

function fieldError(field: string, { name }: Field, problem: string): OjsError {
  return badExpression(field, `has a wrong ${name}: ${problem}`);
}

function readPart(part: string, spec: Field, refuse: Refuse): string {
  const [range = "", step, more] = part.split("/");
  if (range === "" || more !== undefined) throw refuse(`"${part}" is not a value, a range or a step`);
  if (step === undefined) return readRange(range, spec, refuse);
  const every = readStep(step, spec, refuse);
  if (range === "*") return `*/${every}`;
  const read = readRange(range, spec, refuse);
  if (!/^\d+(?:-\d+)?$/.test(read)) throw refuse(`"${part}" steps over something that is no range`);
  // "5/15" starts at 5 and goes on to the end.
  return `${read.includes("-") ? read : `${read}-${spec.max}`}/${every}`;
}

function readStep(text: string, { min, max }: Field, refuse: Refuse): number {
  const step = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (step >= 1 && step <= max - min + 1) return step;
  throw refuse(`the step "${text}" is not a number from 1 to ${max - min + 1}`);
}

function readRange(range: string, spec: Field, refuse: Refuse): string {
  if (range === "*") return range;
  const special = spec.special?.exec(range);
  if (special !== undefined && special !== null) return readSpecial(range, special[1], spec, refuse);
  const [from = "", to, more] = range.split("-");
  if (more !== undefined) throw refuse(`"${range}" is not a range`);
  const first = readValue(from, spec, refuse);
  if (to === undefined) return String(first);
  const last = endOfRange(first, readValue(to, spec, refuse), spec);
  if (first <= last) return `${first}-${last}`;
  throw refuse(`the range ${range} runs backwards; write two ranges with a comma between them`);
}

function readSpecial(text: string, value: string | undefined, spec: Field, refuse: Refuse): string {
  return value === undefined ? text : text.replace(value, String(readValue(value, spec, refuse)));
}

/** Days that go on to Sunday go on to the seventh day: `FRI-SUN`. */
function endOfRange(first: number, last: number, { max, names }: Field): number {
  return first > 0 && last === 0 && names === WEEKDAYS ? max : last;
}

function readValue(text: string, { min, max, names = [] }: Field, refuse: Refuse): number {
  const named = text === "" ? -1 : names.indexOf(text);
  if (named !== -1) return named;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const known = names.filter((name) => name !== "");
  const or = known.length === 0 ? "" : ` or ${known[0]} to ${known.at(-1)}`;
  throw refuse(`"${text}" is not a number from ${min} to ${max}${or}`);
}

/** The hours of a checked field. */
function hoursOf(text: string): ReadonlySet<number> {
  const hours = new Set<number>();
  for (const part of text.split(",")) {
    const [range = "", step = "1"] = part.split("/");
    const [from = "0", to = from] = range === "*" ? ["0", "23"] : range.split("-");
    for (let hour = Number(from); hour <= Number(to); hour += Number(step)) hours.add(hour);
  }
  return hours;
}
