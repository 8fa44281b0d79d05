/**
 * Events of which no commit knows: a worker came, an operation on many jobs is over. They are stored right after they
 * happened, in a commit of their own, which a server that dies in between does not make.
 */
import type { EventEntry, EventOrigin } from "../../core/events.ts";
import type { Committer } from "../committer.ts";
import { deliveriesOf } from "./new-deliveries.ts";
import type { WebhookTable } from "./webhook-table.ts";

/** What they need of an engine. */
interface Parts {
  readonly table: WebhookTable;
  readonly origin: EventOrigin;
  readonly committer: Pick<Committer, "decide">;
  readonly stored: (subscriptionId: string) => void;
  readonly onError: (error: unknown, context: string) => void;
}

/** Stores an event for those who want it. */
export function storeLate(parts: Parts, entry: EventEntry): void {
  const deliveries = deliveriesOf(entry, parts);
  if (deliveries.length === 0) return;
  const kept = parts.committer.decide({
    ids: [],
    decide: () => ({
      effects: deliveries.map(({ record }) => ({ kind: "put-record", record, before: null }) as const),
      committed() {
        for (const { subscriptionId } of deliveries) parts.stored(subscriptionId);
      },
    }),
  });
  kept.catch((error: unknown) => parts.onError(error, `webhooks for ${entry.type}`));
}
