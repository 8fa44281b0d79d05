/** One event on its way to one subscription, and what becomes of it after each attempt (ojs-webhooks §7). */
import type { JsonText } from "../job.ts";

/** What came of one request. */
export interface WebhookAttempt {
  /** When it began, Unix milliseconds. */
  readonly at: number;
  readonly durationMs: number;
  /** Null when there was no answer. */
  readonly statusCode: number | null;
  /** Why it is no success, in words; null when it is. */
  readonly error: string | null;
}

/** How a delivery stands: it is to be tried (again), it has arrived, or nobody tries any more. */
export type DeliveryStatus = "pending" | "delivered" | "dead";

/** A delivery. Times are Unix milliseconds. */
export interface WebhookDelivery {
  /** `del_` and a UUIDv7; the same for all attempts (§7.5). */
  readonly id: string;
  readonly subscriptionId: string;
  readonly eventType: string;
  /** The event in its envelope, byte by byte as it is sent. */
  readonly payload: JsonText;
  readonly status: DeliveryStatus;
  readonly createdAt: number;
  /** How many were made. */
  readonly attempts: number;
  readonly lastAttempt: WebhookAttempt | null;
}

/** What a target answered: an attempt and when it wants the next one. */
export interface WebhookAnswer extends WebhookAttempt {
  /** Null when it did not say. */
  readonly retryAfterMs: number | null;
}

/** A delivery after an attempt. */
export interface Attempted {
  readonly delivery: WebhookDelivery;
  /** When the next attempt is due, or when one that has ended is forgotten. */
  readonly dueAt: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long to wait after so many attempts (§7.2). */
const DELAYS: readonly number[] = [30 * SECOND, 2 * MINUTE, 10 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY];

/** How many attempts there are at most. */
export const MAX_DELIVERY_ATTEMPTS: number = DELAYS.length + 1;

/** How long a delivery that has ended can be looked at. */
export const KEPT_MS: Readonly<Record<Exclude<DeliveryStatus, "pending">, number>> = {
  delivered: 15 * MINUTE,
  dead: 7 * DAY,
};

/** What becomes of a delivery after an attempt. */
export function afterAttempt(delivery: WebhookDelivery, answer: WebhookAnswer): Attempted {
  const { retryAfterMs, ...lastAttempt } = answer;
  const attempts = delivery.attempts + 1;
  const ended = answer.at + answer.durationMs;
  const after = { ...delivery, attempts, lastAttempt };
  if (answer.error === null) return { delivery: { ...after, status: "delivered" }, dueAt: ended + KEPT_MS.delivered };
  const delay = DELAYS[attempts - 1];
  if (delay === undefined || isFinal(answer)) {
    return { delivery: { ...after, status: "dead" }, dueAt: ended + KEPT_MS.dead };
  }
  return { delivery: after, dueAt: ended + Math.max(delay, Math.min(retryAfterMs ?? 0, DAY)) };
}

/** A dead letter that somebody wants to be tried again, with all its attempts before it. */
export function revived(delivery: WebhookDelivery): WebhookDelivery {
  return { ...delivery, status: "pending", attempts: 0 };
}

/** The target understood, and does not want it (§7.1). */
function isFinal({ statusCode }: WebhookAnswer): boolean {
  return statusCode !== null && statusCode >= 400 && statusCode < 500 && statusCode !== 429;
}
