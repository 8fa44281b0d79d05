import type { JobRecord } from "../../core/job.ts";
import { isTerminal } from "../../core/states.ts";
import type { WorkflowRecord } from "../../core/workflow/workflow.ts";
import type { Pruned } from "../upkeep.ts";
import type { WorkflowPrune } from "../workflows.ts";
import { type Tables, Transaction } from "./transaction.ts";

/** Removes workflows that ended long ago, as far as the limit goes; all of that or, when something breaks, nothing. */
export function pruneWorkflows(request: WorkflowPrune, tables: Tables): Pruned {
  const transaction = new Transaction(tables, request.endedBy);
  try {
    const removed = removeOld(request, transaction);
    transaction.finish();
    const oldest = tables.workflows.oldest(request.state)?.endedAt ?? undefined;
    return oldest === undefined ? { removed } : { removed, oldest };
  } catch (error) {
    transaction.rollback();
    throw error;
  }
}

function removeOld({ state, endedBy, limit }: WorkflowPrune, transaction: Transaction): number {
  const { workflows } = transaction.tables;
  let removed = 0;
  while (removed < limit) {
    const workflow = workflows.oldest(state);
    if (workflow === undefined || (workflow.endedAt ?? 0) > endedBy) break;
    removed += removePart(workflow, limit - removed, transaction);
  }
  return removed;
}

/** Members first: a workflow without them still knows how its steps ended. */
function removePart({ id }: WorkflowRecord, room: number, transaction: Transaction): number {
  const { tables, journal, tally } = transaction;
  const members = tables.jobs.members(id);
  for (const job of members.filter(stays)) {
    tables.jobs.write(
      job,
      Object.freeze({ ...job, workflowId: null, workflowStep: null, revision: job.revision + 1 }),
      journal,
    );
  }
  const old = members.filter((job) => !stays(job)).slice(0, room);
  for (const job of old) {
    tables.jobs.write(job, undefined, journal);
    tally.removed(job);
  }
  if (old.length === room) return room;
  const rows = tables.workflows.steps(id).length + tables.workflows.joins(id).length + 1;
  tables.workflows.remove(id, journal);
  return Math.min(room, old.length + rows);
}

/** Dead letters have a time of their own, and what was brought back from them runs. */
function stays({ state, deadLetter }: JobRecord): boolean {
  return !isTerminal(state) || (state === "discarded" && deadLetter);
}
