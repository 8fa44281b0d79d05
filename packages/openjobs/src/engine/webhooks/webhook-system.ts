/** Everything about webhooks, put together: who hears of whom. */
import type { EventEntry, EventOrigin } from "../../core/events.ts";
import { Deliveries } from "./deliveries.ts";
import type { DeliveryParts } from "./delivery-work.ts";
import { DeliveryWork } from "./delivery-work.ts";
import { storeLate } from "./late-events.ts";
import type { WebhookEngine } from "./webhook-engine.ts";
import { Webhooks } from "./webhooks.ts";

/** What webhooks need of an engine. */
export interface WebhookSystemParts extends Omit<DeliveryParts, "ended"> {
  readonly origin: EventOrigin;
  /** Tells other servers that subscriptions were changed here; resolves when they know, or cannot be waited for. */
  readonly agree: () => Promise<void>;
}

/** See above. */
export class WebhookSystem {
  readonly #parts: WebhookSystemParts;
  readonly #webhooks: Webhooks;
  readonly #work: DeliveryWork;
  readonly #deliveries: Deliveries;

  constructor(parts: WebhookSystemParts) {
    this.#parts = parts;
    this.#work = new DeliveryWork({ ...parts, ended: (at) => this.#deliveries.ended(at) });
    const { source } = parts.origin;
    this.#webhooks = new Webhooks({ ...parts, source, resumed: () => this.#work.suspect() });
    this.#deliveries = new Deliveries({ ...parts, webhooks: this.#webhooks, stored: (id) => this.stored(id) });
  }

  /** When the timer has to ring. */
  get next(): number {
    return Math.min(this.#work.next, this.#deliveries.next);
  }

  /** Reads the subscriptions. Rejects with `backend_error` when the storage does not answer. */
  load(): Promise<void> {
    return this.#webhooks.load();
  }

  /** Does what is due, but for what takes others' time: that it begins. */
  async ring(): Promise<void> {
    this.#work.ring();
    await this.#deliveries.forget();
  }

  /** Begins nothing more, and gives back what is on its way; undefined = there is nothing. */
  close(): Promise<void> | undefined {
    return this.#work.close();
  }

  /** Deliveries to this subscription have been stored, and are due. */
  stored(subscriptionId: string): void {
    this.#work.expect(subscriptionId, this.#parts.clock.now());
  }

  /** Stores an event that no commit has stored. */
  late(entry: EventEntry): void {
    storeLate({ ...this.#parts, stored: (id) => this.stored(id) }, entry);
  }

  /** What callers can do. */
  operations(): WebhookEngine {
    return {
      createWebhook: (asked) => this.#webhooks.create(asked),
      listWebhooks: () => this.#webhooks.list(),
      getWebhook: (id) => this.#webhooks.get(id),
      changeWebhook: (id, change) => this.#webhooks.change(id, change),
      removeWebhook: (id) => this.#webhooks.remove(id),
      testWebhook: (id) => this.#webhooks.test(id),
      rotateWebhookSecret: (id) => this.#webhooks.rotate(id),
      listDeliveries: (filter, page) => this.#deliveries.list(filter, page),
      getDelivery: (id) => this.#deliveries.get(id),
      retryDelivery: (id) => this.#deliveries.retry(id),
    };
  }
}
