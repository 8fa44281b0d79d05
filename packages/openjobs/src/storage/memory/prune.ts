import type { Prune, Pruned } from "../upkeep.ts";
import { type Tables, Transaction } from "./transaction.ts";

/** Removes jobs that ended long ago, all of them or, when something breaks, none. */
export function prune(request: Prune, tables: Tables): Pruned {
  const transaction = new Transaction(tables, request.endedBy);
  try {
    const removed = removeOld(request, transaction);
    transaction.finish();
    const oldest = tables.jobs.finished.oldest(request.kind);
    return oldest === undefined ? { removed } : { removed, oldest };
  } catch (error) {
    transaction.rollback();
    throw error;
  }
}

function removeOld({ kind, endedBy, limit }: Prune, { tables: { jobs }, tally, journal }: Transaction): number {
  let removed = 0;
  while (removed < limit) {
    const job = jobs.finished.takeOld(kind, endedBy);
    if (job === undefined) break;
    jobs.write(job, undefined, journal);
    tally.removed(job);
    removed += 1;
  }
  return removed;
}
