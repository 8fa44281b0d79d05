/** What an engine can do about webhooks (ojs-webhooks §6, §10). */
import type { ShownDelivery, WebhookTest } from "../../core/codec/webhook-encode.ts";
import type { DeliveryStatus } from "../../core/webhook/delivery.ts";
import type { WebhookSubscription } from "../../core/webhook/subscription.ts";
import type { NewWebhook, WebhookChange } from "../../core/webhook/subscription-request.ts";
import type { Page, PageRequest } from "../../storage/storage.ts";

/** A subscription and the secret that was just made for it. */
export interface WebhookWithSecret {
  readonly subscription: WebhookSubscription;
  readonly secret: string;
}

/** Which deliveries to list; absent = all. */
export interface DeliveryFilter {
  readonly status?: DeliveryStatus;
  /** Only with status `pending`. */
  readonly subscriptionId?: string;
}

/** The operations on webhooks. */
export interface WebhookEngine {
  /** Keeps a subscription; every event of a request that comes after the answer is delivered. `invalid_request` for a forbidden URL. */
  createWebhook(asked: NewWebhook): Promise<WebhookWithSecret>;
  /** By id, which is the order in which they were made. */
  listWebhooks(): Promise<readonly WebhookSubscription[]>;
  /** `not_found` when there is none. */
  getWebhook(id: string): Promise<WebhookSubscription>;
  /** Changes what is named; `not_found` when there is none. */
  changeWebhook(id: string, change: WebhookChange): Promise<WebhookSubscription>;
  /** Removes a subscription and the deliveries that have not arrived; `not_found` when there is none. */
  removeWebhook(id: string): Promise<WebhookSubscription>;
  /** Posts a `webhook.test` event, and says what came of it; nothing is kept of it. */
  testWebhook(id: string): Promise<WebhookTest>;
  /** Another secret; the one before goes on signing for a day. */
  rotateWebhookSecret(id: string): Promise<WebhookWithSecret>;

  /** Deliveries: those that wait, by subscription, then the dead ones, then those that arrived; the oldest of each first. */
  listDeliveries(filter: DeliveryFilter, page: PageRequest): Promise<Page<ShownDelivery>>;
  /** `not_found` when there is none, or none any more. */
  getDelivery(id: string): Promise<ShownDelivery>;
  /** Tries a delivery that is not under way at once, with all its attempts before it; `conflict` when it has arrived. */
  retryDelivery(id: string): Promise<ShownDelivery>;
}
