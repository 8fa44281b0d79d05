import type { JobRecord } from "../../core/job.ts";
import { nextRevision } from "../../core/job-revision.ts";
import { claimChange } from "../../core/lifecycle/lease.ts";
import type { Claim } from "../storage.ts";
import type { SqlValue } from "./connection.ts";
import { JOB_JSON, PLAIN_JOB_JSON, readJob } from "./job-row.ts";
import { jobsById } from "./jobs-by-id.ts";
import { ACTIVE, AVAILABLE } from "./schema.ts";
import type { Transaction } from "./transaction.ts";

/** Later than every time that a job can have. */
const FAR_FUTURE = Number.MAX_SAFE_INTEGER;

const IN_ORDER = "ORDER BY priority DESC, available_at, seq LIMIT ?";

/** The plain line of a queue. Binds it, the time and how many. Whoever is due while available is too late to be claimed. */
const CLAIMABLE = `
  SELECT ${PLAIN_JOB_JSON} FROM jobs
  WHERE state = ${AVAILABLE} AND queue = ? AND lane IS NULL AND (due_at IS NULL OR due_at > ?) ${IN_ORDER}`;

/** The same of one of its lanes, which is bound second. */
const CLAIMABLE_IN_LANE = `
  SELECT ${JOB_JSON} FROM jobs
  WHERE state = ${AVAILABLE} AND queue = ? AND lane = ? AND (due_at IS NULL OR due_at > ?) ${IN_ORDER}`;

/**
 * Binds {@link claimValues}. The same as `claimChange`, in SQL: one statement that computes is half again as fast as
 * values that are sent for each row.
 */
const CLAIM = `
  UPDATE jobs SET
    state = ${ACTIVE}, attempt = attempt + 1, lease = lease + 1, worker_id = ?, started_at = ?,
    lease_ms = coalesce(visibility_ms, ?), lease_until = ? + coalesce(visibility_ms, ?),
    timeout_at = ? + coalesce(timeout_ms, ?),
    due_at = min(? + coalesce(visibility_ms, ?), ? + coalesce(timeout_ms, ?), coalesce(end_by, ${FAR_FUTURE})),
    revision = revision + 1
  WHERE seq IN (SELECT value FROM json_each(?))`;

function claimValues({ workerId, leaseMs, timeoutMs }: Claim, now: number, jobs: readonly JobRecord[]): SqlValue[] {
  const seqs = JSON.stringify(jobs.map(({ seq }) => seq));
  return [workerId, now, leaseMs, now, leaseMs, now, timeoutMs, now, leaseMs, now, timeoutMs, seqs];
}

/** Claims jobs from the queues that are not paused, from left to right. */
export function runClaim(claim: Claim, transaction: Transaction): JobRecord[] {
  if (claim.only !== undefined) return take(chosen(claim, claim.only, transaction), claim, transaction);
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
  return take(firstJobs(queue, limit, transaction), claim, transaction);
}

/** Those of the chosen jobs that can be claimed. */
function chosen(claim: Claim, only: readonly string[], transaction: Transaction): readonly JobRecord[] {
  const { database, lanes, now } = transaction;
  const open = new Set(claim.queues.filter((queue) => mayHaveJobs(queue, transaction)));
  const jobs = jobsById(only, database);
  const picked: JobRecord[] = [];
  for (const job of only.flatMap((id) => jobs.get(id) ?? [])) {
    if (picked.length === claim.limit) break;
    const isThere = job.state === "available" && open.has(job.queue) && (job.dueAt === null || job.dueAt > now);
    if (isThere && lanes.admits(job, now)) picked.push(job);
  }
  return picked;
}

function take(waiting: readonly JobRecord[], claim: Claim, transaction: Transaction): JobRecord[] {
  const { database, draft, now } = transaction;
  if (waiting.length === 0) return [];
  database.run(CLAIM, claimValues(claim, now, waiting));
  return waiting.map((job) => {
    draft.tally.claimed(job, now);
    return nextRevision(job, claimChange(job, claim, now));
  });
}

function firstJobs(queue: string, limit: number, { database, lanes, now }: Transaction): readonly JobRecord[] {
  const plain = database.all(CLAIMABLE, [queue, now, limit]).map(readJob);
  if (!lanes.has(queue)) return plain;
  const lines = new Map<string | null, JobRecord[]>([[null, plain]]);
  const picked: JobRecord[] = [];
  lanes.pick(queue, limit, now, {
    plain: () => plain[0],
    inLane(lane, wanted) {
      const line = lines.get(lane) ?? database.all(CLAIMABLE_IN_LANE, [queue, lane, now, wanted]).map(readJob);
      lines.set(lane, line);
      return line[0];
    },
    take(job) {
      picked.push(job);
      lines.get(job.lane)?.shift();
    },
  });
  return picked;
}
