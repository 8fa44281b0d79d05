/**
 * What the answer of a function means for its job and for the endpoint (ojs-serverless §2.3, §7.1). An error of the function is
 * the job's; an error of the delivery tells something about the endpoint.
 */
import { type Failure, readFailure, serverFailure } from "../failure.ts";
import type { JsonText } from "../job.ts";
import { parseJson, stringifyJson } from "../json.ts";
import { isJsonObject } from "../json-object.ts";

/** An answer, or its absence. */
export interface PushReply {
  /** Null when there was none. */
  readonly statusCode: number | null;
  /** Why it is no success, in words; null when it is. */
  readonly error: string | null;
  readonly body: string;
  readonly retryAfterMs: number | null;
  readonly timedOut: boolean;
}

/** What an answer says about the endpoint. */
export type PushHealth = "well" | "failing" | "busy" | "gone";

/** What becomes of the job: it is done, or its attempt failed. */
export type PushVerdict =
  | { readonly kind: "completed"; readonly result: JsonText | null; readonly health: PushHealth }
  | { readonly kind: "failed"; readonly failure: Failure; readonly health: PushHealth };

/** Statuses after which nothing is tried again: the function is gone, or does not know us any more (§7.2). */
const GONE: ReadonlySet<number> = new Set([401, 403, 404]);

/** Reads an answer. */
export function verdictOn(reply: PushReply): PushVerdict {
  const { statusCode, error } = reply;
  if (statusCode === null) {
    return deliveryError(reply.timedOut ? "timeout" : "network_error", error ?? "", true, "failing");
  }
  if (statusCode >= 200 && statusCode < 300) return verdictOf(reply.body);
  const message = `The function ${error ?? ""}.`;
  if (statusCode === 429) {
    const busy = deliveryError("rate_limited", message, true, "busy");
    const retryAfterMs = reply.retryAfterMs;
    return retryAfterMs === null ? busy : { ...busy, failure: { ...busy.failure, retryAfterMs } };
  }
  if (GONE.has(statusCode)) return deliveryError(`http_${statusCode}`, message, false, "gone");
  const isRefusal = statusCode >= 400 && statusCode < 500;
  return deliveryError(`http_${statusCode}`, message, !isRefusal, isRefusal ? "well" : "failing");
}

function verdictOf(body: string): PushVerdict {
  let said: unknown;
  try {
    said = parseJson(body);
  } catch {
    said = undefined;
  }
  if (!isJsonObject(said)) return invalid();
  if (said.status === "completed") {
    const { result } = said;
    return { kind: "completed", result: result === undefined ? null : stringifyJson(result), health: "well" };
  }
  if (said.status !== "failed") return invalid();
  const error = typeof said.error === "string" || isJsonObject(said.error) ? said.error : "The function failed.";
  return { kind: "failed", failure: readFailure(error), health: "well" };
}

function invalid(): PushVerdict {
  const says = 'The function answered neither {"status": "completed"} nor {"status": "failed", "error": …}.';
  return deliveryError("invalid_response", says, true, "failing");
}

function deliveryError(type: string, message: string, retryable: boolean, health: PushHealth) {
  const details = { error_class: "delivery_error", error_type: type };
  const failure: Failure = { ...serverFailure(`push_${type}`, message, retryable), details };
  return { kind: "failed", failure, health } as const;
}
