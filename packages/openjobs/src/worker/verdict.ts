/** Whether an error answer is the job server's word, or that of something on the way to it. */
import type { OjsError } from "../core/errors.ts";

/**
 * A proxy without a backend answers 404, a firewall 400, a login 401: pages that say nothing of a job. Repeating is then
 * right, and harmless if it was not, because leases fence.
 */
export function isServersWord({ status, details }: OjsError): boolean {
  return status > 0 && details?.excerpt === undefined;
}
