/** Looks at many jobs (`TenantQueries`). */
import type { JobRecord, JobState } from "../../core/job.ts";
import { JOB_STATES } from "../../core/job.ts";
import { TENANT_MEMBER, traceOf } from "../../core/tenant.ts";
import type { ClaimableQuery } from "../claimable.ts";
import type { Database } from "./database.ts";
import { JOB_JSON, readJob } from "./job-row.ts";
import { AVAILABLE } from "./schema.ts";

/** Binds what the meta has in it, and the tenant. To look for a text takes a fraction of what it takes to read JSON. */
const OF_TENANT = `CASE WHEN instr(meta, ?) > 0 THEN json_extract(meta, '$.${TENANT_MEMBER}') = ? END`;

/** Binds the queue, the time, the priority and the rest of the place to begin after, the condition's own, and how many. */
const CLAIMABLE = (condition: string): string => `
  SELECT ${JOB_JSON} FROM jobs
  WHERE state = ${AVAILABLE} AND queue = ? AND (due_at IS NULL OR due_at > ?)
    AND (priority < ? OR priority = ? AND (available_at, seq) > (?, ?)) ${condition}
  ORDER BY priority DESC, available_at, seq LIMIT ?`;
const ANY_CLAIMABLE = CLAIMABLE("");
const CLAIMABLE_OF_TENANT = CLAIMABLE(`AND ${OF_TENANT}`);

const COUNTS = `SELECT json_array(state, count(*)) FROM jobs WHERE ${OF_TENANT} GROUP BY state`;

/** Before every job. */
const FOREMOST = { priority: Number.MAX_SAFE_INTEGER, availableAt: 0, seq: 0 };

/** See `TenantQueries`. */
export function claimable(query: ClaimableQuery, database: Database): JobRecord[] {
  const { queue, tenant, now, limit } = query;
  const { priority, availableAt, seq } = query.after ?? FOREMOST;
  const place = [queue, now, priority, priority, availableAt, seq];
  if (tenant === null) return database.all(ANY_CLAIMABLE, [...place, limit]).map(readJob);
  return database.all(CLAIMABLE_OF_TENANT, [...place, traceOf(tenant), tenant, limit]).map(readJob);
}

/** See `TenantQueries`. */
export function tenantCounts(tenant: string, database: Database): ReadonlyMap<JobState, number> {
  const rows = database.all(COUNTS, [traceOf(tenant), tenant]).map((row): [number, number] => JSON.parse(String(row)));
  return new Map(
    rows.flatMap(([state, count]) => (JOB_STATES[state] === undefined ? [] : [[JOB_STATES[state], count]])),
  );
}
