/** Names of cron jobs (ojs-cron §2.2). */
import { LIMITS } from "./limits.ts";

const CRON_NAME = /^[a-z0-9][a-z0-9.-]*$/;

/** What a name has to be, for errors. */
export const CRON_NAME_RULE: string = `1 to ${LIMITS.cronNameChars} characters: a-z, 0-9, '-' and '.', starting with a letter or digit`;

/** Whether a value is the name of a cron job. */
export function isCronName(value: unknown): value is string {
  return typeof value === "string" && value.length <= LIMITS.cronNameChars && CRON_NAME.test(value);
}
