/** What queues say about all that a new job leaves open, in memory, so that an enqueue reads nothing. */
import type { JsonObject } from "../core/json-object.ts";
import type { QueueBound } from "../core/queue-bound.ts";
import {
  DEFAULT_POLICY,
  layered,
  NO_DEFAULTS,
  type QueueDefaults,
  readQueueDefaults,
  withQueueDefaults,
} from "../core/queue-config.ts";
import type { StoredRecord } from "../storage/records.ts";

/** The kind of the records that keep settings of queues. */
export const QUEUE_CONFIG_KIND = "queue-config";

/** The body of such a record. */
export interface KeptQueueConfig {
  readonly config: JsonObject;
  readonly updatedAt: number;
}

/** Reads the body of a record of {@link QUEUE_CONFIG_KIND}. */
export function keptIn(record: StoredRecord): KeptQueueConfig {
  return JSON.parse(record.body) as KeptQueueConfig; // QueueConfigs.change wrote it
}

/** See above. It is right as far as it was told. */
export class QueueDefaultsTable {
  readonly #own = new Map<string, QueueDefaults>();
  /** Own settings and the default policy together, as far as somebody has asked. */
  readonly #layered = new Map<string, QueueDefaults>();

  /** Takes over what these records say. */
  learn(records: readonly StoredRecord[]): void {
    for (const record of records) this.note(record.id, keptIn(record).config);
  }

  /** One queue, or the default policy, has these settings now. */
  note(name: string, config: JsonObject): void {
    this.#own.set(name, readQueueDefaults(config));
    this.#layered.clear();
  }

  /** The request with what its queue says about all that it leaves open. Costs nothing while no queue has settings. */
  applied<T extends Parameters<typeof withQueueDefaults>[0] & { readonly queue: string }>(request: T): T {
    return this.#own.size === 0 ? request : withQueueDefaults(request, this.of(request.queue));
  }

  /** How many jobs may wait in a queue. */
  boundOf(name: string): QueueBound | null {
    return this.#own.size === 0 ? null : this.of(name).bound;
  }

  /** Whether jobs of a queue have to bring an attestation. */
  wantsAttested(name: string): boolean {
    return this.#own.size > 0 && this.of(name).attested === true;
  }

  /** What applies to a queue, which need not exist. */
  of(name: string): QueueDefaults {
    let defaults = this.#layered.get(name);
    if (defaults === undefined) {
      const policy = this.#own.get(DEFAULT_POLICY) ?? NO_DEFAULTS;
      defaults = layered(this.#own.get(name) ?? NO_DEFAULTS, policy);
      this.#layered.set(name, defaults);
    }
    return defaults;
  }
}
