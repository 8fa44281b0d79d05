/** A store that does not answer is 503 with Retry-After, whatever its own error says (design 3.14). */
import { OjsError, ojsError } from "../core/errors.ts";

/**
 * Waits for a read of the storage; its failure becomes a retryable `backend_error` that keeps the cause. An `OjsError`
 * stays what it is: with it the storage refuses the request (a cursor that is none), which is no trouble.
 */
export async function answered<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (cause) {
    throw cause instanceof OjsError ? cause : storageTrouble(cause);
  }
}

/** The error for callers whose request the storage did not answer. */
export function storageTrouble(cause: unknown): OjsError {
  return ojsError("backend_error", "The storage did not answer.", { cause });
}
