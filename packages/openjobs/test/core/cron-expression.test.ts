import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCronExpression } from "../../src/core/cron-expression.ts";
import { OjsError } from "../../src/core/errors.ts";

function patternOf(text: string): string {
  const expression = readCronExpression(text, "cron");
  return expression.kind === "calendar" ? expression.pattern : `every ${expression.everyMs}`;
}

function problemOf(text: string): string {
  try {
    return `accepted: ${patternOf(text)}`;
  } catch (error) {
    if (!(error instanceof OjsError)) throw error;
    expect(error.code).toBe("invalid_request");
    expect(error.details).toEqual({ field: "cron" });
    return error.message;
  }
}

describe("a cron expression", () => {
  it.each([
    ["0 9 * * *", "0 0 9 * * *"],
    ["  */15   0-5 1,15 * 1-5 ", "0 */15 0-5 1,15 * 1-5"],
    ["30 0 9 * * *", "30 0 9 * * *"],
    ["0 0 1 JAN,jul Mon-fri", "0 0 0 1 1,7 1-5"],
    ["0 0 * * FRI-SUN", "0 0 0 * * 5-7"],
    ["0 0 * * 5-0", "0 0 0 * * 5-7"],
    ["0 0 * * SUN-SUN", "0 0 0 * * 0-0"],
    ["5/15 * * * *", "0 5-59/15 * * * *"],
    ["10-50/20 * * * *", "0 10-50/20 * * * *"],
    ["0 0 L * *", "0 0 0 L * *"],
    ["0 0 15w,lw * *", "0 0 0 15W,LW * *"],
    ["0 0 * * FRI#3,2L", "0 0 0 * * 5#3,2L"],
  ])("%s means %s", (text, meaning) => expect(patternOf(text)).toBe(meaning));

  it.each([
    ["@yearly", "0 0 0 1 1 *"],
    ["@annually", "0 0 0 1 1 *"],
    ["@monthly", "0 0 0 1 * *"],
    ["@weekly", "0 0 0 * * 0"],
    ["@daily", "0 0 0 * * *"],
    ["@Midnight", "0 0 0 * * *"],
    ["@hourly", "0 0 * * * *"],
  ])("%s is short for %s", (text, meaning) => expect(patternOf(text)).toBe(meaning));

  it.each([
    ["@every 90s", 90_000],
    ["@every 1h30m", 5_400_000],
    ["@EVERY PT5M", 300_000],
    ["@every 2d", 172_800_000],
    ["@every 1000ms", 1_000],
  ])("%s counts %i ms", (text, ms) => expect(patternOf(text)).toBe(`every ${ms}`));

  it.each([
    ["", "cron is empty."],
    ["   ", "cron is empty."],
    ["not a valid cron", "cron has 4 fields where 5, or 6 with seconds first, are possible."],
    [
      "0 0 0 0 0 0 0",
      "cron has 7 fields where 5, or 6 with seconds first, are possible; there is no field for the year.",
    ],
    ["99 25 32 13 8", 'cron has a wrong minute: "99" is not a number from 0 to 59.'],
    ["0 24 * * *", 'cron has a wrong hour: "24" is not a number from 0 to 23.'],
    ["0 0 32 * *", 'cron has a wrong day of the month: "32" is not a number from 1 to 31.'],
    ["0 0 0 * *", 'cron has a wrong day of the month: "0" is not a number from 1 to 31.'],
    ["0 0 * 13 *", 'cron has a wrong month: "13" is not a number from 1 to 12 or JAN to DEC.'],
    ["0 0 * * 8", 'cron has a wrong day of the week: "8" is not a number from 0 to 7 or SUN to SAT.'],
    ["60 * * * * *", 'cron has a wrong second: "60" is not a number from 0 to 59.'],
    ["*/0 * * * *", 'cron has a wrong minute: the step "0" is not a number from 1 to 60.'],
    ["*/61 * * * *", 'cron has a wrong minute: the step "61" is not a number from 1 to 60.'],
    ["*/x * * * *", 'cron has a wrong minute: the step "X" is not a number from 1 to 60.'],
    ["1/2/3 * * * *", 'cron has a wrong minute: "1/2/3" is not a value, a range or a step.'],
    [
      "5-1 * * * *",
      "cron has a wrong minute: the range 5-1 runs backwards; write two ranges with a comma between them.",
    ],
    ["1-2-3 * * * *", 'cron has a wrong minute: "1-2-3" is not a range.'],
    ["1- * * * *", 'cron has a wrong minute: "" is not a number from 0 to 59.'],
    ["1,,2 * * * *", 'cron has a wrong minute: "" is not a value, a range or a step.'],
    ["? * * * *", 'cron has a wrong minute: "?" is not a number from 0 to 59.'],
    ["0 0 ? * *", 'cron has a wrong day of the month: "?" is not a number from 1 to 31.'],
    ["0 0 32W * *", 'cron has a wrong day of the month: "32" is not a number from 1 to 31.'],
    ["0 0 L/2 * *", 'cron has a wrong day of the month: "L/2" steps over something that is no range.'],
    ["0 0 * * L", 'cron has a wrong day of the week: "L" is not a number from 0 to 7 or SUN to SAT.'],
    ["0 0 * * 1#6", 'cron has a wrong day of the week: "1#6" is not a number from 0 to 7 or SUN to SAT.'],
    ["0 0 * FEBRUARY *", 'cron has a wrong month: "FEBRUARY" is not a number from 1 to 12 or JAN to DEC.'],
    ["@reboot", 'cron has the unknown alias "@reboot"'],
    ["@every", 'cron needs a duration after @every, such as 90s, 1h30m or PT5M, not "".'],
    ["@every soon", 'cron needs a duration after @every, such as 90s, 1h30m or PT5M, not "soon".'],
    ["@every -5m", "cron needs a duration after @every"],
    ["@every 500ms", "cron has an interval of 500 ms; the shortest is one second."],
    [`${"1,".repeat(200)}1 * * * *`, "cron is longer than 255 characters."],
  ])("%j is refused with the reason", (text, problem) => expect(problemOf(text)).toContain(problem));

  it("throws nothing but OjsError, whatever the text", () => {
    const token = fc.constantFrom("*", "1", "59", "L", "W", "#", "/", "-", ",", "MON", "?", " ", "@every", "0", "x");
    const texts = fc.oneof(
      fc.string(),
      fc.array(token, { maxLength: 14 }).map((tokens) => tokens.join("")),
    );
    fc.assert(fc.property(texts, (text) => void problemOf(text)));
  });
});
