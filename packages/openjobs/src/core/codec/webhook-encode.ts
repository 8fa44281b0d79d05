/** Subscriptions and deliveries as answers (ojs-webhooks §6, §10). */
import type { JsonText } from "../job.ts";
import { stringifyJson } from "../json.ts";
import { formatTimestamp } from "../time.ts";
import type { WebhookAttempt, WebhookDelivery } from "../webhook/delivery.ts";
import type { WebhookSubscription } from "../webhook/subscription.ts";

/** A delivery, and when it is tried next; null = never. */
export interface ShownDelivery {
  readonly delivery: WebhookDelivery;
  /** Unix milliseconds. */
  readonly nextAttemptAt: number | null;
}

/** The outcome of a test (§6.6). */
export interface WebhookTest extends WebhookAttempt {
  readonly body: string;
}

/**
 * A subscription, flat as the page shows it and in `subscription` as the official cases read it.
 *
 * @param secret Only ever given to whoever has just made it.
 */
export function encodeWebhookAnswer(subscription: WebhookSubscription, secret?: string): JsonText {
  const shown = { ...facts(subscription), ...(secret === undefined ? {} : { secret }) };
  return stringifyJson({ ...shown, subscription: shown });
}

/** All subscriptions. */
export function encodeWebhooks(subscriptions: readonly WebhookSubscription[]): JsonText {
  return stringifyJson({ subscriptions: subscriptions.map(facts), count: subscriptions.length });
}

/** What a test found out. */
export function encodeWebhookTest({ statusCode, durationMs, error, body }: WebhookTest): JsonText {
  return stringifyJson({
    success: error === null,
    status_code: statusCode,
    response_time_ms: durationMs,
    response_body: body,
    ...(error === null ? {} : { error }),
  });
}

/** One delivery with the event that it carries. */
export function encodeDeliveryAnswer({ delivery, nextAttemptAt }: ShownDelivery): JsonText {
  const shown = encodeDelivery(delivery, nextAttemptAt);
  return `${shown.slice(0, -1)},"event":${delivery.payload},"delivery":${shown}}`;
}

/** A page of deliveries. */
export function encodeDeliveries(page: readonly ShownDelivery[], pagination: object): JsonText {
  const shown = page.map(({ delivery, nextAttemptAt }) => encodeDelivery(delivery, nextAttemptAt));
  return `{"deliveries":[${shown.join(",")}],"pagination":${stringifyJson(pagination)}}`;
}

function encodeDelivery(delivery: WebhookDelivery, nextAttemptAt: number | null): JsonText {
  const { id, subscriptionId, eventType, status, attempts, createdAt, lastAttempt } = delivery;
  return stringifyJson({
    id,
    subscription_id: subscriptionId,
    event_type: eventType,
    status,
    attempts,
    created_at: formatTimestamp(createdAt),
    next_attempt_at: nextAttemptAt === null ? null : formatTimestamp(nextAttemptAt),
    last_attempt: lastAttempt === null ? null : encodeAttempt(lastAttempt),
  });
}

function encodeAttempt({ at, durationMs, statusCode, error }: WebhookAttempt): object {
  return { at: formatTimestamp(at), duration_ms: durationMs, status_code: statusCode, error };
}

/** Never its secrets. */
function facts({ id, url, events, filter, active, metadata, createdAt, updatedAt }: WebhookSubscription): object {
  return {
    id,
    url,
    events,
    active,
    ...(filter === null ? {} : { filter: { queues: filter.queues, job_types: filter.jobTypes } }),
    ...(metadata === null ? {} : { metadata }),
    created_at: formatTimestamp(createdAt),
    updated_at: formatTimestamp(updatedAt),
  };
}
