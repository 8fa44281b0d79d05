import type { JobRecord } from "../../core/job.ts";
import { nextRevision } from "../../core/job-revision.ts";
import { extendChange, isCancelledUnder, isHeld } from "../../core/lifecycle/lease.ts";
import type { Beat, BeatOutcome } from "../storage.ts";
import { jobsById } from "./jobs-by-id.ts";
import type { Transaction } from "./transaction.ts";
import { forgetWorker, keepWorker } from "./workers.ts";

/** Binds a JSON array of `[seq, leaseMs, leaseUntil, dueAt, revision, stallAt]`. */
const EXTEND = `
  UPDATE jobs SET
    lease_ms = held.value ->> 1, lease_until = held.value ->> 2, due_at = held.value ->> 3, revision = held.value ->> 4,
    stall_at = held.value ->> 5
  FROM json_each(?) AS held WHERE jobs.seq = held.value ->> 0`;

/** Extends the listed jobs that the worker still holds, and refreshes or ends its registration. */
export function runBeat(beat: Beat, { database, now }: Transaction): BeatOutcome {
  const jobs = jobsById(
    beat.jobs.map(({ id }) => id),
    database,
  );
  const extended: JobRecord[] = [];
  const lost: string[] = [];
  const cancelled: string[] = [];
  for (const listed of beat.jobs) {
    const job = jobs.get(listed.id);
    if (job !== undefined && isHeld(job, beat.worker.id, listed)) {
      const after = nextRevision(job, extendChange(job, beat.visibilityMs, now));
      // A job that is listed twice is extended twice.
      jobs.set(job.id, after);
      extended.push(after);
      continue;
    }
    lost.push(listed.id);
    if (job !== undefined && isCancelledUnder(job, beat.worker.id)) cancelled.push(listed.id);
  }
  if (extended.length > 0) database.run(EXTEND, [JSON.stringify(extended.map(extensionOf))]);
  if (beat.leaving) forgetWorker(beat.worker.id, database);
  else keepWorker({ ...beat.worker, lastBeatAt: now }, database);
  return { extended, lost, cancelled };
}

function extensionOf({ seq, leaseMs, leaseUntil, dueAt, revision, stallAt }: JobRecord): (number | null)[] {
  return [seq, leaseMs, leaseUntil, dueAt, revision, stallAt];
}
