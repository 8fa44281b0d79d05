/** Why an outcome of a job is refused: 409 `conflict`, with what the worker needs to understand it. */
import { type OjsError, ojsError } from "../core/errors.ts";
import { fenceHolds } from "../core/fence.ts";
import type { JobRecord } from "../core/job.ts";
import type { Fence } from "../storage/storage.ts";

/** @throws OjsError `conflict` unless the job is running and the caller holds it. */
export function requireHeld(job: JobRecord, fence: Fence): void {
  if (job.state !== "active") throw notActive(job);
  if (!fenceHolds(job, fence)) throw heldByAnother(job, fence);
}

function notActive(job: JobRecord): OjsError {
  return ojsError("conflict", `Job ${job.id} is ${job.state}; only an active job has an outcome.`, {
    details: { job_id: job.id, current_state: job.state, expected_state: "active" },
  });
}

function heldByAnother(job: JobRecord, fence: Fence): OjsError {
  return ojsError("conflict", `Job ${job.id} is active under another claim: ${describe(job, fence)}.`, {
    details: {
      job_id: job.id,
      current_state: job.state,
      expected_state: "active",
      current_lease: job.lease,
      ...(fence.lease === undefined ? {} : { lease: fence.lease }),
    },
    hint: "The lease ended before the outcome arrived. Extend it by heartbeats, or ask for a longer one.",
  });
}

/** By the same field that decided. */
function describe(job: JobRecord, { lease, workerId, attempt }: Fence): string {
  if (lease !== undefined) return `its lease is ${job.lease}, not ${lease}`;
  if (workerId !== undefined && job.workerId !== null) return `its worker is ${job.workerId}, not ${workerId}`;
  return `its attempt is ${job.attempt}, not ${attempt}`;
}
