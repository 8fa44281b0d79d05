/** Jobs that a test has built, as a server would send them. */
import type { Job } from "../../core/codec/job-decode.ts";

/**
 * A job under the names of the wire. Policies are left out, as they are for the server only; `maxAttempts` stays.
 *
 * @example wireJob(buildJob({ type: "email.send" })).max_attempts
 */
export function wireJob({
  extensions,
  errors,
  error,
  retry: _,
  unique: __,
  ...job
}: Job): Readonly<Record<string, unknown>> {
  return {
    ...wireNames(job),
    errors: errors.map(wireNames),
    ...(error === undefined ? {} : { error: wireNames(error) }),
    ...extensions,
  };
}

/** Of the members themselves, not of what is in them: that is the application's. */
function wireNames(members: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [wireName(name), value]));
}

function wireName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
