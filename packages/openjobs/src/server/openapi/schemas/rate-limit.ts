/** Limits that jobs share (ojs-rate-limiting). */
import { flag, integer, type JsonSchema, object, text, time } from "../schema-words.ts";

const PACE = { limit: integer(), period: text({ description: "ISO 8601." }) };

/** Names of these schemas. */
export type RateLimitSchemaName = "RateLimitState";

export const RATE_LIMIT_SCHEMAS: Readonly<Record<RateLimitSchemaName, JsonSchema>> = {
  RateLimitState: object(
    {
      key: text(),
      active: integer({ description: "Jobs that run." }),
      waiting_count: integer({ description: "Available jobs." }),
      waiting_count_is_exact: flag({ description: "False when there are more, too many to be counted." }),
    },
    {
      concurrency: object({ limit: integer(), active: integer(), available: integer() }),
      rate: object({ ...PACE, current_count: integer(), window_resets_at: time() }),
      throttle: object({ ...PACE, next_allowed_at: time() }),
    },
  ),
};
