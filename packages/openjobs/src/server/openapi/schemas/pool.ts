/** Worker pools and how work is shared (ojs-fair-scheduling §10). */
import { POOL_STRATEGIES } from "../../../core/pool.ts";
import {
  flag,
  integer,
  type JsonSchema,
  list,
  type Members,
  map,
  number,
  object,
  ref,
  text,
  word,
} from "../schema-words.ts";

const WEIGHTS = map(number({ description: "Above 0." }), "By queue.");
const POOL: Members = { queues: list(text()), strategy: word(...POOL_STRATEGIES) };
const POOL_OWN: Members = { concurrency: integer({ minimum: 1 }), weights: WEIGHTS };

/** Names of these schemas. */
export type PoolSchemaName =
  | "WorkerPoolRequest"
  | "WorkerPool"
  | "WorkerPoolAnswer"
  | "WorkerPoolPage"
  | "SchedulingStats";

export const POOL_SCHEMAS: Readonly<Record<PoolSchemaName, JsonSchema>> = {
  WorkerPoolRequest: object(
    {},
    {
      ...{ name: text({ description: "That of the path counts." }), queues: list(text()) },
      ...{ strategy: word(...POOL_STRATEGIES, "round-robin", "least-loaded"), isolation: flag() },
      ...POOL_OWN,
    },
  ),
  WorkerPool: object({ name: text(), ...POOL, enforced: flag({ const: false }) }, POOL_OWN),
  WorkerPoolAnswer: object({ pool: ref("WorkerPool") }),
  WorkerPoolPage: object({ items: list(ref("WorkerPool")), pagination: ref("Pagination") }),
  SchedulingStats: object({
    stats: object({
      ...{ pools: integer(), workers: integer(), available: integer(), active: integer() },
      queues: list(object({ name: text(), available: integer(), active: integer() })),
      strategies: list(text()),
    }),
  }),
};
