import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plan } from "../../../src/engine/cron/plan.ts";
import { compileSchedule, type Schedule } from "../../../src/engine/cron/schedule.ts";
import { findZone } from "../../../src/engine/cron/zone.ts";
import { runsOf } from "../../support/runs.ts";
import { CHANGE_DAYS, type ChangeDay, MINUTE, minutesOf, type Shown } from "./zone-minutes.ts";

const START = Date.parse("2026-01-01T00:00:00Z");

function scheduleOf(expression: string, timezone = "UTC", anchorAt = START): Schedule {
  return compileSchedule({ expression, timezone, anchorAt }, "cron");
}

/** The next firings after a moment. */
function firings(schedule: Schedule, after: string, count: number): string[] {
  const found: string[] = [];
  let at = Date.parse(after);
  while (found.length < count) {
    at = schedule.next(at)?.at ?? Number.NaN;
    found.push(new Date(at).toISOString().replace(":00.000Z", "Z"));
  }
  return found;
}

describe("a schedule", () => {
  it.each([
    ["0 9 * * *", "Asia/Tokyo", ["2026-01-02T00:00Z", "2026-01-03T00:00Z"]],
    ["0 9 * * MON-FRI", "America/New_York", ["2026-01-01T14:00Z", "2026-01-02T14:00Z", "2026-01-05T14:00Z"]],
    ["0 0 29 2 *", "UTC", ["2028-02-29T00:00Z", "2032-02-29T00:00Z"]],
    ["0 0 31 * *", "UTC", ["2026-01-31T00:00Z", "2026-03-31T00:00Z"]],
    ["0 23 L * *", "America/Chicago", ["2026-01-01T05:00Z", "2026-02-01T05:00Z", "2026-03-01T05:00Z"]],
    ["0 0 15W * *", "UTC", ["2026-01-15T00:00Z", "2026-02-16T00:00Z"]],
    ["0 0 * * 5#3", "UTC", ["2026-01-16T00:00Z", "2026-02-20T00:00Z"]],
    ["0 0 * * 5L", "UTC", ["2026-01-30T00:00Z", "2026-02-27T00:00Z"]],
    ["0 0 13 * FRI", "UTC", ["2026-01-02T00:00Z", "2026-01-09T00:00Z", "2026-01-13T00:00Z"]],
    ["0 0 * * 7", "UTC", ["2026-01-04T00:00Z"]],
    ["@weekly", "UTC", ["2026-01-04T00:00Z"]],
    ["@yearly", "Asia/Kolkata", ["2026-12-31T18:30Z"]],
  ])("%s in %s comes at %j", (expression, zone, expected) => {
    expect(firings(scheduleOf(expression, zone), "2026-01-01T00:00:30Z", expected.length)).toEqual(expected);
  });

  it("has seconds when there are six fields", () => {
    const next = scheduleOf("*/20 30 9 * * *").next(Date.parse("2026-01-01T09:30:20Z"));
    expect(next).toEqual({ at: Date.parse("2026-01-01T09:30:40Z") });
  });

  it("counts @every from its anchor, however late it is asked", () => {
    const every = scheduleOf("@every 90s", "UTC", START + 7_000);
    expect(every.next(START)?.at).toBe(START + 97_000);
    expect(every.next(START + 97_000)?.at).toBe(START + 187_000);
    expect(every.next(START + 97_001)?.at).toBe(START + 187_000);
    expect(every.next(START + 999_999_999)?.at).toBe(START + 1_000_087_000);
  });

  it.each(["0 0 30 2 *", "0 0 31 2,4,6,9,11 *"])("%s is refused: there is no such day", (expression) => {
    const cron = { expression, timezone: "UTC", anchorAt: START, enabled: true };
    expect(() => plan(cron, START, "cron")).toThrow(/^cron never fires/);
  });

  it.each(["Europe/Berlin", "UTC", "GMT", "America/Argentina/Buenos_Aires", "Japan", "Etc/GMT+5", "Asia/Calcutta"])(
    "knows the zone %s",
    (zone) => expect(findZone(zone)).toBeDefined(),
  );

  it.each(["EST", "PST", "CET", "EST5EDT", "+05:00", "-08:00", "UTC+5", "Mars/Olympus", "", "Europe/", " UTC", "Est"])(
    "refuses the zone %j",
    (zone) => {
      expect(() => scheduleOf("@daily", zone)).toThrow(
        expect.objectContaining({ code: "invalid_request", details: { field: "timezone" } }),
      );
    },
  );
});

describe("when clocks are put forward", () => {
  it.each([
    [
      "30 2 * * *",
      "America/New_York",
      "2026-03-07T12:00Z",
      "2026-03-09T06:30Z",
      "2026-03-08T07:00Z",
      "2026-03-08T07:30Z",
    ],
    ["30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", "2026-03-30T00:30Z", "2026-03-29T01:00Z", "2026-03-29T01:30Z"],
    ["0 0 * * *", "Africa/Cairo", "2026-04-23T12:00Z", "2026-04-24T21:00Z", "2026-04-23T22:00Z", "2026-04-23T22:00Z"],
    [
      "15 2 * * *",
      "Australia/Lord_Howe",
      "2026-10-03T12:00Z",
      "2026-10-04T15:15Z",
      "2026-10-03T15:30Z",
      "2026-10-03T15:45Z",
    ],
  ])("%s in %s skips the time that does not exist", (expression, zone, after, at, change, missed) => {
    expect(scheduleOf(expression, zone).next(Date.parse(after))).toEqual({
      at: Date.parse(at),
      gap: { at: Date.parse(change), missed: [Date.parse(missed)] },
    });
  });

  it("tells every missed time of a list, and no more than sixty of a second-by-second one", () => {
    const after = Date.parse("2026-03-08T05:00Z");
    const list = scheduleOf("0,20 1-3 * * *", "America/New_York").next(Date.parse("2026-03-08T06:20Z"));
    expect(list?.gap?.missed).toEqual([Date.parse("2026-03-08T07:00Z"), Date.parse("2026-03-08T07:20Z")]);
    const seconds = scheduleOf("* * 2 * * *", "America/New_York").next(after);
    expect(seconds?.at).toBe(Date.parse("2026-03-09T06:00Z"));
    expect(seconds?.gap?.missed).toHaveLength(60);
  });

  it("misses nothing that comes in every hour", () => {
    const hourly = scheduleOf("@hourly", "America/New_York");
    expect(hourly.next(Date.parse("2026-03-08T06:00Z"))).toEqual({ at: Date.parse("2026-03-08T07:00Z") });
  });
});

describe("when clocks are put back", () => {
  it.each([
    ["30 1 * * *", "America/New_York", "2026-10-31T12:00Z", ["2026-11-01T05:30Z", "2026-11-02T06:30Z"]],
    ["30 2 * * *", "Europe/Berlin", "2026-10-24T12:00Z", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]],
    ["45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00Z", ["2026-04-04T14:45Z", "2026-04-05T15:15Z"]],
    ["*/30 1-2 * * *", "America/New_York", "2026-11-01T05:15Z", ["2026-11-01T05:30Z", "2026-11-01T07:00Z"]],
  ])("%s in %s fires the first time only", (expression, zone, after, expected) => {
    expect(firings(scheduleOf(expression, zone), after, expected.length)).toEqual(expected);
  });

  it("fires in both of two hours when it fires in every hour", () => {
    const found = firings(scheduleOf("*/30 * * * *", "America/New_York"), "2026-11-01T05:10:00Z", 4);
    expect(found).toEqual(["2026-11-01T05:30Z", "2026-11-01T06:00Z", "2026-11-01T06:30Z", "2026-11-01T07:00Z"]);
  });

  it("goes on correctly from within the repeated hour", () => {
    const schedule = scheduleOf("0,40 1 * * *", "America/New_York");
    expect(schedule.next(Date.parse("2026-11-01T06:10Z"))?.at).toBe(Date.parse("2026-11-02T06:00Z"));
  });
});

/** A field of an expression, and the numbers that it stands for. */
interface DrawnField {
  readonly text: string;
  readonly values: ReadonlySet<number>;
}

function fieldOf(max: number): fc.Arbitrary<DrawnField> {
  const all = Array.from({ length: max + 1 }, (_, value) => value);
  const value = fc.nat({ max });
  return fc.oneof(
    fc.constant({ text: "*", values: new Set(all) }),
    fc
      .uniqueArray(value, { minLength: 1, maxLength: 4 })
      .map((list) => ({ text: list.join(","), values: new Set(list) })),
    fc.integer({ min: 1, max }).map((step) => ({
      text: `*/${step}`,
      values: new Set(all.filter((one) => one % step === 0)),
    })),
    fc.tuple(value, value).map(([a, b]) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      return { text: `${from}-${to}`, values: new Set(all.filter((one) => one >= from && one <= to)) };
    }),
  );
}

/** Hours around which clocks are changed are drawn more often than others. */
const hours = fc.oneof(
  fieldOf(23),
  fc.uniqueArray(fc.constantFrom(0, 1, 2, 3, 23), { minLength: 1 }).map((list) => ({
    text: list.join(","),
    values: new Set(list),
  })),
);

interface Drawn {
  readonly minute: DrawnField;
  readonly hour: DrawnField;
  readonly weekday: DrawnField;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  minute: fieldOf(59),
  hour: hours,
  weekday: fc.oneof(
    { weight: 3, arbitrary: fc.constant({ text: "*", values: new Set([0, 1, 2, 3, 4, 5, 6]) }) },
    fieldOf(6),
  ),
});

function matches({ minute, hour, weekday }: Drawn, wall: number): boolean {
  const date = new Date(wall);
  return (
    minute.values.has(date.getUTCMinutes()) &&
    hour.values.has(date.getUTCHours()) &&
    weekday.values.has(date.getUTCDay())
  );
}

/** What fires in these minutes, and which times that match no clock shows. */
function oracle(expression: Drawn, minutes: readonly Shown[]): { readonly fires: number[]; readonly missed: number } {
  const everyHour = expression.hour.values.size === 24;
  const seen = new Set<number>();
  const fires: number[] = [];
  let missed = 0;
  minutes.forEach(({ at, wall }, index) => {
    if (matches(expression, wall) && (everyHour || !seen.has(wall))) fires.push(at);
    seen.add(wall);
    const before = minutes[index - 1]?.wall ?? wall;
    for (let gone = before + MINUTE; gone < wall && !everyHour; gone += MINUTE)
      if (matches(expression, gone)) missed += 1;
  });
  return { fires, missed };
}

function simulate(
  schedule: Schedule,
  from: number,
  until: number,
): { readonly fires: number[]; readonly missed: number } {
  const fires: number[] = [];
  let missed = 0;
  for (let next = schedule.next(from); next !== undefined; next = schedule.next(next.at)) {
    if (next.gap !== undefined && next.gap.at <= until) missed += next.gap.missed.length;
    if (next.at > until) break;
    fires.push(next.at);
  }
  return { fires, missed };
}

describe("a schedule agrees with a clock that is looked at every minute", () => {
  const days = CHANGE_DAYS.map((day): [string, ChangeDay] => [
    `${day.zone} ${new Date(day.around).toISOString()}`,
    day,
  ]);
  it.each(days)("%s", (_, day) => {
    const minutes = minutesOf(day);
    const [first, last] = [minutes[0]!.at, minutes.at(-1)!.at];
    const property = fc.property(drawn, (expression) => {
      const { minute, hour, weekday } = expression;
      const schedule = scheduleOf(`${minute.text} ${hour.text} * * ${weekday.text}`, day.zone);
      const expected = oracle(expression, minutes.slice(1));
      const found = simulate(schedule, first, last);
      expect(found.fires).toEqual(expected.fires);
      // A day that does not exist at all has more missed times than are told.
      expect(found.missed).toBe(Math.min(expected.missed, 60));
    });
    fc.assert(property, { numRuns: runsOf("schedules of a day"), seed: 20_260_101 });
  });

  it("from any moment on, also from within an hour that comes twice", () => {
    const minutes = minutesOf({ zone: "America/New_York", around: Date.parse("2026-11-01T06:00Z") }).slice(
      1_260,
      1_660,
    );
    const last = minutes.at(-1)!.at;
    const property = fc.property(drawn, fc.nat({ max: 399 }), (expression, start) => {
      const { minute, hour, weekday } = expression;
      const schedule = scheduleOf(`${minute.text} ${hour.text} * * ${weekday.text}`, "America/New_York");
      const from = minutes[start]!.at;
      const fires = oracle(expression, minutes).fires.filter((at) => at > from);
      expect(simulate(schedule, from, last).fires).toEqual(fires);
    });
    fc.assert(property, { numRuns: runsOf("schedules from any moment"), seed: 20_260_102 });
  });
});
