/** Calls about what a running job leaves beside itself: its progress and its checkpoint (ojs-progress §6, ojs-durable-execution §4). */
import { apiPath, type Call } from "../client/call.ts";
import type { JsonText } from "../core/job.ts";
import { stringifyJson } from "../core/json.ts";
import type { LeaseRef, ProgressReport } from "./protocol.ts";
import { fenceOf } from "./worker-calls.ts";

/** Not repeated: the next report says more than this one. */
export function progressCall(workerId: string, lease: LeaseRef, report: ProgressReport): Call<void> {
  return {
    operation: "progress",
    method: "PUT",
    path: apiPath("jobs", lease.jobId, "progress"),
    body: `${fenceOf(lease)},${stringifyJson({ worker_id: workerId, ...report }).slice(1)}`,
    repeatable: false,
    jobId: lease.jobId,
    attempt: lease.attempt,
    decode: () => undefined,
  };
}

/** Repeatable, because the lease fences it. */
export function checkpointCall(workerId: string, lease: LeaseRef, state: JsonText): Call<void> {
  return {
    operation: "checkpoint",
    // The page's method; ours takes PUT as well.
    method: "POST",
    path: apiPath("jobs", lease.jobId, "checkpoint"),
    body: `${fenceOf(lease)},"worker_id":${JSON.stringify(workerId)},"state":${state}}`,
    repeatable: true,
    jobId: lease.jobId,
    attempt: lease.attempt,
    decode: () => undefined,
  };
}
