/** Moments as a test writes them. */
import { ojsError } from "../../core/errors.ts";

/** A Date, RFC 3339 text, or Unix milliseconds. */
export type Moment = Date | string | number;

/**
 * In Unix milliseconds.
 *
 * @param field What the error calls it.
 * @throws OjsValidationError when it is no time.
 */
export function momentOf(moment: Moment, field: string): number {
  const time = typeof moment === "number" ? moment : new Date(moment).getTime();
  if (Number.isFinite(time)) return time;
  throw ojsError("invalid_request", `${field} is no time.`, {
    hint: 'Give a Date, Unix milliseconds, or a text like "2026-01-01T00:00:00Z".',
    details: { field },
  });
}

/** Whether a time of the wire is the one that was meant. */
export function isMoment(time: string | undefined, moment: Moment): boolean {
  return time !== undefined && Date.parse(time) === momentOf(moment, "scheduledAt");
}
