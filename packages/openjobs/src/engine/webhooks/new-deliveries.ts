/** From an event to what has to be delivered of it. */
import { type EventEntry, type EventOrigin, encodeEvent } from "../../core/events.ts";
import type { StoredRecord } from "../../storage/records.ts";
import { deliveryRecord } from "./webhook-record.ts";
import type { WebhookTable } from "./webhook-table.ts";

/** A delivery that is to be stored, and is due at once. */
export interface NewDelivery {
  readonly subscriptionId: string;
  readonly record: StoredRecord;
}

/** One for each subscription that wants this event. */
export function deliveriesOf(
  entry: EventEntry,
  { table, origin }: { readonly table: WebhookTable; readonly origin: Pick<EventOrigin, "newId"> },
): readonly NewDelivery[] {
  const wanting = table.wanting(entry);
  if (wanting.length === 0) return [];
  const payload = encodeEvent(entry);
  return wanting.map(({ id: subscriptionId }) => {
    const delivery = {
      id: `del_${origin.newId()}`,
      subscriptionId,
      eventType: entry.type,
      payload,
      status: "pending",
      createdAt: entry.at,
      attempts: 0,
      lastAttempt: null,
    } as const;
    return { subscriptionId, record: deliveryRecord(delivery, entry.at, origin.newId()) };
  });
}
