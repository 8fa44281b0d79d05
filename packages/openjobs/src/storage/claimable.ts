/** The part of the storage port for those who do not take every job (docs/adr/029-choosy-fetches.md). Internal: no semver promise. */
import type { JobRecord, JobState } from "../core/job.ts";
import type { Place } from "./claim-order.ts";

/** Jobs of a queue that wait to be claimed, in the order of claiming, whatever lanes they are in. */
export interface ClaimableQuery {
  readonly queue: string;
  /** Only jobs whose `meta.tenant_id` is this one (`tenantOf`); null = of any tenant and of none. */
  readonly tenant: string | null;
  /** Those that are due by now are too late. */
  readonly now: number;
  readonly limit: number;
  /** Only jobs behind this place; null = from the first. */
  readonly after: Place | null;
}

/** Reads that look at many jobs, and that nobody needs who does not ask for it. */
export interface TenantQueries {
  /** Costs a look at every job of the queue that waits. */
  claimable(query: ClaimableQuery): Promise<readonly JobRecord[]>;
  /** How many jobs of a tenant are in each state; states without any may be missing. Costs a look at every job. */
  tenantCounts(tenant: string): Promise<ReadonlyMap<JobState, number>>;
}
