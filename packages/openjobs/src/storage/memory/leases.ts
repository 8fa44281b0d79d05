/** The moves that come without a revision: completing, extending and claiming jobs in a transaction. */
import { fenceHolds } from "../../core/fence.ts";
import type { JobRecord } from "../../core/job.ts";
import { claimChange, completeChange, extendChange, isCancelledUnder, isHeld } from "../../core/lifecycle/lease.ts";
import type { Beat, BeatOutcome, Claim, CompletedJob, Completion } from "../storage.ts";
import type { Transaction } from "./transaction.ts";

/** Completes a job that is active under this fence and whose end nobody may wait for; null = left untouched. */
export function runCompletion(completion: Completion, transaction: Transaction): CompletedJob | null {
  const job = transaction.tables.jobs.get(completion.id);
  if (job?.state !== "active" || !fenceHolds(job, completion.fence)) return null;
  if (job.workflowId !== null || job.cron !== null) return null;
  transaction.tally.completed(job, transaction.now);
  transaction.tables.lanes.ended(job.id);
  return transaction.change(job, completeChange(completion.result, transaction.now));
}

/** Extends the listed jobs that the worker still holds, and refreshes or removes its registration. */
export function runBeat(beat: Beat, transaction: Transaction): BeatOutcome {
  const { tables, now, journal } = transaction;
  const extended: JobRecord[] = [];
  const lost: string[] = [];
  const cancelled: string[] = [];
  for (const listed of beat.jobs) {
    const job = tables.jobs.get(listed.id);
    if (job !== undefined && isHeld(job, beat.worker.id, listed)) {
      extended.push(transaction.change(job, extendChange(job, beat.visibilityMs, now)));
      continue;
    }
    lost.push(listed.id);
    if (job !== undefined && isCancelledUnder(job, beat.worker.id)) cancelled.push(listed.id);
  }
  if (beat.leaving) tables.workers.remove(beat.worker.id, journal);
  else tables.workers.put(beat.worker, now, journal);
  return { extended, lost, cancelled };
}

/** Claims jobs from the queues that are not paused, from left to right. */
export function runClaim(claim: Claim, transaction: Transaction): JobRecord[] {
  const { tables, tally, now } = transaction;
  const claimed: JobRecord[] = [];
  const take = (job: JobRecord): void => {
    tally.claimed(job, now);
    claimed.push(transaction.change(job, claimChange(job, claim, now)));
  };
  if (claim.only !== undefined) {
    takeChosen(claim, claim.only, transaction, take);
    return claimed;
  }
  for (const queue of claim.queues) {
    if (tables.queues.isPaused(queue)) continue;
    if (tables.lanes.has(queue)) takeFromLanes(queue, claim.limit - claimed.length, transaction, take);
    while (claimed.length < claim.limit) {
      const job = nextClaimable(queue, transaction);
      if (job === undefined) break;
      take(job);
    }
  }
  return claimed;
}

function takeChosen(
  { queues, limit }: Claim,
  only: readonly string[],
  { tables, now }: Transaction,
  take: (job: JobRecord) => void,
): void {
  const open = new Set(queues.filter((queue) => !tables.queues.isPaused(queue)));
  let left = limit;
  for (const id of only) {
    const job = tables.jobs.get(id);
    if (left === 0) return;
    if (job?.state !== "available" || !open.has(job.queue) || (job.dueAt !== null && job.dueAt <= now)) continue;
    if (!tables.lanes.admits(job, now)) continue;
    take(job);
    left -= 1;
  }
}

function takeFromLanes(
  queue: string,
  limit: number,
  { tables, now }: Transaction,
  take: (job: JobRecord) => void,
): void {
  tables.lanes.pick(queue, limit, now, {
    plain: () => tables.jobs.firstReady(queue, null, now),
    inLane: (lane) => tables.jobs.firstReady(queue, lane, now),
    take,
  });
}

/**
 * Jobs that are too late are dropped from the index on the way: they are due, so the engine's sweep ends them, and no
 * later claim has to step over them again.
 */
function nextClaimable(queue: string, { tables, now }: Transaction): JobRecord | undefined {
  for (;;) {
    const job = tables.jobs.takeReady(queue);
    if (job === undefined || job.dueAt === null || job.dueAt > now) return job;
  }
}
