/** Failed attempts as a client sees them (ojs-core §8, ojs-retry §10). */
import { isMembers } from "../request-fields.ts";
import { flag, integer, present, strings, text } from "./wire-values.ts";

/** What may be known of a failed attempt beyond its type and message. */
export interface JobErrorFacts {
  readonly retryable?: boolean;
  readonly details?: unknown;
  readonly backtrace?: readonly string[];
  /** Which attempt failed. */
  readonly attempt?: number;
  /** RFC 3339. */
  readonly occurredAt?: string;
}

/** Why an attempt failed. */
export interface JobError extends JobErrorFacts {
  /** Class or dot-namespaced type of the error. */
  readonly type: string;
  /** `handler_error`, `timeout` … */
  readonly code: string;
  readonly message: string;
}

/** Reads an error of a job. Servers send `type` (core) or `code` (http-binding) or both: each stands in for the other. */
export function decodeJobError(wire: unknown): JobError | undefined {
  if (!isMembers(wire)) return undefined;
  const code = text(wire.code);
  const type = text(wire.type) ?? code ?? "error";
  const facts = present<JobErrorFacts>({
    retryable: flag(wire.retryable),
    details: wire.details ?? undefined,
    backtrace: strings(wire.backtrace),
    attempt: integer(wire.attempt),
    occurredAt: text(wire.occurred_at) ?? text(wire.timestamp),
  });
  return { type, code: code ?? type, message: text(wire.message) ?? type, ...facts };
}
