/** Removes jobs that ended long ago. */
import type { FinishedKind } from "../../core/retention.ts";
import type { Prune, Pruned } from "../upkeep.ts";
import type { Database } from "./database.ts";
import { countRemoved } from "./queue-deltas.ts";
import { FINISHED } from "./states.ts";

/**
 * Members of workflows go with those, except for dead letters. What is not pruned is passed along the index: the members of
 * workflows that run longer than jobs are kept.
 */
function prunable(kind: FinishedKind): string {
  return kind === "deadLetters" ? FINISHED[kind] : `${FINISHED[kind]} AND workflow_id IS NULL`;
}

/** Binds the time and how many. What another server removes at the moment is passed by. */
function removeOld(kind: FinishedKind): string {
  return `
  WITH old AS MATERIALIZED (
    SELECT id FROM @.jobs WHERE ${prunable(kind)} AND ended_at <= $1::bigint ORDER BY ended_at, seq LIMIT $2
    FOR UPDATE SKIP LOCKED
  ),
  gone AS (
    DELETE FROM @.jobs AS j USING old AS o WHERE j.id = o.id RETURNING j.queue, j.state, j.dead_letter
  ),
  counted AS (${countRemoved("gone", "$1")})
  SELECT count(*) FROM gone`;
}

function oldestEnd(kind: FinishedKind): string {
  return `SELECT ended_at FROM @.jobs WHERE ${prunable(kind)} AND ended_at IS NOT NULL ORDER BY ended_at LIMIT 1`;
}

/** Costs one commit when there is something to remove, and two look-ups when there is not. */
export async function prune({ kind, endedBy, limit }: Prune, database: Database): Promise<Pruned> {
  const [rows] = await database.write([{ sql: removeOld(kind), values: [endedBy, limit] }]);
  const removed = Number(rows?.[0]?.[0] ?? 0);
  const oldest = await database.value(oldestEnd(kind));
  return oldest === null ? { removed } : { removed, oldest: Number(oldest) };
}
