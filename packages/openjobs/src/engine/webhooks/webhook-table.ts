/** The subscriptions in memory, so that a commit asks nobody who wants its events. */
import type { EventEntry } from "../../core/events.ts";
import { type WebhookSubscription, wantsEvent } from "../../core/webhook/subscription.ts";

/** What this server knows of subscriptions. */
export class WebhookTable {
  #subscriptions: ReadonlyMap<string, WebhookSubscription> = new Map();
  #active: readonly WebhookSubscription[] = [];

  /** Those that want to be told of something. */
  get active(): readonly WebhookSubscription[] {
    return this.#active;
  }

  get(id: string): WebhookSubscription | undefined {
    return this.#subscriptions.get(id);
  }

  /** Those that want to be told of this event. */
  wanting(entry: EventEntry): readonly WebhookSubscription[] {
    return this.#active.filter((subscription) => wantsEvent(subscription, entry));
  }

  /** Forgets all others. */
  learn(subscriptions: readonly WebhookSubscription[]): void {
    this.#replace(new Map(subscriptions.map((subscription) => [subscription.id, subscription])));
  }

  /** A subscription is like this now; undefined = it is gone. */
  note(id: string, subscription: WebhookSubscription | undefined): void {
    const next = new Map(this.#subscriptions);
    if (subscription === undefined) next.delete(id);
    else next.set(id, subscription);
    this.#replace(next);
  }

  #replace(next: ReadonlyMap<string, WebhookSubscription>): void {
    this.#subscriptions = next;
    this.#active = [...next.values()].filter(({ active }) => active);
  }
}
