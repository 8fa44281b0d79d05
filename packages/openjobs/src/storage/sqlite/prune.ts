/** Removes jobs that ended long ago. */
import type { FinishedKind } from "../../core/retention.ts";
import type { Prune, Pruned } from "../upkeep.ts";
import { Draft } from "./draft.ts";
import type { Opened } from "./group.ts";
import { FINISHED } from "./schema.ts";

/**
 * Members of workflows go with those, except for dead letters. What is not pruned is passed along the index: the members of
 * workflows that run longer than jobs are kept.
 */
function prunable(kind: FinishedKind): string {
  return kind === "deadLetters" ? FINISHED[kind] : `${FINISHED[kind]} AND workflow_id IS NULL`;
}

/** Binds the time and how many; selects one JSON array of `[seq, queue]`. */
function oldJobs(kind: FinishedKind): string {
  return `
  SELECT json_group_array(json_array(seq, queue)) FROM (
    SELECT seq, queue FROM jobs WHERE ${prunable(kind)} AND ended_at <= ? ORDER BY ended_at, seq LIMIT ?)`;
}

function oldestEnd(kind: FinishedKind): string {
  return `SELECT ended_at FROM jobs WHERE ${prunable(kind)} AND ended_at IS NOT NULL ORDER BY ended_at LIMIT 1`;
}

/** Binds a JSON array of `seq`. */
const REMOVE_JOBS = "DELETE FROM jobs WHERE seq IN (SELECT value FROM json_each(?))";

/** Costs one commit when there is something to remove, and two look-ups when there is not. */
export function prune({ kind, endedBy, limit }: Prune, opened: Opened): Pruned {
  const { database } = opened;
  const text = String(database.value(oldJobs(kind), [endedBy, limit]));
  const old = JSON.parse(text) as [seq: number, queue: string][]; // oldJobs writes exactly this
  if (old.length > 0) remove(old, { kind, endedBy }, opened);
  const oldest = database.value(oldestEnd(kind));
  return oldest === null ? { removed: old.length } : { removed: old.length, oldest: Number(oldest) };
}

function remove(
  old: readonly (readonly [seq: number, queue: string])[],
  { kind, endedBy }: Pick<Prune, "kind" | "endedBy">,
  { database, ledger, fingerprints }: Opened,
): void {
  const draft = new Draft();
  const deadLetter = kind === "deadLetters";
  const state = kind === "deadLetters" ? "discarded" : kind;
  for (const [, queue] of old) draft.tally.removed({ queue, state, deadLetter });
  const changed = database.transaction(() => {
    database.run(REMOVE_JOBS, [JSON.stringify(old.map(([seq]) => seq))]);
    return ledger.write(draft, endedBy, database);
  });
  ledger.adopt(changed);
  fingerprints.sweep();
}
