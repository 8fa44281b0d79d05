/**
 * Events on their way to subscriptions, stored in the commit that they tell of (design 3.12): whatever happens to this
 * process after a commit, its deliveries are there. Costs nothing while nobody subscribes.
 */
import type { EventOrigin } from "../../core/events.ts";
import type { OutboxPlan, OutboxPlanner, ToldGroup } from "../outbox-plan.ts";
import { eventsOf } from "./group-events.ts";
import { deliveriesOf } from "./new-deliveries.ts";
import type { WebhookTable } from "./webhook-table.ts";

/** What an outbox needs of an engine. */
export interface OutboxParts {
  readonly table: WebhookTable;
  readonly origin: EventOrigin;
  /** Hears of deliveries to this subscription that have been stored. */
  readonly stored: (subscriptionId: string) => void;
}

/** Plans what is stored with a group. */
export class Outbox implements OutboxPlanner {
  readonly #parts: OutboxParts;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  get isWanted(): boolean {
    return this.#parts.table.active.length > 0;
  }

  plan(told: ToldGroup): OutboxPlan {
    const { origin, stored } = this.#parts;
    let targets: ReadonlySet<string> = new Set();
    return {
      records: (outcome) => {
        const deliveries = eventsOf(told, outcome, origin).flatMap((entry) => deliveriesOf(entry, this.#parts));
        targets = new Set(deliveries.map(({ subscriptionId }) => subscriptionId));
        return deliveries.map(({ record }) => record);
      },
      committed: () => targets.forEach(stored),
    };
  }
}
