/** The key by which a client says that a request is a repetition (ojs-bulk-operations §10, §11.3). */
import { fieldError, isFreeOfControls } from "./fields.ts";
import type { RouteRequest } from "./route.ts";

const MAX_KEY_CHARS = 256;

/** The header goes before the body; undefined when there is none. */
export function readIdempotencyKey({ headers, body }: Pick<RouteRequest, "headers" | "body">): string | undefined {
  const key = headers["idempotency-key"] ?? body.idempotency_key ?? undefined;
  if (key === undefined) return undefined;
  if (typeof key === "string" && key !== "" && key.length <= MAX_KEY_CHARS && isFreeOfControls(key)) return key;
  throw fieldError("idempotency_key", `a string of 1 to ${MAX_KEY_CHARS} characters without control characters`);
}
