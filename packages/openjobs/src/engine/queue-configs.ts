/** Settings of queues: kept as records, and in memory as far as they concern new jobs, so that an enqueue reads nothing. */
import type { Clock } from "../core/clock.ts";
import type { JsonObject } from "../core/json-object.ts";
import type { QueueBound } from "../core/queue-bound.ts";
import { changeQueueConfig, ignoredMembers, shownDefaults, type withQueueDefaults } from "../core/queue-config.ts";
import type { StoredRecord } from "../storage/records.ts";
import type { Storage } from "../storage/storage.ts";
import type { Announcer } from "./announcer.ts";
import type { Committer } from "./committer.ts";
import { nothing } from "./move.ts";
import type { QueueConfig } from "./queue-config-view.ts";
import { type KeptQueueConfig, QUEUE_CONFIG_KIND as KIND, keptIn, QueueDefaultsTable } from "./queue-defaults-table.ts";
import { answered } from "./storage-trouble.ts";

const PAGE = 200;

/** What the settings need of an engine. */
interface Parts {
  readonly storage: Pick<Storage, "records">;
  readonly clock: Clock;
  readonly committer: Committer;
  readonly announcer: Announcer;
  readonly newId: () => string;
  /** Hears when something was changed here that other servers have to read. */
  readonly changed: () => void;
}

/**
 * All settings. Changes go through here, so what is in memory is right for the engine that made them; others on the same
 * store read everything again when they hear of it.
 */
export class QueueConfigs {
  readonly #parts: Parts;
  readonly #defaults = new QueueDefaultsTable();
  /** How many changes were made here. */
  #changes = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Reads what was set before, or by others. Rejects with `backend_error` when the storage does not answer. */
  async load(): Promise<void> {
    for (;;) {
      const before = this.#changes;
      const records = await this.#readAll();
      // Otherwise what was read may be older than what was changed here meanwhile.
      if (this.#changes !== before) continue;
      this.#defaults.learn(records);
      return;
    }
  }

  /** The request with what its queue says about all that it leaves open. Costs nothing while no queue has settings. */
  applied<T extends Parameters<typeof withQueueDefaults>[0] & { readonly queue: string }>(request: T): T {
    return this.#defaults.applied(request);
  }

  /** How many jobs may wait in a queue; null = any number. */
  boundOf(queue: string): QueueBound | null {
    return this.#defaults.boundOf(queue);
  }

  /** Whether jobs of a queue have to bring an attestation. Costs nothing while no queue has settings. */
  wantsAttested(name: string): boolean {
    return this.#defaults.wantsAttested(name);
  }

  /** The settings of a queue, which need not exist, or of the default policy. */
  async get(name: string): Promise<QueueConfig> {
    const [record] = await answered(this.#parts.storage.records.get(KIND, [name]));
    return this.#view(name, record === undefined ? undefined : keptIn(record));
  }

  /** Changes settings (see `changeQueueConfig`) and answers what they are then. */
  async change(name: string, change: JsonObject): Promise<QueueConfig> {
    const { storage, committer, announcer, newId, clock, changed } = this.#parts;
    for (;;) {
      const [record] = await answered(storage.records.get(KIND, [name]));
      const config = changeQueueConfig(record === undefined ? {} : keptIn(record).config, change);
      const kept: KeptQueueConfig = { config, updatedAt: clock.now() };
      const put = { kind: KIND, id: name, revision: newId(), dueAt: null, body: JSON.stringify(kept) };
      const done = await committer.decide<boolean>({
        ids: [],
        decide: (_jobs, { now, refused }) => {
          // Somebody else has changed them meanwhile: theirs count as well.
          if (refused !== undefined) return nothing(false);
          const tell = (to: Announcer): void => to.queue("queue.config_updated", name, now);
          return {
            effects: [{ kind: "put-record", record: put, before: record?.revision ?? null }],
            committed: () => {
              this.#changes += 1;
              this.#defaults.note(name, config);
              changed();
              tell(announcer);
              return true;
            },
            tell,
          };
        },
      });
      if (done) return this.#view(name, kept);
    }
  }

  async #readAll(): Promise<readonly StoredRecord[]> {
    const { records } = this.#parts.storage;
    const all: StoredRecord[] = [];
    let after: string | undefined;
    do {
      const page = await answered(records.list(KIND, {}, { limit: PAGE, ...(after === undefined ? {} : { after }) }));
      all.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    return all;
  }

  #view(name: string, kept: KeptQueueConfig | undefined): QueueConfig {
    const config = kept?.config ?? {};
    const applied = shownDefaults(this.#defaults.of(name));
    return { name, config, applied, ignored: ignoredMembers(config), updatedAt: kept?.updatedAt ?? null };
  }
}
