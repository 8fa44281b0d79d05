/** The times that a call, or every call of a client, may take. */
import { encodeMs } from "../core/codec/enqueue-options-encode.ts";
import type { Duration } from "../core/duration.ts";
import { ojsError } from "../core/errors.ts";

/** A timeout that a caller gave, in milliseconds; undefined when there is none. */
export function readTimeout(field: string, value: Duration | undefined): number | undefined {
  const ms = encodeMs(field, value);
  if (ms === undefined || ms > 0) return ms;
  throw ojsError("invalid_request", `\`${field}\` must be longer than nothing.`, { details: { field } });
}
