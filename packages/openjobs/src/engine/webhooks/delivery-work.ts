/**
 * Carries stored deliveries to their targets. A delivery is leased before it is sent, so that of several servers one sends it,
 * and when that one dies another does once the lease is over. A target is sent a few at a time, and keeps only its own waiting.
 */
import type { Clock } from "../../core/clock.ts";
import { afterAttempt, KEPT_MS, type WebhookDelivery } from "../../core/webhook/delivery.ts";
import type { WebhookSubscription } from "../../core/webhook/subscription.ts";
import type { StoredRecord } from "../../storage/records.ts";
import type { Storage } from "../../storage/storage.ts";
import type { Committer } from "../committer.ts";
import { nothing } from "../move.ts";
import { answered } from "../storage-trouble.ts";
import { deliveryRequest } from "./delivery-request.ts";
import {
  deliveryRecord,
  pendingKind,
  readDelivery,
  removeRecord,
  replaceDelivery,
  type Stored,
} from "./webhook-record.ts";
import type { WebhookSender } from "./webhook-sender.ts";
import type { WebhookTable } from "./webhook-table.ts";

/** What the work needs of an engine. */
export interface DeliveryParts {
  readonly storage: Pick<Storage, "records">;
  readonly clock: Clock;
  readonly committer: Committer;
  readonly table: WebhookTable;
  readonly sender: WebhookSender;
  readonly newId: () => string;
  readonly onError: (error: unknown, context: string) => void;
  /** Asks the timer for a ring at this moment or before. */
  readonly wakeBy: (at: number) => void;
  /** Hears when a delivery that has ended is to be forgotten. */
  readonly ended: (at: number) => void;
}

/** Requests to one target at a time. */
const AT_ONCE = 8;

/** How much longer than a request a lease lasts: the outcome has to be stored as well. */
const MARGIN_MS = 10_000;

/** After trouble with the storage. */
const TRY_AGAIN_MS = 1_000;

/** Arrived deliveries that are kept for a look, of each quarter of an hour. */
const KEPT_ARRIVALS = 1_000;

/** What is known of the deliveries to one subscription. */
interface Lane {
  /** No later than the soonest that waits; at first any may be due. */
  next: number;
  /** Requests on their way. */
  busy: number;
  /** Whether somebody looks for what is due. */
  looking: boolean;
}

/** See above. */
export class DeliveryWork {
  readonly #parts: DeliveryParts;
  readonly #lanes = new Map<string, Lane>();
  readonly #running = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  readonly #arrivals: number[] = [];
  #started = false;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** When to look again, as far as that is known by the clock. */
  get next(): number {
    const lanes = this.#parts.table.active.map(({ id }) => this.#laneOf(id));
    // The others look by themselves when they are through.
    const waiting = lanes.filter(({ busy, looking }) => busy < AT_ONCE && !looking);
    return Math.min(Number.POSITIVE_INFINITY, ...waiting.map(({ next }) => next));
  }

  /** A delivery to this subscription is due at this moment. */
  expect(subscriptionId: string, at: number): void {
    const lane = this.#laneOf(subscriptionId);
    lane.next = Math.min(lane.next, at);
    if (at <= this.#parts.clock.now()) this.#work(subscriptionId);
    else this.#parts.wakeBy(lane.next);
  }

  /** Any may be due: others have stored them, or let go of them. */
  suspect(): void {
    const now = this.#parts.clock.now();
    for (const { id } of this.#parts.table.active) this.expect(id, now);
  }

  /** Starts what is due, and does not wait for it. */
  ring(): void {
    this.#started = true;
    for (const { id } of this.#parts.table.active) this.#work(id);
  }

  /** Breaks off what is on its way, and gives it back; undefined = there is nothing. */
  close(): Promise<void> | undefined {
    this.#started = false;
    this.#closing.abort();
    return this.#running.size === 0 ? undefined : this.#allOver();
  }

  async #allOver(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #work(id: string): void {
    const { table, clock } = this.#parts;
    const lane = this.#laneOf(id);
    const isDue = lane.next <= clock.now() && table.get(id)?.active === true;
    if (!this.#started || !isDue || lane.looking || lane.busy >= AT_ONCE) return;
    lane.looking = true;
    const look = this.#look(id, lane).catch((error: unknown) => {
      this.#parts.onError(error, `deliveries to ${id}`);
      lane.next = Math.min(lane.next, clock.now() + TRY_AGAIN_MS);
    });
    this.#track(
      look.finally(() => {
        lane.looking = false;
        if (lane.next > clock.now()) this.#parts.wakeBy(lane.next);
        else this.#work(id);
      }),
    );
  }

  async #look(id: string, lane: Lane): Promise<void> {
    const { storage, clock } = this.#parts;
    const now = clock.now();
    const kind = pendingKind(id);
    lane.next = Number.POSITIVE_INFINITY;
    const free = AT_ONCE - lane.busy;
    const due = await answered(storage.records.due(kind, now, free));
    lane.busy += due.length;
    const leased = await Promise.all(due.map((record) => this.#lease(record)));
    for (const stored of leased) {
      if (stored === undefined) lane.busy -= 1;
      else this.#track(this.#carry(stored, lane));
    }
    const next = due.length < free ? await answered(storage.records.nextDue(kind)) : now;
    lane.next = Math.min(lane.next, next ?? Number.POSITIVE_INFINITY);
  }

  /** Undefined = somebody else was faster. */
  async #lease(record: StoredRecord): Promise<Stored<WebhookDelivery> | undefined> {
    const { clock, sender, newId } = this.#parts;
    const { value } = readDelivery(record);
    const leased = deliveryRecord(value, clock.now() + sender.timeoutMs + MARGIN_MS, newId());
    return (await this.#replace(record, leased)) ? { value, record: leased } : undefined;
  }

  async #carry({ value, record }: Stored<WebhookDelivery>, lane: Lane): Promise<void> {
    const { table, onError } = this.#parts;
    const subscription = table.get(value.subscriptionId);
    try {
      if (subscription?.active === true) await this.#attempt(value, record, subscription);
    } catch (error) {
      // Its lease ends, and it is sent again.
      onError(error, `delivery ${value.id}`);
    } finally {
      lane.busy -= 1;
      this.#work(value.subscriptionId);
    }
  }

  async #attempt(value: WebhookDelivery, record: StoredRecord, subscription: WebhookSubscription): Promise<void> {
    const { sender, clock, newId } = this.#parts;
    const { signal } = this.#closing;
    const at = clock.now();
    const { body: _, timedOut: __, ...answer } = await sender.post(deliveryRequest(subscription, value, at), signal);
    if (signal.aborted && answer.error !== null) {
      await this.#replace(record, deliveryRecord(value, clock.now(), newId()));
      return;
    }
    const { delivery, dueAt } = afterAttempt(value, { at, ...answer });
    await this.#replace(record, this.#isForgotten(delivery) ? undefined : deliveryRecord(delivery, dueAt, newId()));
    if (delivery.status === "pending") this.expect(value.subscriptionId, dueAt);
    else this.#parts.ended(dueAt);
  }

  /** Whether it has changed; if not, somebody else was faster, or it is gone. */
  #replace(before: StoredRecord, after: StoredRecord | undefined): Promise<boolean> {
    return this.#parts.committer.decide<boolean>({
      ids: [],
      decide(_, { refused }) {
        if (refused !== undefined) return nothing(false);
        const effects = after === undefined ? [removeRecord(before)] : replaceDelivery(before, after);
        return { effects, committed: () => true };
      },
    });
  }

  /** A busy target's arrivals are not all kept: they would be most of what the store holds. */
  #isForgotten({ status, lastAttempt }: WebhookDelivery): boolean {
    if (status !== "delivered" || lastAttempt === null) return false;
    const since = lastAttempt.at - KEPT_MS.delivered;
    while (this.#arrivals[0] !== undefined && this.#arrivals[0] <= since) this.#arrivals.shift();
    if (this.#arrivals.length >= KEPT_ARRIVALS) return true;
    this.#arrivals.push(lastAttempt.at);
    return false;
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  #laneOf(id: string): Lane {
    let lane = this.#lanes.get(id);
    if (lane === undefined) {
      lane = { next: Number.NEGATIVE_INFINITY, busy: 0, looking: false };
      this.#lanes.set(id, lane);
    }
    return lane;
  }
}
