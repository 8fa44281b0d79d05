/** Whether an error answer is the job server's word, or that of something on the way to it. */
import { OjsError } from "../core/errors.ts";

/**
 * A proxy without a backend answers 404, a firewall 400, a login 401: pages that say nothing of a job. Repeating is then
 * right, and harmless if it was not, because leases fence.
 */
export function isServersWord({ status, details }: OjsError): boolean {
  return status > 0 && details?.excerpt === undefined;
}

/**
 * Only people can repair it. A server that is broken, an answer that nobody understands and the page of a proxy may be
 * gone the next moment; so may the trouble behind a 408, which has no code of its own.
 */
export function isRefusal(error: unknown): boolean {
  if (!(error instanceof OjsError) || error.retryable || !isServersWord(error)) return false;
  return error.status >= 400 && error.status < 500 && error.status !== 408;
}
