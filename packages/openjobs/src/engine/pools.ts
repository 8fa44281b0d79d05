/** Worker pools: kept and shown; jobs are shared by the order of queues that each worker names (ADR 23). */

import { stringifyJson } from "../core/json.ts";
import type { WorkerPool } from "../core/pool.ts";
import type { Page, PageRequest } from "../storage/storage.ts";
import type { EngineContext } from "./context.ts";
import type { PoolEngine } from "./pool-engine.ts";
import { changeRecords } from "./record-change.ts";
import { answered } from "./storage-trouble.ts";

const KIND = "worker-pool";

/** The operations on pools. */
export function poolOperations(context: EngineContext): PoolEngine {
  const { storage } = context;
  return {
    putPool: (pool) => put(context, pool),
    async listPools(page: PageRequest): Promise<Page<WorkerPool>> {
      const records = await answered(storage.records.list(KIND, {}, page));
      return { ...records, items: records.items.map(({ body }) => JSON.parse(body) as WorkerPool) }; // `put` wrote them
    },
  };
}

async function put({ storage, committer, newId }: EngineContext, pool: WorkerPool): Promise<boolean> {
  for (;;) {
    const [before] = await answered(storage.records.get(KIND, [pool.name]));
    const record = { kind: KIND, id: pool.name, revision: newId(), dueAt: null, body: stringifyJson(pool) };
    const change = { kind: "put-record", record, before: before?.revision ?? null } as const;
    if (await changeRecords(committer, [change])) return before === undefined;
  }
}
