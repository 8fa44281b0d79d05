/** Removes workflows that ended long ago. */

import { workflowStateNumber } from "../stored-workflow.ts";
import type { Pruned } from "../upkeep.ts";
import type { WorkflowPrune } from "../workflows.ts";
import type { Database } from "./database.ts";

const PRUNE = "SELECT @.prune_workflows_v1($1::bigint, $2::smallint, $3::bigint)";
const OLDEST = `
  SELECT ended_at FROM @.workflows WHERE state = $1 AND ended_at IS NOT NULL ORDER BY ended_at LIMIT 1`;

/** Costs one commit when there is something to remove, and two look-ups when there is not. */
export async function pruneWorkflows({ state, endedBy, limit }: WorkflowPrune, database: Database): Promise<Pruned> {
  const number = workflowStateNumber(state);
  const [rows] = await database.write([{ sql: PRUNE, values: [endedBy, number, limit] }]);
  const removed = Number(rows?.[0]?.[0] ?? 0);
  const oldest = await database.value(OLDEST, [number]);
  return oldest === null ? { removed } : { removed, oldest: Number(oldest) };
}
