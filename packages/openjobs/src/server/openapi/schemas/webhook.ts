/** Webhooks: subscriptions and deliveries (ojs-webhooks §6, §10). */
import { LIMITS } from "../../../core/limits.ts";
import {
  anyOf,
  flag,
  integer,
  type JsonSchema,
  list,
  type Members,
  object,
  ref,
  text,
  time,
  timeOrNull,
  word,
} from "../schema-words.ts";

const NAMES = list(text({ maxLength: LIMITS.nameChars }), { maxItems: LIMITS.webhookFilterNames });
const FILTER = object({}, { queues: NAMES, job_types: NAMES });

const TERMS: Members = {
  url: text({ maxLength: LIMITS.webhookUrlChars, description: "An absolute HTTPS URL." }),
  events: list(text(), {
    minItems: 1,
    maxItems: LIMITS.webhookEvents,
    description: "Types of events, families such as `job.*`, or `*`.",
  }),
};
const NOTHING: JsonSchema = { type: "null" };
const MORE_TERMS: Members = {
  filter: anyOf(FILTER, NOTHING),
  active: flag(),
  metadata: anyOf(ref("JsonObject"), NOTHING),
};

const SHOWN: Members = { id: text(), ...TERMS, active: flag(), created_at: time(), updated_at: time() };
const SHOWN_IF_SET: Members = { filter: FILTER, metadata: ref("JsonObject") };
const SECRET: Members = { secret: text({ description: "Signs deliveries. It is shown this once." }) };

const DELIVERY: Members = {
  id: text(),
  subscription_id: text(),
  event_type: text(),
  status: word("pending", "delivered", "dead"),
  attempts: integer(),
  created_at: time(),
  next_attempt_at: timeOrNull(),
  last_attempt: anyOf(ref("DeliveryAttempt"), NOTHING),
};

/** Names of these schemas. */
export type WebhookSchemaName =
  | "WebhookRequest"
  | "WebhookChange"
  | "Webhook"
  | "WebhookAnswer"
  | "NewWebhook"
  | "Webhooks"
  | "WebhookTest"
  | "Delivery"
  | "DeliveryAttempt"
  | "DeliveryAnswer"
  | "DeliveryPage";

export const WEBHOOK_SCHEMAS: Readonly<Record<WebhookSchemaName, JsonSchema>> = {
  WebhookRequest: object(TERMS, { ...MORE_TERMS, secret: text({ minLength: 16, maxLength: 200 }) }),
  WebhookChange: object(
    {},
    { ...TERMS, ...MORE_TERMS },
    { description: "Members that are named replace what was there." },
  ),
  Webhook: object(SHOWN, SHOWN_IF_SET),
  WebhookAnswer: object({ ...SHOWN, subscription: ref("Webhook") }, SHOWN_IF_SET),
  NewWebhook: object(
    { ...SHOWN, ...SECRET, subscription: object({ ...SHOWN, ...SECRET }, SHOWN_IF_SET) },
    SHOWN_IF_SET,
  ),
  Webhooks: object({ subscriptions: list(ref("Webhook")), count: integer() }),
  WebhookTest: object(
    { success: flag(), status_code: { type: ["integer", "null"] }, response_time_ms: integer(), response_body: text() },
    { error: text() },
  ),
  Delivery: object(DELIVERY),
  DeliveryAttempt: object({
    at: time(),
    duration_ms: integer(),
    status_code: { type: ["integer", "null"] },
    error: { type: ["string", "null"] },
  }),
  DeliveryAnswer: object({ ...DELIVERY, event: ref("Event"), delivery: ref("Delivery") }),
  DeliveryPage: object({ deliveries: list(ref("Delivery")), pagination: ref("Pagination") }),
};
