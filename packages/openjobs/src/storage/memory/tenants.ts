/** Looks at many jobs (`TenantQueries`). */
import type { JobRecord, JobState } from "../../core/job.ts";
import { tenantOf, traceOf } from "../../core/tenant.ts";
import { byClaimOrder } from "../claim-order.ts";
import type { ClaimableQuery } from "../claimable.ts";

/** See `TenantQueries`. */
export function claimable(
  { queue, tenant, now, limit, after }: ClaimableQuery,
  jobs: Iterable<JobRecord>,
): readonly JobRecord[] {
  const found: JobRecord[] = [];
  for (const job of jobs) {
    if (job.state !== "available" || job.queue !== queue || (job.dueAt !== null && job.dueAt <= now)) continue;
    if (after !== null && byClaimOrder(job, after) <= 0) continue;
    if (tenant === null || isOf(tenant, job)) found.push(job);
  }
  return found.sort(byClaimOrder).slice(0, limit);
}

/** See `TenantQueries`. */
export function tenantCounts(tenant: string, jobs: Iterable<JobRecord>): ReadonlyMap<JobState, number> {
  const counts = new Map<JobState, number>();
  for (const job of jobs) {
    if (isOf(tenant, job)) counts.set(job.state, (counts.get(job.state) ?? 0) + 1);
  }
  return counts;
}

/** To look for a text takes a fraction of what it takes to read JSON. */
function isOf(tenant: string, job: JobRecord): boolean {
  return job.meta.includes(traceOf(tenant)) && tenantOf(job) === tenant;
}
