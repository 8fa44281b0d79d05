/** Removes workflows that ended long ago. */
import { TERMINAL_STATES } from "../../core/states.ts";
import { workflowStateNumber } from "../stored-workflow.ts";
import type { Pruned } from "../upkeep.ts";
import type { WorkflowPrune } from "../workflows.ts";
import type { Database } from "./database.ts";
import { Draft } from "./draft.ts";
import type { Opened } from "./group.ts";
import { JOB_JSON, readJob } from "./job-row.ts";
import { DISCARDED, stateNumber } from "./schema.ts";

const OLDEST = `
  SELECT json_array(seq, id, ended_at) FROM workflows
  WHERE state = ? AND ended_at IS NOT NULL ORDER BY ended_at, seq LIMIT 1`;

/** Dead letters have a time of their own, and what was brought back from them runs. */
const STAYS = `(state NOT IN (${TERMINAL_STATES.map(stateNumber).join(", ")}) OR (state = ${DISCARDED} AND dead_letter = 1))`;
const FREE_MEMBERS = `
  UPDATE jobs SET workflow_id = NULL, workflow_step = NULL, revision = revision + 1 WHERE workflow_id = ? AND ${STAYS}`;
const OLD_MEMBERS = `SELECT ${JOB_JSON} FROM jobs WHERE workflow_id = ? AND NOT ${STAYS} ORDER BY seq LIMIT ?`;
const REMOVE_MEMBERS = "DELETE FROM jobs WHERE seq IN (SELECT value FROM json_each(?))";
const REMOVE_STEPS =
  "DELETE FROM workflow_steps WHERE seq IN (SELECT seq FROM workflow_steps WHERE workflow = ? ORDER BY number LIMIT ?)";
const REMOVE_JOINS = `
  DELETE FROM workflow_joins WHERE workflow = ? AND number IN (
    SELECT number FROM workflow_joins WHERE workflow = ? ORDER BY number LIMIT ?)`;
const REMOVE_WORKFLOW = "DELETE FROM workflows WHERE seq = ?";

/** Costs one commit when there is something to remove, and a look-up when there is not. */
export function pruneWorkflows({ state, endedBy, limit }: WorkflowPrune, opened: Opened): Pruned {
  const { database, ledger } = opened;
  const number = workflowStateNumber(state);
  let removed = 0;
  let oldest = oldestOf(number, database);
  if (oldest !== undefined && oldest.endedAt <= endedBy) {
    const draft = new Draft();
    const changed = database.transaction(() => {
      while (oldest !== undefined && oldest.endedAt <= endedBy && removed < limit) {
        removed += removePart(oldest, limit - removed, { database, draft });
        oldest = oldestOf(number, database);
      }
      return ledger.write(draft, endedBy, database);
    });
    ledger.adopt(changed);
  }
  return oldest === undefined ? { removed } : { removed, oldest: oldest.endedAt };
}

interface Oldest {
  readonly seq: number;
  readonly id: string;
  readonly endedAt: number;
}

function oldestOf(state: number, database: Database): Oldest | undefined {
  const row = database.value(OLDEST, [state]);
  if (row === null) return undefined;
  const [seq, id, endedAt] = JSON.parse(String(row)) as [number, string, number]; // OLDEST writes exactly this
  return { seq, id, endedAt };
}

/** Members first: a workflow without them still knows how its steps ended. The rest follows as far as there is room. */
function removePart(
  { seq, id }: Oldest,
  room: number,
  { database, draft }: Pick<Opened, "database"> & { draft: Draft },
): number {
  database.run(FREE_MEMBERS, [id]);
  const old = database.all(OLD_MEMBERS, [id, room]).map(readJob);
  database.run(REMOVE_MEMBERS, [JSON.stringify(old.map((job) => job.seq))]);
  for (const job of old) draft.tally.removed(job);
  let removed = old.length;
  if (removed < room) removed += database.run(REMOVE_STEPS, [seq, room - removed]);
  if (removed < room) removed += database.run(REMOVE_JOINS, [seq, seq, room - removed]);
  if (removed < room) removed += database.run(REMOVE_WORKFLOW, [seq]);
  return removed;
}
