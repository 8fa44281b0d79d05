/**
 * Subscriptions and deliveries as records. Deliveries that wait have a kind of their own for each subscription, so that a
 * target that does not answer keeps nobody else's waiting; those that have ended are together.
 */
import type { WebhookDelivery } from "../../core/webhook/delivery.ts";
import type { WebhookSubscription } from "../../core/webhook/subscription.ts";
import type { StoredRecord } from "../../storage/records.ts";
import type { Effect } from "../../storage/storage.ts";

export const SUBSCRIPTION_KIND = "webhook";
export const DELIVERED_KIND = "webhook-delivered";
export const DEAD_KIND = "webhook-dead";

/** A stored value with what a change of it has to know. */
export interface Stored<T> {
  readonly value: T;
  readonly record: StoredRecord;
}

/** The kind of the deliveries of a subscription that wait. */
export function pendingKind(subscriptionId: string): string {
  return `webhook-pending/${subscriptionId}`;
}

/** The kind of a delivery as it stands. */
export function kindOf({ status, subscriptionId }: Pick<WebhookDelivery, "status" | "subscriptionId">): string {
  if (status === "pending") return pendingKind(subscriptionId);
  return status === "delivered" ? DELIVERED_KIND : DEAD_KIND;
}

/** The record of a subscription. */
export function subscriptionRecord(subscription: WebhookSubscription, revision: string): StoredRecord {
  return { kind: SUBSCRIPTION_KIND, id: subscription.id, revision, dueAt: null, body: JSON.stringify(subscription) };
}

/** The record of a delivery. */
export function deliveryRecord(delivery: WebhookDelivery, dueAt: number, revision: string): StoredRecord {
  return { kind: kindOf(delivery), id: delivery.id, revision, dueAt, body: JSON.stringify(delivery) };
}

/** What takes the place of a stored delivery; its kind may be another one. */
export function replaceDelivery(before: StoredRecord, after: StoredRecord): readonly Effect[] {
  if (before.kind === after.kind) return [{ kind: "put-record", record: after, before: before.revision }];
  return [removeRecord(before), { kind: "put-record", record: after, before: null }];
}

/** Takes a record away. */
export function removeRecord({ kind, id, revision }: StoredRecord): Effect {
  return { kind: "remove-record", key: { kind, id }, before: revision };
}

/** Reads a subscription. */
export function readSubscription(record: StoredRecord): Stored<WebhookSubscription> {
  return { value: JSON.parse(record.body) as WebhookSubscription, record }; // `subscriptionRecord` wrote it
}

/** Reads a delivery. */
export function readDelivery(record: StoredRecord): Stored<WebhookDelivery> {
  return { value: JSON.parse(record.body) as WebhookDelivery, record }; // `deliveryRecord` wrote it
}
