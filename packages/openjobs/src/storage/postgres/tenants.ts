/** Looks at many jobs (`TenantQueries`). */
import type { JobRecord, JobState } from "../../core/job.ts";
import { TENANT_MEMBER, traceOf } from "../../core/tenant.ts";
import type { ClaimableQuery } from "../claimable.ts";
import type { Database } from "./database.ts";
import { jobColumns, readJob } from "./job-row.ts";
import { AVAILABLE, stateAt } from "./states.ts";

/**
 * Binds the tenant and what the meta has in it. To look for a text takes a fraction of what it takes to read JSON. Escapes of
 * NUL and of half characters are no text to PostgreSQL, and no escape is in the name of a tenant, so all of them go.
 */
const OF_TENANT = `CASE WHEN strpos(j.meta, $2) > 0
  THEN regexp_replace(j.meta, '\\\\u[0-9A-Fa-f]{4}', '\\\\\\\\n', 'g')::json ->> '${TENANT_MEMBER}' = $1 ELSE false END`;

/** Binds tenant and trace, the queue, the time, the place to begin after, and how many. */
const CLAIMABLE = (condition: string): string => `
  SELECT ${jobColumns("j")} FROM @.jobs AS j
  WHERE j.state = ${AVAILABLE} AND j.queue = $3 AND (j.due_at IS NULL OR j.due_at > $4)
    AND (j.priority < $5 OR j.priority = $5 AND (j.available_at, j.seq) > ($6, $7)) AND ${condition}
  ORDER BY j.priority DESC, j.available_at, j.seq LIMIT $8`;
const ANY_CLAIMABLE = CLAIMABLE("coalesce($1::text, $2::text) IS NULL");
const CLAIMABLE_OF_TENANT = CLAIMABLE(OF_TENANT);

const COUNTS = `SELECT j.state, count(*) FROM @.jobs AS j WHERE ${OF_TENANT} GROUP BY j.state`;

/** Before every job; a priority is an integer of four bytes there. */
const FOREMOST = { priority: 2_147_483_647, availableAt: 0, seq: 0 };

/** See `TenantQueries`. */
export async function claimable(query: ClaimableQuery, database: Database): Promise<JobRecord[]> {
  const { queue, tenant, now, limit } = query;
  const { priority, availableAt, seq } = query.after ?? FOREMOST;
  const place = [queue, now, priority, availableAt, seq, limit];
  const rows =
    tenant === null
      ? await database.read(ANY_CLAIMABLE, [null, null, ...place])
      : await database.read(CLAIMABLE_OF_TENANT, [tenant, traceOf(tenant), ...place]);
  return rows.map(readJob);
}

/** See `TenantQueries`. */
export async function tenantCounts(tenant: string, database: Database): Promise<ReadonlyMap<JobState, number>> {
  const rows = await database.read(COUNTS, [tenant, traceOf(tenant)]);
  return new Map(rows.map(([state, count]) => [stateAt(Number(state)), Number(count)]));
}
