/** The request that carries an event to a target (ojs-webhooks §5.3). */
import type { JsonText } from "../../core/job.ts";
import { secretsAt, type WebhookSubscription } from "../../core/webhook/subscription.ts";
import { signatureHeaders } from "./signing.ts";
import type { WebhookPost } from "./webhook-sender.ts";

/** What is carried. */
export interface Carried {
  readonly id: string;
  readonly eventType: string;
  readonly payload: JsonText;
}

/** Signed for this moment: a target may refuse what was signed long ago. */
export function deliveryRequest(subscription: WebhookSubscription, carried: Carried, at: number): WebhookPost {
  const { id, eventType, payload } = carried;
  return {
    url: subscription.url,
    headers: {
      "content-type": "application/json",
      "user-agent": "OJS-Webhook/1.0 (openjobs)",
      "x-ojs-event-type": eventType,
      "x-ojs-subscription-id": subscription.id,
      ...signatureHeaders({ id, at, body: payload, secrets: secretsAt(subscription, at) }),
    },
    body: payload,
  };
}
