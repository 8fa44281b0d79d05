/** Subscriptions: create, list, get, change, remove, test, rotate the secret (ojs-webhooks §6, §8.3). */

import type { Clock } from "../../core/clock.ts";
import type { WebhookTest } from "../../core/codec/webhook-encode.ts";
import { ojsError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import { refused as refusedField } from "../../core/request-fields.ts";
import { formatTimestamp } from "../../core/time.ts";
import { rotated, type WebhookSubscription } from "../../core/webhook/subscription.ts";
import type { NewWebhook, WebhookChange } from "../../core/webhook/subscription-request.ts";
import type { StoredRecord } from "../../storage/records.ts";
import type { Effect, Storage } from "../../storage/storage.ts";
import type { Committer } from "../committer.ts";
import { nothing } from "../move.ts";
import { answered } from "../storage-trouble.ts";
import { deliveryRequest } from "./delivery-request.ts";
import { newSecret } from "./signing.ts";
import type { WebhookWithSecret } from "./webhook-engine.ts";
import {
  pendingKind,
  readSubscription,
  removeRecord,
  type Stored,
  SUBSCRIPTION_KIND,
  subscriptionRecord,
} from "./webhook-record.ts";
import type { WebhookSender } from "./webhook-sender.ts";
import type { WebhookTable } from "./webhook-table.ts";

/** Records that are read or removed at once. */
const PAGE = 100;

/** What subscriptions need of an engine. */
export interface WebhookParts {
  readonly storage: Pick<Storage, "records">;
  readonly clock: Clock;
  readonly committer: Committer;
  readonly newId: () => string;
  readonly table: WebhookTable;
  readonly sender: WebhookSender;
  /** URI of this server in events. */
  readonly source: string;
  /** Tells other servers that something was changed here; resolves when they know, or cannot be waited for. */
  readonly agree: () => Promise<void>;
  /** Hears when deliveries may have become due. */
  readonly resumed: () => void;
}

/** All subscriptions; changes go through here, so the table is right for the engine that made them. */
export class Webhooks {
  readonly #parts: WebhookParts;
  /** How many changes were made here. */
  #changes = 0;

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  /** Reads what there is, by whomever. Rejects with `backend_error` when the storage does not answer. */
  async load(): Promise<void> {
    for (;;) {
      const before = this.#changes;
      const all = await this.list();
      // Otherwise what was read may be older than what was changed here meanwhile.
      if (this.#changes !== before) continue;
      this.#parts.table.learn(all);
      this.#parts.resumed();
      return;
    }
  }

  /** See `WebhookEngine`. */
  async create({ secret = newSecret(), ...terms }: NewWebhook): Promise<WebhookWithSecret> {
    this.#requireReachable(terms.url);
    const { newId, storage } = this.#parts;
    const { total } = await answered(storage.records.list(SUBSCRIPTION_KIND, {}, { limit: 1 }));
    if (total >= LIMITS.webhooks) throw tooMany();
    const id = `sub_${newId()}`;
    const subscription = await this.#write(undefined, (now) => {
      return { id, ...terms, secrets: [{ value: secret, until: null }], createdAt: now, updatedAt: now };
    });
    // Nobody else can have made a subscription with this new id.
    if (subscription === undefined) throw new Error(`There is a subscription ${id} already.`);
    return { subscription, secret };
  }

  /** All of them, by id. */
  async list(): Promise<readonly WebhookSubscription[]> {
    const { records } = this.#parts.storage;
    const page = await answered(records.list(SUBSCRIPTION_KIND, {}, { limit: LIMITS.webhooks + PAGE }));
    return page.items.map((record) => readSubscription(record).value);
  }

  /** See `WebhookEngine`. */
  async get(id: string): Promise<WebhookSubscription> {
    return (await this.#find(id)).value;
  }

  /** See `WebhookEngine`. */
  async change(id: string, change: WebhookChange): Promise<WebhookSubscription> {
    if (change.url !== undefined) this.#requireReachable(change.url);
    return this.#rewrite(id, (before, now) => ({ ...before, ...change, updatedAt: now }));
  }

  /** See `WebhookEngine`. */
  async rotate(id: string): Promise<WebhookWithSecret> {
    const secret = newSecret();
    return { subscription: await this.#rewrite(id, (before, now) => rotated(before, secret, now)), secret };
  }

  /** See `WebhookEngine`. */
  async remove(id: string): Promise<WebhookSubscription> {
    for (;;) {
      const { value, record } = await this.#find(id);
      if (!(await this.#commit([removeRecord(record)], id, undefined))) continue;
      await this.#removePending(id);
      return value;
    }
  }

  /** See `WebhookEngine`. */
  async test(id: string): Promise<WebhookTest> {
    const { clock, newId, sender, source } = this.#parts;
    const subscription = await this.get(id);
    const at = clock.now();
    const envelope = { specversion: "1.0", id: `evt_${newId()}`, type: "webhook.test", source, subject: id };
    const payload = JSON.stringify({ ...envelope, time: formatTimestamp(at), data: { subscription_id: id } });
    const carried = { id: `del_${newId()}`, eventType: "webhook.test", payload };
    return { at, ...(await sender.post(deliveryRequest(subscription, carried, at))) };
  }

  #requireReachable(url: string): void {
    const reason = this.#parts.sender.refuses(url);
    if (reason !== undefined) throw refusedField("url", reason, "Give the public HTTPS URL of the receiver.");
  }

  async #find(id: string): Promise<Stored<WebhookSubscription>> {
    const [record] = await answered(this.#parts.storage.records.get(SUBSCRIPTION_KIND, [id]));
    if (record !== undefined) return readSubscription(record);
    throw ojsError("not_found", `There is no webhook subscription ${id}.`, { details: { subscription_id: id } });
  }

  async #rewrite(
    id: string,
    next: (before: WebhookSubscription, now: number) => WebhookSubscription,
  ): Promise<WebhookSubscription> {
    for (;;) {
      const { value, record } = await this.#find(id);
      const after = await this.#write(record, (now) => next(value, now));
      if (after !== undefined) return after;
    }
  }

  /** Undefined = somebody else was faster. */
  async #write(
    before: StoredRecord | undefined,
    make: (now: number) => WebhookSubscription,
  ): Promise<WebhookSubscription | undefined> {
    const { clock, newId } = this.#parts;
    const after = make(clock.now());
    const record = subscriptionRecord(after, newId());
    const put = { kind: "put-record", record, before: before?.revision ?? null } as const;
    return (await this.#commit([put], after.id, after)) ? after : undefined;
  }

  /** True once all servers go by it. */
  async #commit(effects: readonly Effect[], id: string, after: WebhookSubscription | undefined): Promise<boolean> {
    const { committer, table, agree, resumed } = this.#parts;
    const agreed = await committer.decide<{ readonly by: Promise<void> } | undefined>({
      ids: [],
      decide: (_, { refused }) => {
        if (refused !== undefined) return nothing(undefined);
        return {
          effects,
          committed: () => {
            this.#changes += 1;
            table.note(id, after);
            resumed();
            return { by: agree() };
          },
        };
      },
    });
    await agreed?.by;
    return agreed !== undefined;
  }

  /** Whoever sends one of them at this moment finds it gone. */
  async #removePending(id: string): Promise<void> {
    const { storage, committer } = this.#parts;
    for (;;) {
      const { items } = await answered(storage.records.list(pendingKind(id), {}, { limit: PAGE }));
      if (items.length === 0) return;
      const removals = items.map((record) =>
        committer.decide({
          ids: [],
          decide: (_, { refused }) =>
            refused === undefined
              ? { effects: [removeRecord(record)], committed: () => undefined }
              : nothing(undefined),
        }),
      );
      await Promise.all(removals);
    }
  }
}

function tooMany(): Error {
  return ojsError(
    "conflict",
    `There are ${LIMITS.webhooks} webhook subscriptions already, which is the most there can be.`,
    {
      details: { max: LIMITS.webhooks },
      hint: "Remove one, or let one subscription name more events.",
    },
  );
}
