/** Push delivery: functions that are called with jobs (ojs-serverless §2.1). */
import { LIMITS } from "../../../core/limits.ts";
import { flag, integer, type JsonSchema, list, type Members, object, ref, text, time, word } from "../schema-words.ts";

const NAMES = { minItems: 1, maxItems: LIMITS.pushNames } as const;

const URL_AND_QUEUES: Members = {
  endpoint: text({ maxLength: LIMITS.webhookUrlChars, description: "An absolute HTTPS URL." }),
  queues: list(text({ maxLength: LIMITS.queueChars }), NAMES),
};

const TYPES: Members = {
  job_types: list(text({ maxLength: LIMITS.typeChars }), {
    ...NAMES,
    description: "Left out: all types. Other jobs of the queues are put back to their end.",
  }),
};

const LIMITED: Members = {
  max_concurrency: integer({ minimum: 1, maximum: LIMITS.pushConcurrency }),
  timeout_ms: integer({ minimum: 1, maximum: LIMITS.pushTimeoutMs }),
};

const CONFIG = object({}, { ...LIMITED, signing_secret: text({ minLength: 16, maxLength: 200 }) });

/** Names of these schemas. */
export type PushSchemaName = "PushEndpointRequest" | "PushEndpointChange" | "PushEndpoint" | "PushEndpoints";

export const PUSH_SCHEMAS: Readonly<Record<PushSchemaName, JsonSchema>> = {
  PushEndpointRequest: object(URL_AND_QUEUES, { ...TYPES, config: CONFIG, active: flag() }),
  PushEndpointChange: object({}, { ...URL_AND_QUEUES, ...TYPES, config: CONFIG, active: flag() }),
  PushEndpoint: object(
    {
      id: text(),
      ...URL_AND_QUEUES,
      config: object(LIMITED, { signing_secret: text({ description: "Signs calls. It is shown this once." }) }),
      active: flag(),
      circuit_breaker_state: word("closed", "open", "half_open"),
      created_at: time(),
      updated_at: time(),
    },
    { ...TYPES, disabled_reason: text() },
  ),
  PushEndpoints: object({ endpoints: list(ref("PushEndpoint")), count: integer() }),
};
