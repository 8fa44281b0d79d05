/** Deliveries as operators look at them: which wait, which arrived, which nobody tries any more (ojs-webhooks §10). */

import type { Clock } from "../../core/clock.ts";
import type { ShownDelivery } from "../../core/codec/webhook-encode.ts";
import { ojsError } from "../../core/errors.ts";
import { revived } from "../../core/webhook/delivery.ts";
import type { RecordQueries, StoredRecord } from "../../storage/records.ts";
import type { Page, PageRequest } from "../../storage/storage.ts";
import type { Committer } from "../committer.ts";
import { nothing } from "../move.ts";
import { answered } from "../storage-trouble.ts";
import { listKinds } from "./delivery-list.ts";
import type { DeliveryFilter } from "./webhook-engine.ts";
import {
  DEAD_KIND,
  DELIVERED_KIND,
  deliveryRecord,
  pendingKind,
  readDelivery,
  removeRecord,
  replaceDelivery,
} from "./webhook-record.ts";
import type { Webhooks } from "./webhooks.ts";

/** What looking at deliveries needs of an engine. */
export interface DeliveriesParts {
  readonly storage: { readonly records: RecordQueries };
  readonly clock: Clock;
  readonly committer: Committer;
  readonly newId: () => string;
  readonly webhooks: Webhooks;
  /** Hears of deliveries to this subscription that are due. */
  readonly stored: (subscriptionId: string) => void;
}

/** How many ended deliveries are forgotten in one commit. */
const FORGOTTEN_AT_ONCE = 100;

/** Lists, shows and retries deliveries, and forgets those that ended long ago. */
export class Deliveries {
  readonly #parts: DeliveriesParts;
  /** When the next one is to be forgotten; at first any may be. */
  #forgetAt = Number.NEGATIVE_INFINITY;

  constructor(parts: DeliveriesParts) {
    this.#parts = parts;
  }

  /** When to forget again. */
  get next(): number {
    return this.#forgetAt;
  }

  /** One is to be forgotten at this moment. */
  ended(at: number): void {
    this.#forgetAt = Math.min(this.#forgetAt, at);
  }

  /** See `WebhookEngine`. */
  async list(filter: DeliveryFilter, request: PageRequest): Promise<Page<ShownDelivery>> {
    const { storage, webhooks } = this.#parts;
    const ids =
      filter.subscriptionId === undefined ? (await webhooks.list()).map(({ id }) => id) : [filter.subscriptionId];
    const page = await listKinds(storage.records, kindsOf(filter, ids), request);
    return { ...page, items: page.items.map(shown) };
  }

  /** See `WebhookEngine`. */
  async get(id: string): Promise<ShownDelivery> {
    return shown(await this.#find(id));
  }

  /** See `WebhookEngine`. */
  async retry(id: string): Promise<ShownDelivery> {
    const { clock, newId, committer, webhooks, stored } = this.#parts;
    for (;;) {
      const before = await this.#find(id);
      const { value } = readDelivery(before);
      if (value.status === "delivered") throw arrived(id);
      const { active } = await webhooks.get(value.subscriptionId);
      if (!active) throw switchedOff(id, value.subscriptionId);
      const after = deliveryRecord(revived(value), clock.now(), newId());
      const done = await committer.decide<boolean>({
        ids: [],
        decide: (_, { refused }) =>
          refused === undefined ? { effects: replaceDelivery(before, after), committed: () => true } : nothing(false),
      });
      if (!done) continue;
      stored(value.subscriptionId);
      return shown(after);
    }
  }

  /** Forgets what is due, and answers nothing to anybody who asks for it from now on. */
  async forget(): Promise<void> {
    const now = this.#parts.clock.now();
    if (this.#forgetAt > now) return;
    this.#forgetAt = Number.POSITIVE_INFINITY;
    for (const kind of [DELIVERED_KIND, DEAD_KIND]) {
      const { records } = this.#parts.storage;
      const due = await answered(records.due(kind, now, FORGOTTEN_AT_ONCE));
      await this.#drop(due);
      this.ended(due.length === FORGOTTEN_AT_ONCE ? now : ((await answered(records.nextDue(kind))) ?? Infinity));
    }
  }

  /** One by one: of several servers each may have been faster with some. */
  async #drop(due: readonly StoredRecord[]): Promise<void> {
    const drops = due.map((record) =>
      this.#parts.committer.decide({
        ids: [],
        decide: (_, { refused }) =>
          refused === undefined ? { effects: [removeRecord(record)], committed: () => undefined } : nothing(undefined),
      }),
    );
    await Promise.all(drops);
  }

  /** It may be of any subscription, and there are few. */
  async #find(id: string): Promise<StoredRecord> {
    const { storage, webhooks } = this.#parts;
    const subscriptions = await webhooks.list();
    const kinds = [DELIVERED_KIND, DEAD_KIND, ...subscriptions.map((subscription) => pendingKind(subscription.id))];
    const found = await Promise.all(kinds.map((kind) => answered(storage.records.get(kind, [id]))));
    const record = found.flat().find((one) => one !== undefined);
    if (record !== undefined) return record;
    throw ojsError("not_found", `There is no delivery ${id}, or none any more.`, { details: { delivery_id: id } });
  }
}

/** Those that wait come first, then those that somebody should look at. */
function kindsOf({ status }: DeliveryFilter, subscriptions: readonly string[]): readonly string[] {
  const pending = subscriptions.map(pendingKind);
  switch (status) {
    case "pending":
      return pending;
    case "delivered":
      return [DELIVERED_KIND];
    case "dead":
      return [DEAD_KIND];
    default:
      return [...pending, DEAD_KIND, DELIVERED_KIND];
  }
}

function shown(record: StoredRecord): ShownDelivery {
  const delivery = readDelivery(record).value;
  return { delivery, nextAttemptAt: delivery.status === "pending" ? record.dueAt : null };
}

function arrived(id: string): Error {
  return ojsError("conflict", `Delivery ${id} has arrived; it is not sent again.`, { details: { delivery_id: id } });
}

function switchedOff(id: string, subscriptionId: string): Error {
  return ojsError("conflict", `Delivery ${id} cannot be sent: its subscription is not active.`, {
    details: { delivery_id: id, subscription_id: subscriptionId },
    hint: 'PATCH the subscription with {"active": true} first.',
  });
}
