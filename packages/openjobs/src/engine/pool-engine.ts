import type { WorkerPool } from "../core/pool.ts";
import type { Page, PageRequest } from "../storage/storage.ts";

/** The part of an engine that keeps worker pools (ojs-fair-scheduling §10.1). */
export interface PoolEngine {
  /** Keeps a pool; answers whether it is new. */
  putPool(pool: WorkerPool): Promise<boolean>;
  /** Pools by name. */
  listPools(page: PageRequest): Promise<Page<WorkerPool>>;
}
