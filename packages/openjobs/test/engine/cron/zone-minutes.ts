/** The naive oracle for time zones: every minute of some days, and what a clock on the wall shows in it. */

export const MINUTE = 60_000;
const DAY = 86_400_000;

/** A day on which clocks are changed. */
export interface ChangeDay {
  readonly zone: string;
  /** Noon UTC of about that day. */
  readonly around: number;
}

export const CHANGE_DAYS: readonly ChangeDay[] = [
  ["Europe/Berlin", "2026-03-29"],
  ["Europe/Berlin", "2026-10-25"],
  ["America/New_York", "2026-03-08"],
  ["America/New_York", "2026-11-01"],
  ["Australia/Lord_Howe", "2026-10-04"],
  ["Australia/Lord_Howe", "2026-04-05"],
  ["Atlantic/Azores", "2026-03-29"],
  ["Atlantic/Azores", "2026-10-25"],
  ["Africa/Cairo", "2026-04-24"],
  ["Africa/Cairo", "2026-10-30"],
  ["America/Asuncion", "2022-10-02"],
  ["America/Asuncion", "2023-03-26"],
  ["America/Havana", "2026-03-08"],
  ["America/Havana", "2026-11-01"],
  ["Pacific/Apia", "2011-12-30"],
  ["Asia/Kolkata", "2026-06-01"],
  ["UTC", "2026-03-29"],
].map(([zone = "", day = ""]) => ({ zone, around: Date.parse(`${day}T12:00:00Z`) }));

/** A minute of real time. */
export interface Shown {
  /** When it begins, Unix milliseconds. */
  readonly at: number;
  /** What the clock shows then, as if it were UTC. */
  readonly wall: number;
}

/** The day before and the day after a change, minute by minute. */
export function minutesOf({ zone, around }: ChangeDay): readonly Shown[] {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  const minutes: Shown[] = [];
  for (let at = around - DAY; at < around + DAY; at += MINUTE) {
    minutes.push({ at, wall: Date.parse(`${format.format(at).replace(" ", "T")}Z`) });
  }
  return minutes;
}
