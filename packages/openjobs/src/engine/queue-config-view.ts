import type { JsonObject } from "../core/json-object.ts";

/** The settings of a queue, and what follows from them. */
export interface QueueConfig {
  readonly name: string;
  /** As they were set, unknown ones too. */
  readonly config: JsonObject;
  /** What jobs get that do not say otherwise, the default policy included. */
  readonly applied: JsonObject;
  /** Members of `config` that this server does not act on. */
  readonly ignored: readonly string[];
  /** Unix milliseconds; null = never set. */
  readonly updatedAt: number | null;
}
