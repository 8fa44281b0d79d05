import type { JobRecord } from "../../core/job.ts";
import { claimChange } from "../lease.ts";
import type { Claim } from "../storage.ts";
import { JOB_JSON, readJob } from "./job-row.ts";
import { ACTIVE, AVAILABLE } from "./schema.ts";
import type { Transaction } from "./transaction.ts";

/** Binds the queue, the time and how many. */
const CLAIMABLE = `
  SELECT ${JOB_JSON} FROM jobs
  WHERE state = ${AVAILABLE} AND queue = ? AND (expires_at IS NULL OR expires_at > ?)
  ORDER BY priority DESC, available_at, seq LIMIT ?`;

/**
 * Binds the worker, the time, the default lease and timeout, and a JSON array of `seq`. The same as `claimChange`, in
 * SQL: one statement that computes is half again as fast as values that are sent for each row.
 */
const CLAIM = `
  UPDATE jobs SET
    state = ${ACTIVE}, attempt = attempt + 1, lease = lease + 1, worker_id = ?1, started_at = ?2,
    lease_ms = coalesce(visibility_ms, ?3), lease_until = ?2 + coalesce(visibility_ms, ?3),
    timeout_at = ?2 + coalesce(timeout_ms, ?4),
    due_at = min(?2 + coalesce(visibility_ms, ?3), ?2 + coalesce(timeout_ms, ?4)), revision = revision + 1
  WHERE seq IN (SELECT value FROM json_each(?5))`;

/** Claims jobs from the queues that are not paused, from left to right. */
export function runClaim(claim: Claim, transaction: Transaction): JobRecord[] {
  const claimed: JobRecord[] = [];
  for (const queue of claim.queues) {
    const missing = claim.limit - claimed.length;
    if (missing <= 0) break;
    if (mayHaveJobs(queue, transaction)) claimed.push(...claimFrom(queue, missing, claim, transaction));
  }
  return claimed;
}

/** Tells most fruitless claims without a statement. */
function mayHaveJobs(queue: string, { ledger, draft }: Transaction): boolean {
  const known = ledger.get(queue);
  const paused = draft.pauses.get(queue) ?? (known !== undefined && known.pausedAt !== null);
  if (paused) return false;
  return (known?.counts.available ?? 0) > 0 || draft.gained(queue);
}

function claimFrom(queue: string, limit: number, claim: Claim, transaction: Transaction): JobRecord[] {
  const { database, draft, now } = transaction;
  const waiting = database.all(CLAIMABLE, [queue, now, limit]).map(readJob);
  if (waiting.length === 0) return [];
  const seqs = JSON.stringify(waiting.map(({ seq }) => seq));
  database.run(CLAIM, [claim.workerId, now, claim.leaseMs, claim.timeoutMs, seqs]);
  return waiting.map((job) => {
    draft.tally.claimed(job, now);
    return { ...job, ...claimChange(job, claim, now), revision: job.revision + 1 };
  });
}
