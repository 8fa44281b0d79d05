/** The answer to a bulk enqueue (ojs-bulk-operations §5.2), as the sender of its jobs reads it. */
import { type OjsError, retold } from "../errors.ts";
import { isMembers, type Members } from "../request-fields.ts";
import { readArray } from "./answer-shape.ts";
import { decodeError, type ErrorContext } from "./error.ts";
import { integer } from "./wire-values.ts";

/** What became of one job: the server's words about it, or about what is wrong with it. */
export type BulkResult =
  | { readonly ok: true; readonly job: unknown }
  | { readonly ok: false; readonly item: Members; readonly index: number };

/** Reads the outcomes of `count` jobs; throws a plain Error when these are not as many outcomes. */
export function decodeBulk(answer: unknown, count: number): readonly BulkResult[] {
  const items = readArray(answer, "items");
  if (items.length !== count) throw new Error(`the answer has ${items.length} outcomes for ${count} jobs`);
  return items.map((item, index): BulkResult => {
    if (!isMembers(item) || (item.index ?? index) !== index) throw new Error("the outcomes are not in order");
    if (isMembers(item.job)) return { ok: true, job: item.job };
    if (isMembers(item.error)) return { ok: false, item, index };
    throw new Error("an outcome has neither job nor error");
  });
}

/**
 * The error of one job as a request for this job alone would have had it: nothing in it speaks of a place in a bulk that
 * the caller knows nothing of.
 */
export function bulkError(
  { http_status: status, retry_after_ms: pause, error }: Members,
  index: number,
  context: ErrorContext,
): OjsError {
  const pauseMs = integer(pause);
  const headers: Record<string, string> = pauseMs === undefined ? {} : { "retry-after": `${pauseMs / 1_000}` };
  const told = decodeError(integer(status) ?? 422, headers, JSON.stringify({ error }), context);
  const { message, details } = told;
  const field = details?.field;
  const changes = typeof field === "string" ? { details: { ...details, field: alone(field, index) } } : {};
  return retold(told, alone(message, index), changes);
}

/** The server names the job of a single request `job`, where it has to. */
function alone(text: string, index: number): string {
  return text.replaceAll(`jobs[${index}].`, "").replaceAll(`jobs[${index}]`, "job");
}
