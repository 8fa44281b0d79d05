/** What is known of a tenant (ojs-multi-tenancy §10). */
import { JOB_STATES } from "../../../core/job.ts";
import { stringifyJson } from "../../../core/json.ts";
import { isTenant } from "../../../core/tenant.ts";
import type { Engine } from "../../../engine/facade.ts";
import { fieldError } from "../../fields.ts";
import { ok, type Route } from "../../route.ts";

/** `GET /ojs/v1/admin/tenants/{id}/stats`. A tenant is whoever has jobs, so there is none that is not known. */
export function adminTenantRoute(engine: Engine): Route {
  return {
    method: "GET",
    path: "/ojs/v1/admin/tenants/:id/stats",
    describe: { tag: "Operators", summary: "Count the jobs of a tenant", answers: { 200: "TenantStats" } },
    async run({ params }) {
      const tenant = params.id ?? "";
      if (!isTenant(tenant)) throw fieldError("tenant_id", "letters, digits and . _ : - , a letter or a digit first");
      const counts = await engine.tenantCounts(tenant);
      const jobs = Object.fromEntries(JOB_STATES.map((state) => [state, counts.get(state) ?? 0]));
      const total = Object.values(jobs).reduce((sum, count) => sum + count, 0);
      return ok(stringifyJson({ tenant_id: tenant, total_jobs: total, jobs }));
    },
  };
}
