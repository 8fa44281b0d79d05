/** What a fetch may ask for beside queues: jobs of a tenant, jobs that its runtime can run. */

import type { JobRecord, JsonText } from "./job.ts";
import { isJsonObject } from "./json-object.ts";
import { tenantOf } from "./tenant.ts";

/** Which jobs a fetch takes; absent conditions are met by every job. */
export interface JobChoice {
  /** Whose jobs. */
  readonly tenant?: string;
  /** What the worker's runtime has: jobs that want more are not for it. */
  readonly runtimeTags?: readonly string[];
}

/** The member of `meta` that says what a job wants of a runtime. */
const RUNTIME = "ojs.ext_runtime";

/** Whether a fetch takes a job. */
export function isChosen(job: Pick<JobRecord, "meta">, { tenant, runtimeTags }: JobChoice): boolean {
  if (tenant !== undefined && tenantOf(job) !== tenant) return false;
  return runtimeTags === undefined || wantedTags(job.meta).every((tag) => runtimeTags.some((has) => has === tag));
}

/** What is no list of texts is nothing that a runtime could have. */
function wantedTags(meta: JsonText): readonly unknown[] {
  if (!meta.includes(`"${RUNTIME}":`)) return [];
  const { [RUNTIME]: runtime }: Readonly<Record<string, unknown>> = JSON.parse(meta);
  const tags = isJsonObject(runtime) ? runtime.tags : undefined;
  return Array.isArray(tags) ? tags : [];
}
