/** Who is told of events by HTTP, and of which (ojs-webhooks §5). */
import type { EventEntry } from "../events.ts";
import type { JsonObject } from "../json-object.ts";
import { matchesPattern } from "./event-pattern.ts";

/** Signs deliveries. */
export interface WebhookSecret {
  readonly value: string;
  /** Unix milliseconds from which on it signs no more; null = it is the present one. */
  readonly until: number | null;
}

/** Narrows a subscription; an absent list means all. */
export interface WebhookFilter {
  readonly queues?: readonly string[];
  readonly jobTypes?: readonly string[];
}

/** What its owner says about a subscription. */
export interface WebhookTerms {
  readonly url: string;
  /** Types, families and `*`; see `matchesPattern`. */
  readonly events: readonly string[];
  readonly filter: WebhookFilter | null;
  readonly active: boolean;
  readonly metadata: JsonObject | null;
}

/** A subscription as it is kept. Times are Unix milliseconds. */
export interface WebhookSubscription extends WebhookTerms {
  /** `sub_` and a UUIDv7. */
  readonly id: string;
  /** The present one first. */
  readonly secrets: readonly WebhookSecret[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** How long a secret that was replaced goes on signing beside the new one (§8.3). */
export const ROTATION_MS: number = 24 * 3_600_000;

/** Whether its owner wants to be told of this event. */
export function wantsEvent({ active, events, filter }: WebhookSubscription, entry: EventEntry): boolean {
  if (!active || !events.some((pattern) => matchesPattern(pattern, entry.type))) return false;
  return filter === null || (lists(filter.queues, entry.queue) && lists(filter.jobTypes, entry.jobType));
}

/** The secrets that sign at this moment, the present one first. */
export function secretsAt({ secrets }: WebhookSubscription, now: number): readonly string[] {
  return secrets.filter(({ until }) => until === null || until > now).map(({ value }) => value);
}

/** The subscription with a new secret; the present one goes on signing for a day, and older ones end now. */
export function rotated(subscription: WebhookSubscription, secret: string, now: number): WebhookSubscription {
  const before = subscription.secrets.filter(({ until }) => until === null);
  const secrets = [{ value: secret, until: null }, ...before.map(({ value }) => ({ value, until: now + ROTATION_MS }))];
  return { ...subscription, secrets, updatedAt: now };
}

function lists(wanted: readonly string[] | undefined, value: string | null): boolean {
  return wanted === undefined || (value !== null && wanted.includes(value));
}
