import type { JobProgress } from "./job.ts";

/**
 * Proof that a caller still holds the lease it talks about. Which fields are there depends on the SDK: the strongest
 * one that is there decides, see {@link fenceHolds}. All absent = whoever holds the job.
 */
export interface Fence {
  readonly lease?: number;
  readonly workerId?: string;
  readonly attempt?: number;
}

/**
 * Whether the caller behind `fence` may end or extend the present claim of `job`.
 *
 * `lease` decides if given. Else the worker decides if claim and caller both name one. Else `attempt` if given, which
 * cannot tell a claim from one after an operator's retry. Else the caller is believed, because some SDKs send nothing.
 * The caller checks that the job is active (ojs-core §6.3, ojs-worker-protocol §5).
 */
export function fenceHolds(job: Pick<JobProgress, "lease" | "workerId" | "attempt">, fence: Fence): boolean {
  if (fence.lease !== undefined) return fence.lease === job.lease;
  if (fence.workerId !== undefined && job.workerId !== null) return fence.workerId === job.workerId;
  if (fence.attempt !== undefined) return fence.attempt === job.attempt;
  return true;
}
