/** Turns whatever a request failed with into an answer (ojs-http-binding §16) without telling what nobody should know. */
import { encodeError } from "../core/codec/error.ts";
import { ERRORS } from "../core/error-table.ts";
import { OjsError, ojsError } from "../core/errors.ts";
import { INVALID_TOKEN } from "./api-key.ts";
import { depthHeaders } from "./pressure-headers.ts";
import type { Answer } from "./route.ts";

/** The error as clients may see it: everything that is not meant for them becomes an `internal_error`. */
export function publicError(error: unknown): OjsError {
  // An error without a status speaks of a client's troubles; here it can only be a mistake of ours.
  if (error instanceof OjsError && error.status >= 400) return error;
  return ojsError("internal_error", "The server failed to handle this request.", {
    hint: "The server's log has the reason under this request id.",
  });
}

/** The answer for an error. */
export function errorAnswer(error: OjsError, requestId: string): Answer {
  return { status: error.status, body: encodeError(error, requestId), headers: headersFor(error) };
}

function headersFor(error: OjsError): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  if (error.code === "unauthorized") headers["www-authenticate"] = challengeOf(error);
  // Whole seconds, and at least one: the Rust SDK takes the value as it is.
  if (error.retryAfterMs !== undefined) headers["retry-after"] = `${Math.max(1, Math.ceil(error.retryAfterMs / 1000))}`;
  const { depth, bound } = error.details ?? {};
  if (error.code === ERRORS.queue_full.code && typeof depth === "number" && typeof bound === "number") {
    Object.assign(headers, depthHeaders({ depth, bound }));
  }
  const maxBatch = error.details?.max_batch_size;
  if (typeof maxBatch === "number") headers["x-ojs-max-batch-size"] = `${maxBatch}`;
  const allowed = error.code === "method_not_allowed" ? error.details?.allowed : undefined;
  if (Array.isArray(allowed)) headers.allow = allowed.join(", ");
  return headers;
}

/** Who sent no key is told how to; who sent another one, also that it was this that was wrong (RFC 6750 §3). */
function challengeOf({ details }: OjsError): string {
  return details?.reason === INVALID_TOKEN ? `Bearer error="${INVALID_TOKEN}"` : "Bearer";
}
