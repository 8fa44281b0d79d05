/** The header `X-OJS-Tenant`: who sends it has to do with this tenant's jobs only (ojs-multi-tenancy §5.3). */
import { type OjsError, ojsError } from "../core/errors.ts";
import type { JobRecord } from "../core/job.ts";
import type { JsonObject } from "../core/json-object.ts";
import { asOfTenant, isTenant, tenantOf } from "../core/tenant.ts";
import type { Engine } from "../engine/facade.ts";
import type { RouteRequest } from "./route.ts";

const HEADER = "x-ojs-tenant";

/**
 * The tenant of a request; undefined = it names none.
 *
 * @throws OjsError `invalid_request` (400) when it is no name of a tenant.
 */
export function tenantIn({ headers }: Pick<RouteRequest, "headers">): string | undefined {
  const tenant = headers[HEADER];
  if (tenant === undefined || isTenant(tenant)) return tenant;
  throw ojsError("invalid_request", "The header X-OJS-Tenant is no name of a tenant.", {
    details: { header: "X-OJS-Tenant" },
    hint: "Send letters, digits and . _ : - , a letter or a digit first, or leave it out.",
  });
}

/** The body of a request for a job, which is the tenant's then. */
export function jobOfTenant(request: RouteRequest): JsonObject {
  return stamped(request.body, tenantIn(request), "");
}

/** The member `jobs` of a request for many. */
export function jobsOfTenant(request: RouteRequest): unknown {
  const tenant = tenantIn(request);
  const { jobs } = request.body;
  if (tenant === undefined || !Array.isArray(jobs)) return jobs;
  return jobs.map((job: unknown, index) => asOfTenant(job, tenant, `jobs[${index}]`));
}

function stamped(body: JsonObject, tenant: string | undefined, path: string): JsonObject {
  // An object comes out where an object goes in.
  return tenant === undefined ? body : (asOfTenant(body, tenant, path) as JsonObject);
}

/**
 * Lets the request go on if the job is its tenant's, or it names none.
 *
 * @throws OjsError `not_found`: the jobs of others are none of its business, not even that they are there.
 */
export async function requireOwnJob(engine: Pick<Engine, "getJob">, request: RouteRequest, id: string): Promise<void> {
  if (tenantIn(request) !== undefined) requireOwn(await engine.getJob(id), request);
}

/** The same for a job that is known already. */
export function requireOwn(job: JobRecord, request: RouteRequest): void {
  const tenant = tenantIn(request);
  if (tenant !== undefined && tenantOf(job) !== tenant) throw foreign(job);
}

function foreign({ id }: JobRecord): OjsError {
  return ojsError("not_found", `There is no job ${id}.`, { details: { job_id: id } });
}
