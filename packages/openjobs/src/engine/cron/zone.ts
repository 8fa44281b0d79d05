/**
 * Time zones (ojs-cron §5): what a clock on the wall shows at a moment, and at which moments it shows a time. A wall time
 * is written as the Unix milliseconds at which a clock in UTC would show it.
 */

const DAY_MS = 86_400_000;

/** A name with an area in front, or one of the old ones without: `UTC`, `GMT`, `Japan`. Not `EST`, `+02:00`, `UTC+5`. */
const ZONE_NAME = /^(?:[A-Za-z_]+(?:\/[A-Za-z0-9_+-]+)+|UTC|GMT|[A-Z][a-z]{3,}(?:-[A-Z][a-z]+)?)$/;

/** How many zones are kept ready; people use a few, but may try every spelling. */
const MAX_KEPT = 200;

const zones = new Map<string, Zone>();

/** The zone of that name; undefined when the IANA database of this runtime has none. */
export function findZone(name: string): Zone | undefined {
  const known = zones.get(name);
  if (known !== undefined) return known;
  if (!ZONE_NAME.test(name)) return undefined;
  const zone = openZone(name);
  if (zone === undefined) return undefined;
  if (zones.size >= MAX_KEPT) zones.clear();
  zones.set(name, zone);
  return zone;
}

function openZone(name: string): Zone | undefined {
  try {
    return new Zone(name);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The clocks of one time zone. */
export class Zone {
  /** Undefined for UTC, which needs no look-up. */
  readonly #format: Intl.DateTimeFormat | undefined;

  /** @throws RangeError when there is no such zone. */
  constructor(name: string) {
    if (name === "UTC") return;
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      calendar: "gregory",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /** How far the wall clock is ahead of UTC at a moment, in milliseconds. */
  offsetAt(moment: number): number {
    if (this.#format === undefined) return 0;
    const second = Math.floor(moment / 1_000) * 1_000;
    const shown: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
    for (const { type, value } of this.#format.formatToParts(second)) shown[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = shown;
    return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
  }

  /** What the clock on the wall shows at a moment. */
  wallAt(moment: number): number {
    return moment + this.offsetAt(moment);
  }

  /** The first moment at which the clock shows this; undefined when it was put forward over that time. */
  momentOf(wall: number): number | undefined {
    const offsets = [this.offsetAt(wall - DAY_MS), this.offsetAt(wall + DAY_MS)];
    const moments = offsets.map((offset) => wall - offset).filter((moment) => this.wallAt(moment) === wall);
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  /** When the clocks were changed between two moments with different offsets: the first moment with the new one. */
  changeBetween(before: number, after: number): number {
    const offset = this.offsetAt(before);
    let [low, high] = [before, after];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offsetAt(middle) === offset) low = middle;
      else high = middle;
    }
    return high;
  }

  /** The change that made clocks pass over a wall time that does not exist. */
  changeOver(wall: number): { readonly at: number; readonly offsetBefore: number; readonly wallAfter: number } {
    const before = wall - DAY_MS;
    const at = this.changeBetween(before, wall + DAY_MS);
    return { at, offsetBefore: this.offsetAt(before), wallAfter: this.wallAt(at) };
  }
}
