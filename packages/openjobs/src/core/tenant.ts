/** Tenants: whose a job is (ojs-multi-tenancy §5). */
import type { JobRecord, JsonText } from "./job.ts";
import { joinPath } from "./json-path.ts";
import { LIMITS } from "./limits.ts";
import { isMembers, refused } from "./request-fields.ts";

/** The member of `meta` that says it. */
export const TENANT_MEMBER = "tenant_id";

const TENANT = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/;

/** Whether a text can be the name of a tenant. */
export function isTenant(text: string): boolean {
  return text.length <= LIMITS.nameChars && TENANT.test(text);
}

/** Whose a job is; undefined = nobody's in particular. */
export function tenantOf({ meta }: Pick<JobRecord, "meta">): string | undefined {
  if (!meta.includes(`"${TENANT_MEMBER}":`)) return undefined;
  const { [TENANT_MEMBER]: tenant }: Readonly<Record<string, unknown>> = JSON.parse(meta);
  return typeof tenant === "string" ? tenant : undefined;
}

/** What the meta of a tenant's job has in it somewhere. Not only theirs: look closer at what has it. */
export function traceOf(tenant: string): JsonText {
  return `"${TENANT_MEMBER}":"${tenant}"`;
}

/**
 * The request for a job, as one of a tenant's.
 *
 * @param path Where the job is in its request: `jobs[3]`; empty = it is the request.
 * @throws OjsError `invalid_request` (400) when it says that it is another one's.
 */
export function asOfTenant(body: unknown, tenant: string, path: string): unknown {
  if (!isMembers(body)) return body;
  const meta = body.meta ?? {};
  if (!isMembers(meta)) return body;
  const named = ownTenant(meta) ?? ownTenant(metadataIn(body));
  if (named === undefined) return { ...body, meta: { ...meta, [TENANT_MEMBER]: tenant } };
  if (named === tenant) return body;
  const field = joinPath(joinPath(path, "meta"), TENANT_MEMBER);
  throw refused(field, `must be the tenant of the header X-OJS-Tenant, ${tenant}`, "Leave out one of them.");
}

function metadataIn({ options }: Readonly<Record<string, unknown>>): unknown {
  return isMembers(options) ? options.metadata : undefined;
}

function ownTenant(meta: unknown): unknown {
  return isMembers(meta) && Object.hasOwn(meta, TENANT_MEMBER) ? (meta[TENANT_MEMBER] ?? undefined) : undefined;
}
