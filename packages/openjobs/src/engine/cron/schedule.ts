/**
 * When a cron job fires (ojs-cron §3 to §5). croner knows which wall times match an expression; which moments these are is
 * decided here, because it and its rivals get the days wrong on which clocks change (docs/adr/012-cron.md).
 */
import { Cron } from "croner";
import { readCronExpression } from "../../core/cron-expression.ts";
import { type OjsError, ojsError } from "../../core/errors.ts";
import { findZone, type Zone } from "./zone.ts";

/** Times that clocks passed over when they were put forward; nothing fires at them. */
export interface DstGap {
  /** When the clocks were put forward. */
  readonly at: number;
  /** When it would have fired if they had not been, Unix milliseconds; at most {@link MAX_MISSED}. */
  readonly missed: readonly number[];
}

/** What comes next. */
export interface Upcoming {
  /** When it fires, Unix milliseconds. */
  readonly at: number;
  /** What cannot fire before that. */
  readonly gap?: DstGap;
}

/** A schedule that can be asked. */
export interface Schedule {
  /** What comes after this moment; undefined when nothing ever will. */
  next(after: number): Upcoming | undefined;
}

/** What a schedule is made of. */
export interface ScheduleTerms {
  readonly expression: string;
  readonly timezone: string;
  /** What `@every` counts from. */
  readonly anchorAt: number;
}

/** How many missed times one change of the clocks tells: one a minute of the usual hour. */
const MAX_MISSED = 60;

/** How many patterns are kept ready. */
const MAX_KEPT = 500;

const patterns = new Map<string, Cron>();

/**
 * Compiles a schedule.
 *
 * @param field Where the expression was in its request, for the errors.
 * @throws OjsError `invalid_request` for an expression or a zone that cannot be.
 */
export function compileSchedule({ timezone, anchorAt, ...terms }: ScheduleTerms, field: string): Schedule {
  const expression = readCronExpression(terms.expression, field);
  const zone = findZone(timezone);
  if (zone === undefined) throw badZone(timezone);
  if (expression.kind === "interval") return { next: (after) => nextInterval(expression.everyMs, anchorAt, after) };
  const times = { pattern: patternOf(expression.pattern), zone };
  return { next: (after) => (expression.everyHour ? nextInEveryHour(times, after) : nextOnce(times, after)) };
}

function patternOf(text: string): Cron {
  const known = patterns.get(text);
  if (known !== undefined) return known;
  // Without a zone of its own and without anything to run: it only says which wall times match.
  const pattern = new Cron(text, { utcOffset: 0, mode: "6-part" });
  if (patterns.size >= MAX_KEPT) patterns.clear();
  patterns.set(text, pattern);
  return pattern;
}

function badZone(name: string): OjsError {
  return ojsError("invalid_request", `timezone must be a name of the IANA time zone database, not "${name}".`, {
    details: { field: "timezone" },
    hint: 'Use a name like "Europe/Berlin", "America/New_York" or "UTC"; offsets and abbreviations do not know summer time.',
  });
}

/** Every so many milliseconds, whatever clocks show. */
function nextInterval(everyMs: number, anchorAt: number, after: number): Upcoming {
  const passed = Math.floor((after - anchorAt) / everyMs);
  return { at: anchorAt + (Math.max(0, passed) + 1) * everyMs };
}

/** Wall times, and where the clocks hang that show them. */
interface Timetable {
  readonly pattern: Cron;
  readonly zone: Zone;
}

/** The next wall time that matches. */
function nextWall({ pattern }: Timetable, wall: number): number | undefined {
  return pattern.nextRun(new Date(wall))?.getTime();
}

/** At times of the day: one that does not exist on a day does not fire, one that comes twice fires the first time. */
function nextOnce(times: Timetable, after: number): Upcoming | undefined {
  const { zone } = times;
  let wall: number | undefined = zone.wallAt(after);
  let gap: DstGap | undefined;
  for (;;) {
    wall = nextWall(times, wall);
    if (wall === undefined) return undefined;
    const at = zone.momentOf(wall);
    if (at === undefined) ({ gap, wall } = passOver(times, wall, gap));
    else if (at > after) return gap === undefined ? { at } : { at, gap };
    else wall = afterRepetition(zone, at, after);
  }
}

/** Notes the times of a gap, and goes on with the last moment of it. Of two gaps in a row only the first is told. */
function passOver(
  times: Timetable,
  first: number,
  known: DstGap | undefined,
): { readonly gap: DstGap; readonly wall: number } {
  const { at, offsetBefore, wallAfter } = times.zone.changeOver(first);
  const missed: number[] = [];
  for (let wall: number | undefined = first; wall !== undefined && wall < wallAfter; ) {
    if (missed.push(wall - offsetBefore) === MAX_MISSED) break;
    wall = nextWall(times, wall);
  }
  return { gap: known ?? { at, missed }, wall: wallAfter - 1 };
}

/** The clocks were put back between these moments: goes on where they were then, because all before that has been. */
function afterRepetition(zone: Zone, shown: number, again: number): number {
  const change = zone.changeBetween(shown, again);
  return change + zone.offsetAt(shown) - 1;
}

/** In every hour: hours that clocks pass over are not missed, and those that come twice are two hours. */
function nextInEveryHour(times: Timetable, after: number): Upcoming | undefined {
  const { zone } = times;
  let offset = zone.offsetAt(after);
  let from = after;
  let wall: number | undefined = after + offset;
  for (;;) {
    wall = nextWall(times, wall);
    if (wall === undefined) return undefined;
    const at = wall - offset;
    if (zone.offsetAt(at) === offset) return { at };
    // The clocks are changed before that: look again with the new time, from the change on.
    from = zone.changeBetween(from, at);
    offset = zone.offsetAt(from);
    wall = from + offset - 1;
  }
}
