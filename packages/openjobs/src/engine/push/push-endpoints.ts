/** Push endpoints as they are kept: create, list, get, change, remove (ojs-serverless §2.1). */
import { ojsError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";
import type { PushEndpoint } from "../../core/push/endpoint.ts";
import { refused as refusedField } from "../../core/request-fields.ts";
import type { StoredRecord } from "../../storage/records.ts";
import type { Effect } from "../../storage/storage.ts";
import type { EngineContext } from "../context.ts";
import { nothing } from "../move.ts";
import { answered } from "../storage-trouble.ts";
import type { WebhookSender } from "../webhooks/webhook-sender.ts";

const KIND = "push-endpoint";

/** What they need of an engine. */
export interface PushEndpointsParts {
  readonly context: Pick<EngineContext, "storage" | "clock" | "committer" | "newId">;
  readonly sender: Pick<WebhookSender, "refuses">;
}

/** Reads and writes them; who has to hear of a change is for the caller to tell. */
export class PushEndpoints {
  readonly #parts: PushEndpointsParts;

  constructor(parts: PushEndpointsParts) {
    this.#parts = parts;
  }

  /** All of them, by id. */
  async list(): Promise<readonly PushEndpoint[]> {
    const { records } = this.#parts.context.storage;
    const page = await answered(records.list(KIND, {}, { limit: 2 * LIMITS.pushEndpoints }));
    return page.items.map(read);
  }

  /** @throws OjsError `not_found` when there is none. */
  async get(id: string): Promise<PushEndpoint> {
    return read(await this.#find(id));
  }

  /** @throws OjsError `conflict` when there are too many, `invalid_request` for a forbidden URL. */
  async create(terms: Omit<PushEndpoint, "id" | "disabledReason" | "createdAt" | "updatedAt">): Promise<PushEndpoint> {
    this.#requireReachable(terms.endpoint);
    const { newId, clock } = this.#parts.context;
    if ((await this.list()).length >= LIMITS.pushEndpoints) throw tooMany();
    const now = clock.now();
    const endpoint = { ...terms, id: `push_${newId()}`, disabledReason: null, createdAt: now, updatedAt: now };
    await this.#commit({ kind: "put-record", record: this.#recordOf(endpoint), before: null });
    return endpoint;
  }

  /** @throws OjsError `not_found` when there is none, `invalid_request` for a forbidden URL. */
  async change(id: string, change: Partial<PushEndpoint>): Promise<PushEndpoint> {
    if (change.endpoint !== undefined) this.#requireReachable(change.endpoint);
    for (;;) {
      const before = await this.#find(id);
      const reason = change.active === undefined ? {} : { disabledReason: null };
      const after = { ...read(before), ...reason, ...change, updatedAt: this.#parts.context.clock.now() };
      const put = { kind: "put-record", record: this.#recordOf(after), before: before.revision } as const;
      if (await this.#commit(put)) return after;
    }
  }

  /** @throws OjsError `not_found` when there is none. */
  async remove(id: string): Promise<PushEndpoint> {
    for (;;) {
      const { revision, ...before } = await this.#find(id);
      const key = { kind: KIND, id };
      if (await this.#commit({ kind: "remove-record", key, before: revision })) return read(before);
    }
  }

  async #find(id: string): Promise<StoredRecord> {
    const [record] = await answered(this.#parts.context.storage.records.get(KIND, [id]));
    if (record !== undefined) return record;
    throw ojsError("not_found", `There is no push endpoint ${id}.`, { details: { endpoint_id: id } });
  }

  #commit(effect: Effect): Promise<boolean> {
    return this.#parts.context.committer.decide<boolean>({
      ids: [],
      decide: (_, { refused }) =>
        refused === undefined ? { effects: [effect], committed: () => true } : nothing(false),
    });
  }

  #recordOf(endpoint: PushEndpoint): StoredRecord {
    const revision = this.#parts.context.newId();
    return { kind: KIND, id: endpoint.id, revision, dueAt: null, body: JSON.stringify(endpoint) };
  }

  #requireReachable(url: string): void {
    const reason = this.#parts.sender.refuses(url);
    if (reason !== undefined) throw refusedField("endpoint", reason, "Give the public HTTPS URL of the function.");
  }
}

function read({ body }: Pick<StoredRecord, "body">): PushEndpoint {
  return JSON.parse(body) as PushEndpoint; // `#recordOf` wrote it
}

function tooMany(): Error {
  return ojsError(
    "conflict",
    `There are ${LIMITS.pushEndpoints} push endpoints already, which is the most there can be.`,
    {
      details: { max: LIMITS.pushEndpoints },
      hint: "Remove one, or let one name more queues.",
    },
  );
}
